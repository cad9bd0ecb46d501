/**
 * Lets many pass together, or one alone.
 *
 * A transaction that has collided again and again with others of this server
 * goes alone: without that, whoever holds a busy row longest would lose to
 * newcomers for as long as they come.
 *
 * @module
 */

interface Waiting {
  readonly alone: boolean
  readonly enter: () => void
}

/** First come, first served: a newcomer does not overtake one who waits to be alone. */
export class Gate {
  readonly #waiting: Waiting[] = []
  #inside = 0
  #occupied = false

  together<Result>(work: () => Promise<Result>): Promise<Result> {
    return this.#pass(false, work)
  }

  alone<Result>(work: () => Promise<Result>): Promise<Result> {
    return this.#pass(true, work)
  }

  async #pass<Result>(alone: boolean, work: () => Promise<Result>): Promise<Result> {
    if (this.#waiting.length > 0 || !this.#mayEnter(alone)) {
      await new Promise<void>((enter) => this.#waiting.push({ alone, enter }))
    } else this.#enter(alone)
    try {
      return await work()
    } finally {
      this.#inside -= 1
      this.#occupied = false
      this.#admit()
    }
  }

  #mayEnter(alone: boolean): boolean {
    return !this.#occupied && (!alone || this.#inside === 0)
  }

  #enter(alone: boolean): void {
    this.#inside += 1
    this.#occupied = alone
  }

  #admit(): void {
    for (let next = this.#waiting[0]; next !== undefined && this.#mayEnter(next.alone); next = this.#waiting[0]) {
      this.#waiting.shift()
      this.#enter(next.alone)
      next.enter()
    }
  }
}
