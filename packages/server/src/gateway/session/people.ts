/**
 * Who stands behind a session, asked of the server and remembered for a moment.
 *
 * INVARIANT (nothing stale is kept): an answer is remembered only if nothing
 * that was heard between question and answer concerns it; else it is asked again.
 *
 * @module
 */

import { Unavailable, type Clock, type SessionId } from '#kernel'
import type { SessionView } from '../channel/contract.ts'
import type { VisitWatch } from '../watch.ts'

/** ZT-5: even if nothing is heard, what is known of a person is at most this old. It is also how often a person's use of the session is told. */
const keptMs = 60_000

/** A kilobyte each. */
const mostKept = 10_000

/** Changes that come faster than answers are an attack or a fault; the caller is refused. */
const mostTries = 4

export type LookUp = (id: SessionId, purpose: 'use' | 'look', watch?: VisitWatch) => Promise<SessionView | undefined>

interface Kept {
  readonly view: SessionView
  readonly untilMs: number
}

export class People {
  readonly #lookUp: LookUp
  readonly #clock: Clock
  /** Oldest first. */
  readonly #kept = new Map<SessionId, Kept>()
  /** What was heard while questions were under way. */
  readonly #underWay = new Set<Set<string>>()

  constructor(lookUp: LookUp, clock: Clock) {
    this.#lookUp = lookUp
    this.#clock = clock
  }

  /** The person of a live session; undefined when it has ended. `watch` is told when the server had to be asked. */
  async find(id: SessionId, watch?: VisitWatch): Promise<SessionView | undefined> {
    const kept = this.#kept.get(id)
    if (kept !== undefined && kept.untilMs > this.#clock.monotonicMs())
      return kept.view.endsAtMs > this.#clock.wallMs() ? kept.view : undefined
    return this.#ask(id, 'use', undefined, watch)
  }

  /** Asks anew, without counting as use. It is not remembered for longer because of that, or use would never be told. */
  async look(id: SessionId): Promise<SessionView | undefined> {
    const kept = this.#kept.get(id)
    this.#kept.delete(id)
    return this.#ask(id, 'look', kept?.untilMs)
  }

  /** Something about a session, a person or another thing by its id has changed. */
  forget(id: string): void {
    for (const heard of this.#underWay) heard.add(id)
    for (const [session, { view }] of this.#kept)
      if (session === id || view.user === id || view.groups.includes(id)) this.#kept.delete(session)
  }

  forgetAll(): void {
    for (const heard of this.#underWay) heard.add('*')
    this.#kept.clear()
  }

  async #ask(id: SessionId, purpose: 'use' | 'look', untilMs?: number, watch?: VisitWatch): Promise<SessionView | undefined> {
    for (let tries = 0; tries < mostTries; tries += 1) {
      const heard = new Set<string>()
      this.#underWay.add(heard)
      const askedAtMs = this.#clock.monotonicMs()
      let view: SessionView | undefined
      try {
        view = await this.#lookUp(id, purpose, watch)
      } finally {
        this.#underWay.delete(heard)
      }
      if (view === undefined || view.id !== id) return undefined
      if (heard.has('*') || heard.has(id) || heard.has(view.user) || view.groups.some((group) => heard.has(group))) continue
      if (purpose === 'use') this.#keep(view, askedAtMs + keptMs)
      else if (untilMs !== undefined) this.#keep(view, untilMs)
      return view
    }
    throw new Unavailable('session')
  }

  #keep(view: SessionView, untilMs: number): void {
    this.#kept.delete(view.id)
    if (this.#kept.size >= mostKept) for (const oldest of this.#kept.keys().take(1)) this.#kept.delete(oldest)
    this.#kept.set(view.id, { view, untilMs })
  }
}
