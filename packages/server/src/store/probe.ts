/**
 * Brings an unhealthy store back without waiting for a visitor: tries a write
 * of its own until one goes through.
 *
 * @module
 */

/** Often enough that nobody notices the wait, seldom enough that a dead database is not pestered. */
const everyMs = 500

export class Probe {
  readonly #attempt: () => Promise<unknown>
  #healthy = true
  #timer: NodeJS.Timeout | undefined
  #stopped = false

  /** `attempt` resolves when a write has been committed; what it rejects with does not matter. */
  constructor(attempt: () => Promise<unknown>) {
    this.#attempt = attempt
  }

  isHealthy(): boolean {
    return this.#healthy
  }

  /** Told after each write what became of it. */
  note(healthy: boolean): void {
    this.#healthy = healthy
    if (healthy || this.#stopped) {
      clearTimeout(this.#timer)
      this.#timer = undefined
    } else this.#timer ??= setTimeout(() => this.#try(), everyMs).unref()
  }

  stop(): void {
    this.#stopped = true
    clearTimeout(this.#timer)
  }

  #try(): void {
    this.#timer = undefined
    // A failed attempt notes itself, which sets the timer again.
    this.#attempt().catch(() => this.note(false))
  }
}
