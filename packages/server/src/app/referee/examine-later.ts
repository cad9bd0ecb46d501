/**
 * Has what a start found in its folders examined, a little later: a start is
 * quick, and whoever just started a server wants the machine for something else.
 *
 * @module
 */

import type { House } from '../compose.ts'
import type { Log } from '../log.ts'

const afterMs = 20_000
/** One worker after the other: what the first has had examined the others need not ask about. */
const apartMs = 15_000

export function examineLater(
  { rulebook, operation }: Pick<House, 'rulebook' | 'operation'>,
  log: Pick<Log, 'warn'>,
  worker = 1,
): { readonly stop: () => void } {
  const examine = (): void => {
    rulebook.examineFound(operation('examine')).catch((error: unknown) => {
      log.warn('policies of a start were not examined; the next start has them examined', {
        why: error instanceof Error ? error.name : 'unknown',
      })
    })
  }
  const timer = setTimeout(examine, afterMs + (worker - 1) * apartMs)
  timer.unref()
  return { stop: () => clearTimeout(timer) }
}
