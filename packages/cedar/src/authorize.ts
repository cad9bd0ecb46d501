/**
 * Cedar's authorizer: default deny, forbid wins, a policy that errs is skipped
 * and told.
 *
 * Source: https://docs.cedarpolicy.com/auth/authorization.html
 *
 * @module
 */

import { erred, type Environment } from './compile/evaluate.ts'
import type { CompiledPolicy, Effect } from './compile/policy.ts'
import type { EntitySource } from './entities/source.ts'
import { EvaluationError } from './errors.ts'
import type { PolicySet } from './policy-set.ts'
import type { EntityUid } from './values/uid.ts'
import type { CedarRecord } from './values/value.ts'

export interface Request {
  readonly principal: EntityUid
  readonly action: EntityUid
  readonly resource: EntityUid
  readonly context: CedarRecord
}

export interface ErringPolicy {
  readonly policy: string
  readonly effect: Effect
  readonly error: EvaluationError
}

/** Cedar's answer. */
export interface Answer {
  readonly decision: 'allow' | 'deny'
  /** The policies that determined it, sorted: the forbids that hold, else the permits that do; none for a default deny. */
  readonly reasons: readonly string[]
  /** The policies that could not be evaluated, sorted by their ids. */
  readonly erring: readonly ErringPolicy[]
}

/** Decides one request. Every policy that can apply is evaluated: the answer names all that determined it. */
export function authorize(policies: PolicySet, entities: EntitySource, request: Request): Answer {
  const { principal, action, resource, context } = request
  const environment: Environment = { principal, action, resource, context, entities }
  const permits: string[] = []
  const forbids: string[] = []
  const erring: ErringPolicy[] = []
  for (const policy of policies.candidates(request, entities)) {
    const held = evaluate(policy, environment)
    if (held instanceof EvaluationError) erring.push({ policy: policy.id, effect: policy.effect, error: held })
    else if (held) (policy.effect === 'permit' ? permits : forbids).push(policy.id)
  }
  if (erring.length > 1) erring.sort((left, right) => (left.policy < right.policy ? -1 : 1))
  if (forbids.length > 0) return { decision: 'deny', reasons: sorted(forbids), erring }
  return { decision: permits.length > 0 ? 'allow' : 'deny', reasons: sorted(permits), erring }
}

/** Most often they are in order already, as those from one place of the index are. */
function sorted(ids: string[]): readonly string[] {
  for (let at = 1; at < ids.length; at += 1) if ((ids[at - 1] ?? '') > (ids[at] ?? '')) return ids.sort()
  return ids
}

/** Decides several requests. Nothing can change between them, so all are answered by the same policies and entities. */
export function authorizeAll(policies: PolicySet, entities: EntitySource, requests: readonly Request[]): readonly Answer[] {
  return requests.map((request) => authorize(policies, entities, request))
}

function evaluate(policy: CompiledPolicy, environment: Environment): boolean | EvaluationError {
  try {
    return policy.holds(environment)
  } catch (error) {
    return erred(error)
  }
}

/**
 * What an enforcement point does with an answer. Cedar skips a policy that errs, a `forbid` included; this refuses
 * to act on an allow when what was skipped could have said no.
 *
 * INVARIANT (fail closed): a policy that errs can only ever turn allow into deny.
 */
export function enforce({ decision, erring }: Answer): 'allow' | 'deny' {
  return erring.some(({ effect }) => effect === 'forbid') ? 'deny' : decision
}

/**
 * Whether `enforce(authorize(…))` says allow, without the reasons: no policy is asked after the first that settles it,
 * the forbids before the permits.
 */
export function isAllowed(policies: PolicySet, entities: EntitySource, { principal, action, resource, context }: Request): boolean {
  return policies.isAllowed({ principal, action, resource, context, entities })
}
