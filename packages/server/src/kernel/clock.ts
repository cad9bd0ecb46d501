/**
 * The one clock. Wall time says when something happened or expires; monotonic
 * time measures how long, and cannot be set back by anybody.
 *
 * @module
 */

/** Handed to whatever reads time, so that tests bring their own. */
export interface Clock {
  /** Milliseconds since the Unix epoch. */
  wallMs(): number
  /** Milliseconds since some point; only differences mean anything. */
  monotonicMs(): number
}

export const systemClock: Clock = Object.freeze({
  wallMs: () => Date.now(),
  monotonicMs: () => performance.now(),
})

/** Seconds since the Unix epoch. Appears at the wire only; inside, time is in milliseconds. */
export type EpochSeconds = number

/** Whole seconds for the wire, rounded down. */
export function epochSeconds(ms: number): EpochSeconds {
  return Math.floor(ms / 1000)
}
