/**
 * One request, as it is understood step by step.
 *
 * @module
 */

import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
import type { RequestId } from '#kernel'
import { decisionRecord, type Decision } from '#policy'
import type { EventActor, GatewayEvent, SessionView } from './channel/contract.ts'
import { mostPolicies } from './channel/read.ts'
import type { GuardedHost } from './hosts.ts'
import type { CutReason } from './live.ts'
import type { Target } from './request/target.ts'
import { usualMethods } from './config.ts'
import type { VisitEnd, VisitWatch } from './watch.ts'

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
  /** Told how it ended. */
  readonly watch: VisitWatch | undefined
  /** What the steps have found out so far, for telling what went wrong. */
  readonly known: {
    /** Where it came from: the other end of the connection, or whom a trusted proxy names. */
    address: string
    guarded?: GuardedHost
    target?: Target
    view?: SessionView
    /** The route's template, for the record. */
    route?: string
    /** The code of an app that did not answer. */
    failure?: string
  }
}

/** Ends a request at once: nothing more goes through in either direction. What was not answered yet may still be told so. */
export function cut({ abort, response, upgrade }: Visit, why: CutReason): void {
  abort.abort(why)
  if (response.headersSent) response.destroy()
  if (upgrade !== undefined && response.socket === null) upgrade.socket.destroy()
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

/** How it ended, in words that no request chose. */
export function endOf({ request, response, upgrade, known }: Visit): VisitEnd {
  const { method = '' } = request
  const isJoined = upgrade !== undefined && response.socket === null && !response.headersSent
  return {
    how: isJoined ? 101 : response.headersSent ? response.statusCode : 'gone',
    method: usualMethods.includes(method) ? method : 'other',
    app: known.guarded?.host.origin ?? 'elsewhere',
    route: known.route ?? '',
    failure: known.failure,
  }
}

/**
 * What the record keeps of a decision. Of very many policies that permit one request the first by name have to do:
 * a message that is longer than the server reads would cost the gateway its channel.
 */
export function decisionOf(decision: Decision): NonNullable<GatewayEvent['event']['decision']> {
  const record = decisionRecord(decision)
  return { ...record, policies: record.policies.slice(0, mostPolicies) }
}
