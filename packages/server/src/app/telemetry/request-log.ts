/**
 * One line of the log for each request, at level `info`: method and template of
 * the route, status, duration, request id. Never a target, a query, a cookie or
 * a header; the caller's address only where the configuration says so.
 *
 * @module
 */

import type { RequestEnd, WatchRequests } from '#http'
import type { Clock } from '#kernel'
import type { Log, LogFacts } from '../log.ts'

export interface RequestLogOptions {
  readonly log: Pick<Log, 'info'>
  readonly clock: Clock
  /** Addresses are personal data: they are written where an operator has decided that they may be. */
  readonly addresses: boolean
}

export function createRequestLog({ log, clock, addresses }: RequestLogOptions): WatchRequests {
  return ({ requestId, method, route, address }) => {
    const beganMs = clock.monotonicMs()
    return {
      ended: (how) => {
        const facts = { requestId, method, route, ...lineOf(how, clock.monotonicMs() - beganMs) }
        log.info('request', addresses ? { ...facts, address: address() } : facts)
      },
    }
  }
}

export function lineOf(how: RequestEnd, tookMs: number): LogFacts {
  return { status: how, durationMs: Math.round(tookMs * 100) / 100 }
}

/** One watcher that tells all of them; undefined when there is none. */
export function watchAll(watchers: readonly (WatchRequests | undefined)[]): WatchRequests | undefined {
  const [first, ...others] = watchers.filter((watcher) => watcher !== undefined)
  if (first === undefined || others.length === 0) return first
  return (begun) => {
    const watches = [first, ...others].map((watcher) => watcher(begun))
    return {
      ended: (how) => {
        for (const watch of watches) watch.ended(how)
      },
    }
  }
}
