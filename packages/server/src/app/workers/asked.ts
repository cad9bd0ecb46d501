/** Questions that are under way to another process: answered, or given up in time. @module */

import { Unavailable } from '#kernel'
import { patienceMs } from './words.ts'

export class Asked<Answer> {
  readonly #what: string
  readonly #waiting = new Map<number, { readonly resolve: (answer: Answer) => void; readonly timer: NodeJS.Timeout }>()
  #last = 0

  /** `what`: what is out when nobody answers. */
  constructor(what: string) {
    this.#what = what
  }

  /** Hands `send` the number of the question. Rejects with `Unavailable` when no answer comes. */
  async ask(send: (id: number) => void): Promise<Answer> {
    this.#last += 1
    const id = this.#last
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => {
        this.#waiting.delete(id)
        reject(new Unavailable(this.#what))
      }, patienceMs)
      this.#waiting.set(id, { resolve, timer })
      send(id)
    })
  }

  /** What comes too late finds nobody. */
  answer(id: number, answer: Answer): void {
    const waiting = this.#waiting.get(id)
    if (waiting === undefined) return
    this.#waiting.delete(id)
    clearTimeout(waiting.timer)
    waiting.resolve(answer)
  }
}
