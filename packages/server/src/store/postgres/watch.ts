/**
 * Looks at the database once a second, so that an idle server learns that it
 * has become read-only, that nobody answers there, or that clocks differ.
 *
 * What servers write for each other (the end of a session, until when a
 * revocation is kept) is in wall time, and each of them may differ from the
 * database by so much. Two servers then differ by less than the five minutes
 * for which a revocation is kept longer than what it concerns may live.
 *
 * @module
 */

import type { Clock } from '#kernel'

export interface Look {
  /** Milliseconds since the Unix epoch. */
  readonly now: number
  readonly readOnly: number
}

/** `default_transaction_read_only` is what managed databases set while their disk is full. */
export const lookSql = `SELECT (extract(epoch FROM clock_timestamp()) * 1000)::bigint AS now, current_setting('default_transaction_read_only') = 'on' AS "readOnly"`

/** Twice this is less than the slack of a revocation. */
export const mostClockDifferenceMs = 120_000

const everyMs = 1_000

export class Watch {
  readonly #look: () => Promise<Look>
  readonly #clock: Clock
  readonly #onTrouble: () => void
  #differsMs = 0
  #timer: NodeJS.Timeout | undefined
  #stopped = false

  /** `look` asks the database; `onTrouble` hears of a database that cannot be asked or written to. */
  constructor(look: () => Promise<Look>, clock: Clock, onTrouble: () => void) {
    this.#look = look
    this.#clock = clock
    this.#onTrouble = onTrouble
  }

  /** How far the database's clock is ahead of ours at least, in milliseconds: what the journey took is in doubt. */
  get differsMs(): number {
    return this.#differsMs
  }

  isClockOff(): boolean {
    return Math.abs(this.#differsMs) > mostClockDifferenceMs
  }

  /** The first look. Rejects when the database cannot be asked. */
  async start(): Promise<void> {
    await this.#once()
    this.#schedule()
  }

  stop(): void {
    this.#stopped = true
    clearTimeout(this.#timer)
  }

  #schedule(): void {
    if (this.#stopped) return
    this.#timer = setTimeout(() => {
      void this.#once()
        .catch(() => this.#onTrouble())
        .then(() => this.#schedule())
    }, everyMs)
    this.#timer.unref()
  }

  async #once(): Promise<void> {
    const beganMs = this.#clock.monotonicMs()
    const sentMs = this.#clock.wallMs()
    const { now, readOnly } = await this.#look()
    const tookMs = this.#clock.monotonicMs() - beganMs
    this.#differsMs = beyond(now - sentMs, tookMs)
    if (readOnly === 1) this.#onTrouble()
  }
}

/** The database read its clock at some moment of the journey: of the difference only what no moment explains is one. */
function beyond(differenceMs: number, tookMs: number): number {
  if (differenceMs < 0) return differenceMs
  return Math.max(0, differenceMs - tookMs)
}
