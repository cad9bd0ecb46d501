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
  /** Told that the server or the app is asked on behalf of this visit. Undefined where nothing is traced. */
  readonly asks?: (whom: 'server' | 'app', what: string) => AskedWatch
  ended(end: VisitEnd): void
}

export interface AskedWatch {
  /** For whoever is asked, so that what they do belongs to the same trace. */
  readonly trace: TraceHeaders
  ended(failed: boolean): void
}

/** Somebody who is told of what a gateway asks the server, at the server's end of the channel. */
export type AskWatch = (what: string, trace: TraceHeaders) => { ended(failed: boolean): void }

/** Does what is asked, and tells the watcher of it. */
export async function asking<Answer>(
  watch: VisitWatch | undefined,
  whom: 'server' | 'app',
  what: string,
  ask: (trace: TraceHeaders | undefined) => Promise<Answer>,
): Promise<Answer> {
  const asked = watch?.asks?.(whom, what)
  let failed = true
  try {
    const answer = await ask(asked?.trace)
    failed = false
    return answer
  } finally {
    asked?.ended(failed)
  }
}

export interface GatewayWatch {
  readonly visit: (begun: VisitBegun) => VisitWatch
  decided(store: string, effect: 'allow' | 'deny'): void
  limited(limit: string): void
  unreadable(code: string): void
}
