/**
 * Whether a session is still alive. Pure: everything it looks at is handed in.
 *
 * @module
 */

/** Lifetimes as settings say them. */
export interface SessionSettings {
  /** Without a request for so long, a session is over. */
  readonly idleSeconds: number
  /** However busy, a session is over after so long. */
  readonly absoluteSeconds: number
}

/** Half an hour and a working day, within OWASP's advice for applications of middling value. */
export const usualSettings: SessionSettings = Object.freeze({ idleSeconds: 1_800, absoluteSeconds: 43_200 })

/** What a session says about its own time. */
export interface SessionTimes {
  readonly startedAtMs: number
  readonly idleUntilMs: number
  readonly endsAtMs: number
  readonly endedAtMs: number | undefined
  /** The user's generation when the session began. */
  readonly generation: number
}

/** The rest of what there is to know. */
export interface Moment {
  readonly nowMs: number
  /** The user's generation now; undefined when they may not sign in any more. */
  readonly generation: number | undefined
}

export type Lifetime = { readonly is: 'live' } | { readonly is: 'over'; readonly why: 'ended' | 'user' | 'expired' | 'idle' | 'clock' }

/** Clocks of several servers differ, by less than this or somebody set one back; RFC 7519 calls a few minutes usual. */
const clockToleranceMs = 300_000

/** Every limit is reached at its moment and not after it. */
export function judgeLifetime(times: SessionTimes, { nowMs, generation }: Moment): Lifetime {
  if (times.endedAtMs !== undefined) return { is: 'over', why: 'ended' }
  if (generation !== times.generation) return { is: 'over', why: 'user' }
  if (nowMs >= times.endsAtMs) return { is: 'over', why: 'expired' }
  if (nowMs >= times.idleUntilMs) return { is: 'over', why: 'idle' }
  if (nowMs < times.startedAtMs - clockToleranceMs) return { is: 'over', why: 'clock' }
  return { is: 'live' }
}

/** A write for every request would cost a sync each; nobody needs the last use to the second. */
const noteAtMostEveryMs = 60_000

/**
 * Until when the session may now idle, if that is worth writing down: at most
 * once a minute, and at least six times within the idle limit, so that a short
 * limit does not end a busy session.
 */
export function prolong(times: Pick<SessionTimes, 'idleUntilMs'>, idleMs: number, nowMs: number): number | undefined {
  const lastNotedMs = times.idleUntilMs - idleMs
  return nowMs - lastNotedMs >= Math.min(noteAtMostEveryMs, idleMs / 6) ? nowMs + idleMs : undefined
}
