/**
 * One request, as it is understood step by step.
 *
 * @module
 */

import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
import type { RequestId } from '#kernel'
import type { EventActor, GatewayEvent, SessionView } from './channel/contract.ts'
import type { GuardedHost } from './gatehouse.ts'
import type { Target } from './request/target.ts'

export interface Visit {
  readonly id: RequestId
  readonly atMs: number
  readonly request: IncomingMessage
  readonly response: ServerResponse
  /** The client waits for `100 Continue`. */
  readonly waiting: boolean
  /** Set when a WebSocket is asked for. */
  readonly upgrade: { readonly socket: Socket; readonly head: Buffer } | undefined
  /** Aborted when it must end at once. */
  readonly abort: AbortController
  /** What the steps have found out so far, for telling what went wrong. */
  readonly known: {
    address: string
    guarded?: GuardedHost
    target?: Target
    view?: SessionView
    /** The route's template, for the record. */
    route?: string
  }
}

/** The event of a visit: who and when are the visit's own. */
export function eventOf({ id, atMs, known }: Visit, event: GatewayEvent['event']): GatewayEvent {
  const actor = known.view === undefined ? undefined : actorOf(known.view)
  return { requestId: id, atMs, event, ...(actor === undefined ? {} : { actor }) }
}

function actorOf({ user, id, acr, amr, authTimeMs }: SessionView): EventActor {
  return { user, session: id, acr, amr, authTimeMs }
}

/** Host and template: never the address itself, which may hold anything. */
export function aboutOf({ known }: Visit): string {
  return `${known.guarded?.host.origin ?? 'elsewhere'}${known.route ?? ''}`
}
