import type { SessionId, UserId } from '#kernel'
import type { SessionTimes } from './lifetime.ts'
import type { SessionRow } from './table.ts'

/** A person, signed in with one browser. */
export interface Session {
  readonly id: SessionId
  readonly user: UserId
  /** How strongly they proved who they are, and by what: OpenID Connect Core section 2. */
  readonly acr: string
  readonly amr: readonly string[]
  readonly authTimeMs: number
  readonly startedAtMs: number
  /** Without another use the session is over then. */
  readonly idleUntilMs: number
  /** However busy, the session is over then. */
  readonly endsAtMs: number
}

/** A session as lists show it. */
export interface ListedSession extends Session {
  /** For instance `Firefox on Linux`; absent when the person's key is gone. */
  readonly device?: string | undefined
  readonly address?: string | undefined
}

/** Why a session ended. */
export type EndReason =
  | 'signed_out'
  /** Another sign-in took its place in the same browser. */
  | 'replaced'
  /** Somebody else ended it. */
  | 'revoked'
  /** The person had too many at once, and it was the oldest. */
  | 'too_many'
  | 'idle'
  | 'expired'

export function readRow(row: SessionRow): Session {
  return {
    id: row.id as SessionId,
    user: row.user_id as UserId,
    acr: row.acr,
    amr: row.amr === '' ? [] : row.amr.split(' '),
    authTimeMs: row.auth_time_ms,
    startedAtMs: row.started_at_ms,
    idleUntilMs: row.idle_until_ms,
    endsAtMs: row.ends_at_ms,
  }
}

export function timesOf(row: SessionRow): SessionTimes {
  return {
    startedAtMs: row.started_at_ms,
    idleUntilMs: row.idle_until_ms,
    endsAtMs: row.ends_at_ms,
    endedAtMs: row.ended_at_ms ?? undefined,
    generation: row.user_generation,
  }
}
