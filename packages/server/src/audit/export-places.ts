/**
 * How many exports one process gives out at once: each holds a connection, a few
 * hundred events and questions to the database for as long as its taker likes.
 *
 * @module
 */

import { refuse } from './refusals.ts'

/** Auditors are few, and a second export tells nothing that the first one does not. */
const mostAtOnce = 4

export class ExportPlaces {
  #taken = 0

  /**
   * Begins an export and holds a place for it until its last line was taken, or its taker has gone; also one who took none.
   * Refuses with `audit.too_many_exports`.
   */
  async begin(open: () => Promise<AsyncGenerator<string>>): Promise<AsyncIterableIterator<string>> {
    if (this.#taken >= mostAtOnce) throw refuse('audit.too_many_exports')
    this.#taken += 1
    const leave = once(() => (this.#taken -= 1))
    try {
      return held(await open(), leave)
    } catch (error) {
      leave()
      throw error
    }
  }
}

/** By hand and not as a generator: one that was never begun does not come to its `finally`. */
function held(lines: AsyncGenerator<string>, leave: () => void): AsyncIterableIterator<string> {
  const step = async (take: () => Promise<IteratorResult<string>>): Promise<IteratorResult<string>> => {
    try {
      const result = await take()
      if (result.done === true) leave()
      return result
    } catch (error) {
      leave()
      throw error
    }
  }
  return {
    next: async () => step(async () => lines.next()),
    return: async () => step(async () => lines.return(undefined)),
    [Symbol.asyncIterator]() {
      return this
    },
  }
}

function once(act: () => void): () => void {
  let done = false
  return () => {
    if (done) return
    done = true
    act()
  }
}
