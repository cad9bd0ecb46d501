/**
 * How old what the gateway knows is, by its own clock alone.
 *
 * A heartbeat that the server sends by itself would be dated by when it is read,
 * and one that lay unread while this process stood still would look new. So the
 * gateway asks: everything that committed before an answered ping was sent has
 * been read, however long the answer took.
 *
 * @module
 */

/** Pings that may be on their way at once; older ones are given up. */
const mostUnanswered = 32

export class Freshness {
  readonly #sentAtMs = new Map<number, number>()
  #asOfMs: number | undefined
  #number = 0

  /** The number of a ping that is sent now. */
  ping(nowMs: number): number {
    const number = (this.#number += 1)
    this.#sentAtMs.set(number, nowMs)
    this.#sentAtMs.delete(number - mostUnanswered)
    return number
  }

  /** `ageMs` is how old the server's own knowledge was when it answered. An answer to nothing counts for nothing. */
  pong(number: number, ageMs: number): void {
    const sentAtMs = this.#sentAtMs.get(number)
    if (sentAtMs === undefined) return
    this.#sentAtMs.delete(number)
    const asOfMs = sentAtMs - ageMs
    if (this.#asOfMs === undefined || asOfMs > this.#asOfMs) this.#asOfMs = asOfMs
  }

  /** Milliseconds since everything was known; undefined when it never was. */
  ageMs(nowMs: number): number | undefined {
    return this.#asOfMs === undefined ? undefined : nowMs - this.#asOfMs
  }

  /** The connection is gone, and with it what it vouched for. */
  forget(): void {
    this.#asOfMs = undefined
    this.#sentAtMs.clear()
  }
}
