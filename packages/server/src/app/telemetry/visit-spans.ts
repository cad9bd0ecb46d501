/** Spans of the gateway's process: requests to apps, and what the server and the app are asked for them. @module */

import type { VisitBegun, VisitWatch } from '#gateway'
import type { Tracing } from './tracing.ts'

/** `fromProxies`: what a trusted proxy says of a trace is continued. It must take away what strangers say. */
export function createVisitSpans(tracing: Tracing, fromProxies: boolean): (begun: VisitBegun) => VisitWatch {
  return ({ requestId, kind, trace }) => {
    const span = tracing.begin('request', 'server', fromProxies ? trace : undefined)
    return {
      asks: (whom, what) => {
        const name = `${whom} ${what}`
        const asked = tracing.begin(name, 'client', span.context)
        return { trace: asked.context, ended: (failed) => asked.end(name, {}, failed) }
      },
      ended: ({ how, method, app, route, failure }) => {
        const attributes = {
          'http.request.method': method,
          'http.route': route,
          'server.address': app,
          'countersign.request_id': requestId,
          'countersign.kind': kind,
          ...(how === 'gone' ? {} : { 'http.response.status_code': how }),
          ...(failure === undefined ? {} : { 'error.type': failure }),
        }
        span.end(route === '' ? method : `${method} ${route}`, attributes, how !== 'gone' && how >= 500)
      },
    }
  }
}
