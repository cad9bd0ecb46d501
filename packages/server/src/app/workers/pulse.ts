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

/** Asks again and again, and calls `lost` once when too many questions in a row had no answer. The function that it returns ends that. */
export function watchPulse(ask: () => Promise<unknown>, lost: () => void, every: number = everyMs): () => void {
  let missed = 0
  const timer = setInterval(() => {
    ask().then(
      () => (missed = 0),
      () => {
        missed += 1
        if (missed !== mostMissed) return
        clearInterval(timer)
        lost()
      },
    )
  }, every)
  return () => clearInterval(timer)
}
