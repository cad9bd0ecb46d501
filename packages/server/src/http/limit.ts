/** What a bucket answered, and the words of it on the wire. @module */

import type { Refusal } from '#kernel'
import { refuse } from './refusals.ts'

/** The answer of a token bucket. Both are ordinary, so it is returned. */
export interface LimitDecision {
  readonly allowed: boolean
  /** The policy's name, for instance `token`. */
  readonly name: string
  /** Requests that a full bucket holds. */
  readonly burst: number
  /** Seconds in which an empty bucket fills. */
  readonly windowSeconds: number
  readonly remaining: number
  /** Seconds until the bucket is full again. */
  readonly resetSeconds: number
  /** Seconds after which the next request can pass; 0 when it can now. */
  readonly retryAfterSeconds: number
}

/** The decision, if it allows. Refuses with `limit.exceeded`, the decision its cause. */
export function requireWithin(decision: LimitDecision): LimitDecision {
  if (decision.allowed) return decision
  throw refuse('limit.exceeded', decision.name, decision)
}

/** The decision that a limit refusal carries, if it carries one. */
export function limitOf(refusal: Refusal): LimitDecision | undefined {
  const cause = refusal.cause
  return refusal.code.startsWith('limit.') && typeof cause === 'object' && cause !== null && 'retryAfterSeconds' in cause
    ? (cause as LimitDecision)
    : undefined
}

/** RateLimit and RateLimit-Policy of draft-ietf-httpapi-ratelimit-headers, as structured fields, behind the headers that are there already. */
export function pushLimit(headers: string[], decision: LimitDecision): void {
  const { name, burst, windowSeconds, remaining, resetSeconds } = decision
  headers.push('ratelimit-policy', `"${name}";q=${burst};w=${windowSeconds}`, 'ratelimit', `"${name}";r=${remaining};t=${resetSeconds}`)
}
