/**
 * Search: on which resources may this principal act, and who may act on this
 * resource. What does not depend on the one that is looked for is evaluated once;
 * of each candidate only the rest is asked.
 *
 * @module
 */

import type { Environment } from '../compile/evaluate.ts'
import { compileConditions, type CompiledPolicy } from '../compile/policy.ts'
import { fits, type Scope } from '../compile/scope.ts'
import type { EntityDirectory, EntitySource } from '../entities/source.ts'
import { EvaluationError } from '../errors.ts'
import type { PolicyJson } from '../policy.ts'
import type { PolicySet } from '../policy-set.ts'
import { member } from '../read/plain.ts'
import { EntityUid } from '../values/uid.ts'
import type { CedarRecord } from '../values/value.ts'
import { Specialiser } from './specialise.ts'

/** Which part of a request is looked for, with the two others. */
export type SearchRequest = { readonly action: EntityUid; readonly context: CedarRecord } & (
  { readonly find: 'resource'; readonly principal: EntityUid } | { readonly find: 'principal'; readonly resource: EntityUid }
)

export interface SearchPage {
  /** Only entities of this type. */
  readonly type: string
  /** Entities of one page, at most. */
  readonly limit: number
  /** The last entity that an earlier page looked at. */
  readonly after?: EntityUid | undefined
  /** Candidates that are looked at for one page, at most; 100,000 unless said. */
  readonly mostCandidates?: number
}

export interface SearchResult {
  /** Known entities, and such that a permit names, for which the answer is allow and no forbid errs. */
  readonly found: readonly EntityUid[]
  /** Whether there may be more: then `next` is where the next page goes on. */
  readonly partial: boolean
  readonly next?: EntityUid
}

/** A policy of which only one side is left to ask. */
interface Residual {
  readonly effect: CompiledPolicy['effect']
  readonly scope: Scope
  readonly holds: CompiledPolicy['holds']
}

const mostCandidates = 100_000

/** Searches. Each entity that is found is one to which `enforce(authorize(…))` says allow. */
export function search(policies: PolicySet, entities: EntityDirectory, request: SearchRequest, page: SearchPage): SearchResult {
  // Until there are candidates, what is looked for has a name that nothing else has.
  const environment = about(request, new EntityUid('', ''), entities)
  const residuals = residualsOf(policies, entities, request, environment)
  const permits = residuals.filter(({ effect }) => effect === 'permit')
  const forbids = residuals.filter(({ effect }) => effect === 'forbid')
  const found: EntityUid[] = []
  let looked = 0
  let isPast = page.after === undefined
  for (const candidate of candidatesOf(permits, entities, page.type)) {
    if (!isPast) {
      isPast = candidate.equals(page.after as EntityUid)
      continue
    }
    const asked = about(request, candidate, entities)
    looked += 1
    if (permits.some((permit) => applies(permit, candidate, asked) === true)) {
      if (!forbids.some((forbid) => applies(forbid, candidate, asked) !== false)) found.push(candidate)
    }
    if (found.length >= page.limit || looked >= (page.mostCandidates ?? mostCandidates)) return { found, partial: true, next: candidate }
  }
  return { found, partial: false }
}

/** The request with one candidate in the place of what is looked for. */
function about(request: SearchRequest, candidate: EntityUid, entities: EntitySource): Environment {
  const { action, context } = request
  return request.find === 'resource'
    ? { principal: request.principal, action, resource: candidate, context, entities }
    : { principal: candidate, action, resource: request.resource, context, entities }
}

function residualsOf(policies: PolicySet, entities: EntitySource, request: SearchRequest, environment: Environment): readonly Residual[] {
  const specialiser = new Specialiser(environment, request.find)
  const { action, principal, resource } = environment
  const known = { action, principal, resource, [request.find]: undefined }
  return policies.candidates(known, entities).flatMap((policy) => {
    const conditions = policy.conditions.map(({ kind, body }) => ({ kind, body: specialiser.expression(body) }))
    const end = conditions.findIndex(neverHolds)
    const left = (end === -1 ? conditions : conditions.slice(0, end + 1)).filter((condition) => !alwaysHolds(condition))
    // What stands before a condition that never holds may still err, and a forbid that errs counts.
    if (end !== -1 && (policy.effect === 'permit' || left.length === 1)) return []
    return [{ effect: policy.effect, scope: policy[request.find], holds: compileConditions(left, []) }]
  })
}

type Condition = PolicyJson['conditions'][number]

function neverHolds({ kind, body }: Condition): boolean {
  return member(body, 'Value') === (kind !== 'when')
}

function alwaysHolds({ kind, body }: Condition): boolean {
  return member(body, 'Value') === (kind === 'when')
}

/** Where every permit names the one that it is for, those; else every known entity of the type. */
function candidatesOf(permits: readonly Residual[], entities: EntityDirectory, type: string): Iterable<EntityUid> {
  const named = permits.map(({ scope }) => (scope.is === 'equal' ? scope.uid : undefined))
  if (named.includes(undefined)) return entities.ofType(type)
  const each = new Map(named.flatMap((uid) => (uid?.type === type ? [[uid.id, uid] as const] : [])))
  return each.values()
}

/** Whether a policy applies to a candidate; undefined when it errs. */
function applies({ scope, holds }: Residual, candidate: EntityUid, environment: Environment): boolean | undefined {
  if (!fits(scope, candidate, environment.entities)) return false
  try {
    return holds(environment)
  } catch (error) {
    if (error instanceof EvaluationError || error instanceof RangeError) return undefined
    throw error
  }
}
