/**
 * One verifier of a resource server, as this server knows it: what it was told,
 * what it has heard, and the request of it that waits for news.
 *
 * @module
 */

import { setTimeout as sleep } from 'node:timers/promises'
import { systemClock } from '#kernel'
import { freshForMs, type Revocation, type RevocationBatch, type RevocationListener } from '#tokens'

/** More than these at once, and it had better begin anew. */
const mostNews = 1_000

/** Between two answers: whoever revokes one thing after the other must not make every verifier ask as often. */
const restMs = 50

export interface News {
  /** It knows everything up to here once it has put the entries into effect. */
  readonly sequence: number
  readonly entries: readonly Revocation[]
}

interface Told {
  readonly sequence: number
  readonly heard: () => void
  readonly gone: (why: Error) => void
}

export class Verifier implements RevocationListener {
  readonly #onSilence: () => void
  /** Everything later than what it has heard. */
  #news: Revocation[]
  #heard: number
  #sequence: number
  #lost = false
  readonly #told = new Set<Told>()
  #wake: (() => void) | undefined
  #silence: NodeJS.Timeout | undefined
  #answeredAtMs = -Infinity

  /** A verifier that has heard up to a number, and what there is since then. */
  constructor(heard: number, { sequence, entries }: News, onSilence: () => void) {
    this.#heard = heard
    this.#sequence = sequence
    this.#news = [...entries]
    this.#onSilence = onSilence
  }

  /** Whether what it says that it has heard is a place in what is kept for it. */
  knows(after: number): boolean {
    return !this.#lost && after >= this.#heard && after <= this.#sequence
  }

  async deliver({ sequence, entries, reset }: RevocationBatch): Promise<void> {
    // What was told before is told again where the feed had to read everything anew.
    const news = entries.filter((entry) => entry.sequence > this.#sequence && concernsCredentials(entry))
    this.#sequence = sequence
    this.#lost ||= reset || this.#news.length + news.length > mostNews
    if (this.#lost) {
      this.#wake?.()
      throw new Error('it has to begin anew')
    }
    if (news.length === 0) return
    this.#news.push(...news)
    const heard = new Promise<void>((resolve, reject) => this.#told.add({ sequence, heard: resolve, gone: reject }))
    // One that goes on asking and never says that it has heard is as good as silent.
    const timer = setTimeout(this.#onSilence, freshForMs)
    timer.unref()
    this.#wake?.()
    try {
      await heard
    } finally {
      clearTimeout(timer)
    }
  }

  /**
   * What is new after a number, which it thereby says that it has heard; at once, or when there is something, or after a while
   * with nothing. Undefined when it is no longer followed here. A second request of it ends the wait of the first.
   */
  async next(after: number, waitMs: number): Promise<News | undefined> {
    clearTimeout(this.#silence)
    this.#wake?.()
    this.#hear(after)
    if (this.#news.length === 0 && !this.#lost) await this.#somethingNew(waitMs)
    const restedMs = systemClock.monotonicMs() - this.#answeredAtMs
    if (restedMs < restMs) await sleep(restMs - restedMs)
    if (this.#lost) return undefined
    this.#answeredAtMs = systemClock.monotonicMs()
    this.#awaitSilence()
    return { sequence: this.#sequence, entries: [...this.#news] }
  }

  /** Whoever waits for it waits no longer: what it knows is about to be too old, and it refuses by itself. */
  leave(): void {
    clearTimeout(this.#silence)
    this.#lost = true
    this.#wake?.()
    for (const { gone } of this.#told) gone(new Error('it is silent'))
    this.#told.clear()
  }

  #hear(after: number): void {
    this.#heard = after
    this.#news = this.#news.filter(({ sequence }) => sequence > after)
    for (const told of this.#told) {
      if (told.sequence > after) continue
      this.#told.delete(told)
      told.heard()
    }
  }

  async #somethingNew(waitMs: number): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>()
    const timer = setTimeout(resolve, waitMs)
    this.#wake = resolve
    await promise
    clearTimeout(timer)
    if (this.#wake === resolve) this.#wake = undefined
  }

  /** From the answer on it believes its memory for no longer than this, whether the answer arrives or not. */
  #awaitSilence(): void {
    clearTimeout(this.#silence)
    this.#silence = setTimeout(this.#onSilence, freshForMs)
    this.#silence.unref()
  }
}

/** What only tells caches is nothing to a verifier. */
export function concernsCredentials({ kind }: Revocation): boolean {
  return kind !== 'entity'
}
