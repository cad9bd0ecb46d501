/**
 * Real people and sessions over a test's store, with a clock that the test
 * moves and revocations that it can look at.
 *
 * @module
 */

import { createIdentity, migrations as identityMigrations, type Identity, type IdentityPorts } from '#identity'
import { newId, type Operation, type TenantId } from '#kernel'
import { migrations as keysMigrations, openKeys, type Generate, type Keys, type OpenedKeys, type PersonKeys } from '#keys'
import { createSessions, migrations as sessionsMigrations, type SessionPorts, type Sessions } from '#sessions'
import type { ModuleMigrations, Store } from '#store'
import { generateForTests, openTestVault } from './keys.ts'
import { testOperation } from './store.ts'

/** What a store needs for {@link openPeople}. */
export const peopleMigrations: readonly ModuleMigrations[] = [keysMigrations, identityMigrations, sessionsMigrations]

/** The tables as they lie on the disk, to look at what is kept. */
export interface RawPeople {
  readonly identity_user: {
    readonly tenant: string
    readonly id: string
    readonly state: string
    readonly profile: Uint8Array | null
  }
  readonly user_lookup: { readonly tenant: string; readonly user_id: string }
  readonly user_prefix: { readonly tenant: string; readonly user_id: string }
  readonly password: { readonly tenant: string; readonly user_id: string; readonly phc: string }
}

export interface TestPeople {
  readonly tenant: TenantId
  readonly keys: Keys
  readonly people: PersonKeys
  readonly identity: Identity
  readonly sessions: Sessions
  /** What was revoked, as `kind id`, in order. Writes that were undone are here too. */
  readonly revoked: string[]
  /** How often verifiers were told. */
  readonly announced: () => number
  /** An operation of nobody's at the test's present time. */
  readonly op: () => Operation
  /** Moves the clock. */
  readonly pass: (ms: number) => void
}

export interface TestPeopleOptions {
  readonly tenant?: TenantId
  readonly passwords?: IdentityPorts['passwords']
  readonly pool?: IdentityPorts['pool']
  readonly settings?: SessionPorts['settings']
}

/** The time at which tests begin: 2026-09-21, 14:13:20 UTC. */
export const testBeginningMs = 1_790_000_000_000

/** The keys of each store, opened once. */
const opened = new WeakMap<Store, Promise<OpenedKeys>>()

async function openStoreKeys(store: Store): Promise<OpenedKeys> {
  const before = opened.get(store)
  if (before !== undefined) return before
  const clock = { wallMs: () => testBeginningMs, monotonicMs: () => 0 }
  const op = { ...testOperation(store.defaultTenant), nowMs: testBeginningMs }
  const opening = openKeys(op, { store, vault: openTestVault(), clock, generate: generateOnce() })
  opened.set(store, opening)
  return opening
}

/** Tests here sign nothing, so all their tenants may share one key of each algorithm. */
function generateOnce(): Generate {
  const generate = generateForTests()
  const made = new Map<string, ReturnType<Generate>>()
  return async (algorithm) => {
    const key = made.get(algorithm) ?? generate(algorithm)
    made.set(algorithm, key)
    return key
  }
}

export async function openPeople(store: Store, options: TestPeopleOptions = {}): Promise<TestPeople> {
  const tenant = options.tenant ?? newId('ten')
  const { keys, people } = await openStoreKeys(store)
  const revoked: string[] = []
  let announcements = 0
  let nowMs = testBeginningMs
  const announce = async (): Promise<void> => void (announcements += 1)
  const revoke = async (_tx: unknown, _op: unknown, { kind, id }: { kind: string; id: string }): Promise<void> =>
    void revoked.push(`${kind} ${id}`)
  const identity = createIdentity({
    store,
    keys,
    people,
    revoke,
    announce,
    alwaysHeld: ['owner'],
    passwords: options.passwords,
    pool: options.pool,
  })
  const sessions = createSessions({ store, people, revoke, announce, generationOf: identity.generationOf, settings: options.settings })
  return {
    tenant,
    keys,
    people,
    identity,
    sessions,
    revoked,
    announced: () => announcements,
    op: () => ({
      id: newId('req'),
      tenant,
      actor: { is: 'nobody' },
      nowMs,
      signal: new AbortController().signal,
      record: () => {},
    }),
    pass: (ms) => void (nowMs += ms),
  }
}

/** A password that every rule allows. */
export const goodPassword = 'seven green bicycles'
