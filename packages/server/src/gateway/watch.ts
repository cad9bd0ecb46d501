/**
 * Somebody who is told of what goes through the gateway: metrics, traces, the
 * request log. Without one nothing is measured.
 *
 * What is told comes from the configuration or is ours: origins of apps, templates
 * of routes, statuses, codes, names of limits. Never what a request holds.
 *
 * @module
 */

import type { RequestEnd, TraceHeaders } from '#http'

export interface VisitBegun {
  readonly requestId: string
  readonly kind: 'request' | 'websocket'
  /** For those who were told to keep addresses. Complete once the visit has ended. */
  readonly address: () => string
  /** What a trusted proxy says of the trace that this belongs to, unread. */
  readonly trace: TraceHeaders | undefined
}

export interface VisitEnd {
  readonly how: RequestEnd
  /** One of the methods that the gateway forwards, or `other`. */
  readonly method: string
  /** The origin of an app, or `elsewhere`. */
  readonly app: string
  /** The template of the route; empty where none was found. */
  readonly route: string
  /** The code of an app that did not answer. */
  readonly failure?: string | undefined
}

export interface VisitWatch {
  /** For the server and the app, so that what they do belongs to the same trace. */
  readonly traceparent?: string | undefined
  ended(end: VisitEnd): void
}

export interface GatewayWatch {
  readonly visit: (begun: VisitBegun) => VisitWatch
  decided(store: string, effect: 'allow' | 'deny'): void
  limited(limit: string): void
  unreadable(code: string): void
}
