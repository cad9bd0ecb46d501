/** The engine beside Cedar's own WebAssembly build, on one random world at a time. @module */

import { createRequire } from 'node:module'
import type * as CedarBuild from '@cedar-policy/cedar-wasm/nodejs'
import { getOrMake } from '../../src/values/get-or-make.ts'
import {
  authorize,
  enforce,
  EntityStore,
  forPrincipal,
  isAllowed,
  PolicySet,
  type PreparedPrincipal,
  printPolicy,
  readPlainEntities,
  readPlainRequest,
  type PolicySetJson,
} from '../../src/index.ts'
import { PolicyMaker } from './policies.ts'
import { Random } from './random.ts'
import { anyAction, anyEntities, anyUid, anyValue, names, type EntityJson, type UidJson } from './world.ts'

const cedar = createRequire(import.meta.url)('@cedar-policy/cedar-wasm/nodejs') as typeof CedarBuild

export interface RequestJson {
  readonly principal: UidJson
  readonly action: UidJson
  readonly resource: UidJson
  readonly context: Readonly<Record<string, unknown>>
}

/** Two answers that differ, with everything that is needed to ask again. */
export interface Mismatch {
  readonly policies: PolicySetJson
  readonly entities: readonly EntityJson[]
  readonly request: RequestJson
  readonly ours: string
  readonly theirs: string
}

/** Requests of one world. */
export const requestsPerWorld = 16

/** Compares every answer of the world of a seed. */
export function compareWorld(seed: number): Mismatch | undefined {
  const random = new Random(seed)
  const policies = new PolicyMaker(random).set()
  const entities = anyEntities(random)
  const ours = askOurs(policies, entities)
  const theirs = askTheirs(policies, entities)
  for (let asked = 0; asked < requestsPerWorld; asked += 1) {
    const request = anyRequest(random)
    const [our, their] = [ours(request), theirs(request)]
    if (our !== their) return { policies, entities, request, ours: our, theirs: their }
  }
  return undefined
}

export function anyRequest(random: Random): RequestJson {
  const context = Object.fromEntries(random.several(4, () => [random.pick(names), anyValue(random, 2)] as const))
  return { principal: anyUid(random), action: anyAction(random), resource: anyUid(random), context }
}

/** An answer in one line: the decision, what determined it, what erred. */
export type Ask = (request: RequestJson) => string

/** The engine, with these policies and entities. Its entries that answer yes or no must agree. */
export function askOurs(policies: PolicySetJson, known: readonly EntityJson[]): Ask {
  const set = PolicySet.fromJson(policies)
  const entities = new EntityStore()
  entities.apply({ put: readPlainEntities(known) })
  const prepared = new Map<string, PreparedPrincipal>()
  return (json) => {
    const request = readPlainRequest(json)
    const answer = authorize(set, entities, request)
    const { decision, reasons, erring } = answer
    const { principal, action, resource, context } = request
    const forPrincipalOf = getOrMake(prepared, String(principal), () => forPrincipal(set, entities, principal))
    const wanted = enforce(answer) === 'allow'
    if (isAllowed(set, entities, request) !== wanted) return `isAllowed does not say ${wanted}`
    if (forPrincipalOf.isAllowed(action, resource, context) !== wanted) return `a prepared principal does not say ${wanted}`
    return `${decision} [${reasons.join()}] [${erring.map(({ policy }) => policy).join()}]`
  }
}

/** Cedar's build, with the same in its text. */
export function askTheirs(
  { staticPolicies = {}, templates = {}, templateLinks = [] }: PolicySetJson,
  entities: readonly EntityJson[],
): Ask {
  const print = (named: typeof staticPolicies): Record<string, string> =>
    Object.fromEntries(Object.entries(named).map(([id, policy]) => [id, printPolicy(policy)]))
  const seen = seenBy({ staticPolicies, templates }, entities) as unknown as CedarBuild.Entities
  const prepared = cedar.preparsePolicySet('differential', {
    staticPolicies: print(staticPolicies),
    templates: print(templates),
    templateLinks: templateLinks as CedarBuild.TemplateLink[],
  })
  if (prepared.type === 'failure') throw new Error(`Cedar does not read what was printed: ${prepared.errors[0]?.message}`)
  return (request) => {
    const answer = cedar.statefulIsAuthorized({
      ...(request as unknown as Pick<CedarBuild.StatefulAuthorizationCall, 'principal' | 'action' | 'resource' | 'context'>),
      entities: seen,
      preparsedPolicySetId: 'differential',
    })
    if (answer.type === 'failure') throw new Error(`Cedar does not answer: ${answer.errors[0]?.message}`)
    const { decision, diagnostics } = answer.response
    const erring = diagnostics.errors.map(({ policyId }) => policyId).sort()
    return `${decision} [${[...diagnostics.reason].sort().join()}] [${erring.join()}]`
  }
}

/**
 * What policies can see of entities: Cedar's build reads all that it is given anew for each request, which is most of
 * the time of a comparison. Names of attributes stand in a policy as they are; those of tags may be worked out.
 */
function seenBy(policies: PolicySetJson, entities: readonly EntityJson[]): readonly EntityJson[] {
  const [attributes, operators] = [new Set<unknown>(), new Set<string>()]
  const waiting: unknown[] = [policies]
  for (const next of waiting) {
    if (typeof next !== 'object' || next === null) continue
    for (const [name, inner] of Object.entries(next)) {
      operators.add(name)
      if (name === 'attr') for (const attribute of [inner].flat()) attributes.add(attribute)
      waiting.push(inner)
    }
  }
  const asksTags = operators.has('getTag') || operators.has('hasTag')
  return entities.map(({ uid, attrs, parents, tags }) => ({
    uid,
    attrs: Object.fromEntries(Object.entries(attrs).filter(([name]) => attributes.has(name))),
    parents,
    tags: asksTags ? tags : {},
  }))
}
