import type { Operation, SessionId, TenantId } from '#kernel'

/** A use of a session that is not written down yet. */
export interface Touch {
  readonly tenant: TenantId
  readonly id: SessionId
  readonly idleUntilMs: number
}

/** Between two flushes, no more sessions than this are used on one server; what is not noted idles out earlier. */
const mostNoted = 50_000

/**
 * Uses of sessions, noted by requests that only read and written by a job.
 *
 * A note that is lost with the process, or that finds no room, makes a session
 * idle out earlier than it might: the safe side.
 */
export class Touches {
  readonly #noted = new Map<string, Touch>()

  note(op: Operation, id: SessionId, idleUntilMs: number): void {
    const key = `${op.tenant} ${id}`
    if (this.#noted.has(key) || this.#noted.size < mostNoted) this.#noted.set(key, { tenant: op.tenant, id, idleUntilMs })
  }

  /** Until when the session may idle by what was noted here. */
  until(op: Operation, id: SessionId): number | undefined {
    return this.#noted.get(`${op.tenant} ${id}`)?.idleUntilMs
  }

  /** Up to so many notes of the operation's tenant. They stay noted until {@link Touches.forget}. */
  some(op: Operation, limit: number): readonly Touch[] {
    return this.#noted
      .values()
      .filter((touch) => touch.tenant === op.tenant)
      .take(limit)
      .toArray()
  }

  /** Forgets notes that have been written, but not those that are newer. */
  forget(touches: readonly Touch[]): void {
    for (const touch of touches) {
      const key = `${touch.tenant} ${touch.id}`
      if (this.#noted.get(key) === touch) this.#noted.delete(key)
    }
  }
}
