/**
 * Requests that are being answered for somebody right now: open downloads,
 * uploads and WebSockets included.
 *
 * INVARIANT (taken away at once): a request is here from before it is decided
 * until its last byte. Whoever ends a session cuts everything that is here for it
 * before saying that the session has ended.
 *
 * @module
 */

import type { SessionId, UserId } from '#kernel'
import type { SessionView } from './channel/contract.ts'

/** Access was taken away, the route to the app was, or it cannot be known any more whether either was. */
export type CutReason = 'ended' | 'unrouted' | 'silent'

/** One request of somebody. */
export interface LiveRequest {
  readonly session: SessionId
  readonly user: UserId
  /** The session is over then, and nobody is told: sessions that run out are not ended by anybody. */
  readonly endsAtMs: number
  /** Ends it. Once it was called nothing more goes through in either direction. */
  cut(why: CutReason): void
  /** Whether it would still be allowed for the person as they are now. */
  isStillAllowed(view: SessionView): boolean
}

export class LiveRequests {
  readonly #bySession = new Map<SessionId, Set<LiveRequest>>()

  /** The function that it returns takes the request out again. */
  enter(request: LiveRequest): () => void {
    const { session } = request
    const known = this.#bySession.get(session) ?? new Set()
    this.#bySession.set(session, known.add(request))
    return () => {
      known.delete(request)
      if (known.size === 0 && this.#bySession.get(session) === known) this.#bySession.delete(session)
    }
  }

  /** Sessions of a user that have requests here, or all sessions. */
  sessionsOf(user?: string): readonly SessionId[] {
    return [...this.#bySession]
      .filter(([, requests]) => user === undefined || requests.values().some((request) => request.user === user))
      .map(([id]) => id)
  }

  cutSession(id: string, why: CutReason = 'ended'): void {
    for (const request of this.#bySession.get(id as SessionId) ?? []) request.cut(why)
  }

  cutUser(user: string): void {
    for (const id of this.sessionsOf(user)) this.cutSession(id)
  }

  cutAll(why: CutReason): void {
    for (const id of this.#bySession.keys()) this.cutSession(id, why)
  }

  /** Cuts what belongs to sessions that have run out. */
  cutOver(nowMs: number): void {
    for (const requests of this.#bySession.values()) for (const request of requests) if (request.endsAtMs <= nowMs) request.cut('ended')
  }

  /** Cuts what the person may not do any more. */
  recheck(view: SessionView): void {
    for (const request of this.#bySession.get(view.id) ?? []) if (!request.isStillAllowed(view)) request.cut('ended')
  }
}
