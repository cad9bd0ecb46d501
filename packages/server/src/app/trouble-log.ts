/**
 * What the server tells its operator about requests that went wrong. Bounded,
 * because strangers can provoke outages (a full password pool) as often as they
 * like: beyond a few lines a second only their number is kept.
 *
 * @module
 */

import type { ServerLog, TroubleReport } from '#http'
import type { Clock } from '#kernel'
import type { Log } from './log.ts'

/** Enough to see every kind of trouble; a day of them is a few hundred megabytes at the very worst. */
const linesPerSecond = 10

export function createTroubleLog(log: Log, clock: Clock): ServerLog {
  let second = 0
  let lines = 0
  let omitted = 0
  const within = (): boolean => {
    const now = Math.floor(clock.monotonicMs() / 1000)
    if (now !== second) {
      if (omitted > 0) log.warn('more requests went wrong than were logged', { omitted })
      second = now
      lines = 0
      omitted = 0
    }
    lines += 1
    if (lines > linesPerSecond) omitted += 1
    return lines <= linesPerSecond
  }
  const facts = ({ requestId, route, causes }: TroubleReport): { requestId: string; route: string; causes: string } => ({
    requestId,
    route,
    causes: causes.join(' < '),
  })
  return {
    defect: (report) => {
      if (within()) log.error('a request met a defect', undefined, { ...facts(report), stack: report.stack })
    },
    outage: (report) => {
      if (within()) log.warn('a request met an outage', facts(report))
    },
  }
}
