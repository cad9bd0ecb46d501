/**
 * What the server tells of work that it does again and again by itself, and that
 * goes on failing: the first failure in full, then one line a minute with how
 * often, then its end. A disk that is full for a night is a page of the log.
 *
 * @module
 */

import type { Clock } from '#kernel'
import type { Log } from './log.ts'

/** `what` is a sentence of ours that names the work; there are as many as there is work. */
export interface LastingTrouble {
  failed(what: string, error: unknown): void
  worked(what: string): void
}

/** Seldom enough to read a night of it, often enough to see in the newest page that it lasts. */
const againMs = 60_000

interface Trouble {
  readonly sinceMs: number
  failures: number
  toldMs: number
}

export function createLastingTrouble(log: Log, clock: Pick<Clock, 'monotonicMs'>): LastingTrouble {
  const troubles = new Map<string, Trouble>()
  const facts = ({ failures, sinceMs }: Trouble, nowMs: number): { failures: number; seconds: number } => ({
    failures,
    seconds: Math.round((nowMs - sinceMs) / 1000),
  })
  return {
    failed: (what, error) => {
      const nowMs = clock.monotonicMs()
      const known = troubles.get(what)
      const trouble = known ?? { sinceMs: nowMs, failures: 0, toldMs: nowMs }
      troubles.set(what, trouble)
      trouble.failures += 1
      if (known === undefined) log.error(`${what}; it is tried again`, error)
      if (known === undefined || nowMs - trouble.toldMs < againMs) return
      trouble.toldMs = nowMs
      log.error(`${what}, still`, error, facts(trouble, nowMs))
    },
    worked: (what) => {
      const trouble = troubles.get(what)
      if (trouble === undefined) return
      troubles.delete(what)
      log.warn(`${what}: that has ended`, facts(trouble, clock.monotonicMs()))
    },
  }
}
