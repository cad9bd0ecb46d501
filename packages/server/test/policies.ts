/**
 * Policy stores and principals for tests: the shipped ones, and small ones made
 * of text.
 *
 * @module
 */

import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import {
  readPolicyStoreName,
  type ClientId,
  type ClientIdentifier,
  type MachineOwner,
  type ServicePrincipal,
  type UserId,
  type UserPrincipal,
} from '#kernel'
import type { OtherServers } from '#rulebook'
import { readSource, sayMistake, type CompiledSet, type PolicyEngine, type SourceFile } from '#policy'

type Shipped = 'notes' | 'countersign'

const folders: Readonly<Record<Shipped, string>> = {
  notes: fileURLToPath(new URL('../../../examples/notes/policies', import.meta.url)),
  countersign: fileURLToPath(new URL('../policies/countersign', import.meta.url)),
}

/** A store that comes with the house. */
export function shippedSet(engine: PolicyEngine, store: Shipped): CompiledSet {
  const files = readdirSync(folders[store]).map((name) => ({ name, text: readFileSync(join(folders[store], name), 'utf8') }))
  return compiledSet(engine, store, files)
}

/** Throws what is wrong with the files. */
export function compiledSet(engine: PolicyEngine, store: string, files: readonly SourceFile[]): CompiledSet {
  const name = readPolicyStoreName(store)
  if (name === undefined) throw new Error(`${store} is no name of a store`)
  const source = readSource(name, files)
  const compiled = 'store' in source ? engine.compile(source) : { is: 'mistaken' as const, mistakes: source }
  if (compiled.is === 'compiled') return compiled.set
  throw new Error(compiled.mistakes.map(sayMistake).join('\n'))
}

/** The store `lab`: a thing that may be open, an action `use`, and these policies. */
export function labSet(engine: PolicyEngine, policies: string): CompiledSet {
  return compiledSet(engine, 'lab', [
    { name: 'lab.cedar', text: policies },
    {
      name: 'lab.cedarschema',
      text: `namespace Lab {
        type Request = { now: datetime, address?: ipaddr, method?: String, path?: String, host?: String };
        entity Thing in [Thing] { open?: Bool, name?: String, owner?: Countersign::User };
        action "use", "see" appliesTo { principal: [Countersign::User, Countersign::Service, Countersign::MachineOwner], resource: [Thing, Countersign::User], context: Request };
      }`,
    },
    {
      name: 'store.yaml',
      text: 'name: Lab\nnamespace: Lab\nactions:\n  use: use things\n  see: see things\nroles:\n  member: members\n  keeper: keepers\n  guest: guests\n',
    },
  ])
}

export const aUser: UserPrincipal = {
  is: 'user',
  id: 'usr_0000000000000000000001' as UserId,
  proof: { acr: '1fa', amr: ['pwd'], authTimeMs: 1_700_000_000_000 },
  credential: { kind: 'session' },
}

export const aService: ServicePrincipal = {
  is: 'service',
  id: 'cli_0000000000000000000001' as ClientId,
  client: 'jobs' as ClientIdentifier,
  proof: { acr: 'client', amr: [], authTimeMs: 1_700_000_000_000 },
  credential: { kind: 'access_token', scopes: ['a', 'b'] },
}

export const theMachineOwner: MachineOwner = {
  is: 'machine-owner',
  id: 'machine-owner',
  proof: { acr: 'machine', amr: [], authTimeMs: 1_700_000_000_000 },
  credential: { kind: 'socket' },
}

/** For a rulebook that is alone on its database. */
export const nobodyToTell: OtherServers = { mark: () => Promise.resolve(), tell: () => Promise.resolve() }
