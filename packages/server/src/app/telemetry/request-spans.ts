/** Spans of the server's process: its requests, and what gateways ask it. @module */

import type { AskWatch } from '#gateway'
import type { WatchRequests } from '#http'
import type { Tracing } from './tracing.ts'

export interface RequestSpans {
  readonly watch: WatchRequests
  readonly asked: AskWatch
}

/** `fromProxies`: what a trusted proxy says of a trace is continued. It must take away what strangers say. */
export function createRequestSpans(tracing: Tracing, fromProxies: boolean): RequestSpans {
  return {
    watch: ({ requestId, method, route, trace }) => {
      const name = `${method} ${route}`
      const span = tracing.begin(name, 'server', fromProxies ? trace : undefined)
      return {
        ended: (how) => {
          const status = how === 'gone' ? {} : { 'http.response.status_code': how }
          const attributes = { 'http.request.method': method, 'http.route': route, 'countersign.request_id': requestId, ...status }
          span.end(name, attributes, how !== 'gone' && how >= 500)
        },
      }
    },
    asked: (what, trace) => {
      const span = tracing.begin(`channel ${what}`, 'server', trace)
      return { ended: (failed) => span.end(`channel ${what}`, {}, failed) }
    },
  }
}
