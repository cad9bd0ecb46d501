/**
 * npm, where it started us. A signal that it gets it passes on; one that is
 * killed, or whose terminal is closed, cannot, and the demo would stay behind
 * unseen, with the ports and the data that the next start wants.
 *
 * @module
 */

import { environment } from '#kernel'

const lookEveryMs = 500

/** Calls `end` when the npm that started this process is gone. Returns how to stop looking. */
export function whenNpmEnds(end: () => void): () => void {
  if (environment()['npm_lifecycle_event'] === undefined) return () => {}
  const npm = process.ppid
  const timer = setInterval(() => {
    if (process.ppid !== npm) end()
  }, lookEveryMs)
  timer.unref()
  return () => clearInterval(timer)
}
