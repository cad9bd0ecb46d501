/**
 * What the record is made of. A module says what happened; who, when, in which
 * tenant and under which request id comes from the operation.
 *
 * @module
 */

import type { UserId } from './ids.ts'

/** `subject.verb` in the past tense or as a state: `session.ended`, `grant.code_replayed`. */
export type EventName = `${string}.${string}`

/** What a policy decision rested on. */
export interface DecisionRecord {
  readonly store: string
  /** SHA-256 of the policy set that decided, base64url. */
  readonly digest: string
  readonly effect: 'allow' | 'deny'
  /** Ids of the determining policies; empty for a default deny. */
  readonly policies: readonly string[]
  readonly action: string
  /** What the action was asked of, as type and id of ours: `User usr_…`. Absent where that was the tenant. */
  readonly resource?: string
}

/** One thing that happened. */
export interface AuditEvent {
  readonly what: EventName
  /** The thing it happened to: an id of ours, a client_id, a route template. Never personal data. */
  readonly about: string
  readonly outcome: 'done' | 'allowed' | 'refused'
  /** Facts that are neither secret nor personal. Short words and numbers; user input never goes here. */
  readonly facts?: Readonly<Record<string, string | number | boolean>>
  /** Names, addresses and the like, already sealed under that person's key, so that erasing them breaks no hash. */
  readonly personal?: { readonly person: UserId; readonly sealed: Uint8Array }
  readonly decision?: DecisionRecord
}
