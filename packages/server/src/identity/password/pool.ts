/**
 * Where password hashes are computed: a few at a time, with a bounded queue.
 *
 * Hashing is the dearest thing that a stranger can ask for, so a flood of
 * sign-ins must end in a full queue and not in a machine without memory. People
 * from browsers that signed in before go first and have places of their own
 * to wait, so that a flood of strangers does not lock them out.
 *
 * @module
 */

import { Unavailable } from '#kernel'

/** Who waits: somebody from a browser that has signed this account in before, or anybody. */
export type Waiting = 'known' | 'stranger'

export interface PoolSize {
  /** Hashes computed at once. */
  readonly atOnce: number
  /** Places to wait that anybody may take. */
  readonly places: number
  /** Further places that only known browsers may take. */
  readonly placesForKnown: number
}

/** A queue of 64 is worked off in under two seconds at 50 ms a hash on two cores, which a person still waits for. */
export const usualPlaces: Omit<PoolSize, 'atOnce'> = Object.freeze({ places: 64, placesForKnown: 64 })

/** About how long a full queue takes, so that those who are sent away do not come back to the same one. */
const retryAfterSeconds = 2

/** How busy a pool is. */
export interface PoolLoad {
  readonly running: number
  readonly waiting: number
  /** Sent away since the start because there was no place left. */
  readonly shed: number
}

interface Turn {
  readonly signal: AbortSignal
  readonly begin: () => void
  readonly giveUp: (reason: Unavailable) => void
}

/** Nobody waits for an answer to an aborted operation, but somebody may read why it ended. */
function shed(cause?: unknown): Unavailable {
  return new Unavailable('password pool', cause, retryAfterSeconds)
}

/** Runs hashes within its size and sheds the rest with `Unavailable('password pool')`. */
export class PasswordPool {
  readonly #size: PoolSize
  readonly #waiting: Readonly<Record<Waiting, Turn[]>> = { known: [], stranger: [] }
  #running = 0
  #shed = 0

  constructor(size: PoolSize) {
    this.#size = size
  }

  /**
   * Computes `work` when its turn has come. An operation that is aborted while
   * it waits gives its place up; a hash under way runs to its end.
   */
  async run<Result>(who: Waiting, signal: AbortSignal, work: () => Promise<Result>): Promise<Result> {
    await this.#turn(who, signal)
    try {
      return await work()
    } finally {
      this.#running -= 1
      this.#next()
    }
  }

  load(): PoolLoad {
    const { known, stranger } = this.#waiting
    return { running: this.#running, waiting: known.length + stranger.length, shed: this.#shed }
  }

  async #turn(who: Waiting, signal: AbortSignal): Promise<void> {
    if (signal.aborted) throw shed(signal.reason)
    if (this.#running < this.#size.atOnce) {
      this.#running += 1
      return
    }
    this.#dropAborted()
    if (!this.#hasPlace(who)) {
      this.#shed += 1
      throw shed()
    }
    await new Promise<void>((begin, giveUp) => this.#waiting[who].push({ signal, begin, giveUp }))
  }

  #hasPlace(who: Waiting): boolean {
    const { known, stranger } = this.#waiting
    const { places, placesForKnown } = this.#size
    return who === 'known' ? known.length + stranger.length < places + placesForKnown : stranger.length < places
  }

  #dropAborted(): void {
    for (const queue of [this.#waiting.known, this.#waiting.stranger]) {
      for (const turn of queue.filter((turn) => turn.signal.aborted)) {
        queue.splice(queue.indexOf(turn), 1)
        turn.giveUp(shed(turn.signal.reason))
      }
    }
  }

  #next(): void {
    this.#dropAborted()
    const turn = this.#waiting.known.shift() ?? this.#waiting.stranger.shift()
    if (turn === undefined) return
    this.#running += 1
    turn.begin()
  }
}
