/**
 * Whether a worker still does anything. One that ended is seen; one that stands
 * still holds what was lent to it, and of the first one the apps behind its
 * gateway too, for as long as nobody looks.
 *
 * @module
 */

const everyMs = 3_000

/** In a row, fifteen seconds: nothing that a worker does takes a tenth of that, and a machine that slept for hours misses one. */
const mostMissed = 5

export interface Pulse {
  /** It has said something. However late that comes: on a busy machine everything does. */
  heard(): void
  stop(): void
}

/** Asks again and again, and calls `lost` once when nothing was heard between so many questions in a row. */
export function watchPulse(ask: () => void, lost: () => void, every: number = everyMs): Pulse {
  let missed = 0
  ask()
  const timer = setInterval(() => {
    missed += 1
    if (missed < mostMissed) return ask()
    clearInterval(timer)
    lost()
  }, every)
  return { heard: () => void (missed = 0), stop: () => clearInterval(timer) }
}
