/**
 * What the app remembers of people while it runs, by their central session: the
 * tokens with which it calls its API for them, and sign-ins under way.
 *
 * There is no cookie of the app's own. The gateway's assertion says on every
 * request which session it is, and a session that ended never comes again.
 *
 * @module
 */

import type { Assertion } from '@countersign/sdk'

export interface Tokens {
  readonly accessToken: string
  readonly refreshToken: string | undefined
  readonly expiresAtMs: number
  readonly gotAtMs: number
}

/** A sign-in under way; its state names it. */
export interface Pending {
  readonly verifier: string
  readonly nonce: string
}

export interface Visitor {
  readonly subject: string
  /** Their central session, by its id. */
  readonly session: string | undefined
  tokens: Tokens | undefined
  /** New tokens that are being asked for. */
  refreshing: Promise<Tokens | undefined> | undefined
  readonly pending: Map<string, Pending>
  /** What they wrote and could not be saved. */
  draft: string | undefined
  /** What to say once, on the next page. */
  said: string | undefined
}

/** Two kilobytes each, mostly. The one that was seen longest ago is forgotten and signs in silently again. */
const mostVisitors = 5_000
const mostPending = 4

export class Visitors {
  readonly #bySession = new Map<string, Visitor>()

  find({ session, subject }: Assertion): Visitor {
    const key = session ?? subject
    const known = this.#bySession.get(key)
    const visitor = known?.subject === subject ? known : newVisitor(subject, session)
    this.#bySession.delete(key)
    this.#bySession.set(key, visitor)
    for (const oldest of this.#bySession.keys()) {
      if (this.#bySession.size <= mostVisitors) break
      this.#bySession.delete(oldest)
    }
    return visitor
  }
}

export function newVisitor(subject: string, session: string | undefined): Visitor {
  return { subject, session, tokens: undefined, refreshing: undefined, pending: new Map(), draft: undefined, said: undefined }
}

/** Keeps a sign-in under way, and forgets the one that began first when there are many. */
export function keepPending({ pending }: Visitor, state: string, begun: Pending): void {
  pending.set(state, begun)
  for (const oldest of pending.keys()) {
    if (pending.size <= mostPending) break
    pending.delete(oldest)
  }
}
