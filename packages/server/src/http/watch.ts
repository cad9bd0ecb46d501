/**
 * Somebody who is told of requests: the request log, metrics, traces. Without
 * one, nothing is measured and nothing is made.
 *
 * What is told is bounded and ours, whatever a stranger sends: the method and
 * template of a route, a status, times. Never a target, a header or a body.
 *
 * @module
 */

/** A request as it begins. */
export interface RequestBegun {
  readonly requestId: string
  /** The route's method and template, for instance `GET` and `/admin/v1/users/:user`; `/*` where there is no route. */
  readonly method: string
  readonly route: string
  /** The caller's address after the trusted proxies. For those who were told to keep addresses, and for nobody else. */
  readonly address: () => string
  /** What a trusted proxy says of the trace that this request belongs to, unread. Strangers are not listened to. */
  readonly trace: TraceHeaders | undefined
}

/** W3C Trace Context, sections 3.2 and 3.3, as it was sent. */
export interface TraceHeaders {
  readonly traceparent: string | undefined
  readonly tracestate: string | undefined
}

/** How a request ended: with a status, or `gone` when the caller went away or was cut off before an answer began. */
export type RequestEnd = number | 'gone'

export interface RequestWatch {
  ended(how: RequestEnd): void
}

export type WatchRequests = (begun: RequestBegun) => RequestWatch
