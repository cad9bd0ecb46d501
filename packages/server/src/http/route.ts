/**
 * Endpoints as data. Tests, limits, decisions and the API document read the
 * same list that the server runs.
 *
 * @module
 */

import type { DecisionRecord, Operation, Principal } from '#kernel'
import type { TSchema } from 'typebox'
import type { Answer } from './answer.ts'

/** Who may call a route. There is no default: leaving it out does not compile. */
export type Caller = 'anyone' | 'client' | 'session' | 'principal'

/** How hard a route may be hit; `ratelimit` gives each word its numbers. */
export type LimitClass = 'health' | 'metadata' | 'page' | 'signed-error' | 'sign-in' | 'token' | 'pushed' | 'api' | 'admin' | 'proxied'

/** How a refusal looks: RFC 9457 problem, RFC 6749 section 5.2, AuthZEN's string, or a page. */
export type AnswerStyle = 'problem' | 'oauth' | 'authzen' | 'page'

/** The shapes of what comes in, and of the answers by status for the API document. Objects refuse unknown keys unless they say otherwise. */
export interface RouteSchema {
  readonly params?: TSchema
  readonly query?: TSchema
  readonly body?: TSchema
  /** The content type of the body; `form` is application/x-www-form-urlencoded. */
  readonly bodyType?: 'json' | 'form'
  /** `lines` is JSON, one value a line, as long as it gets. */
  readonly answers: Readonly<Record<number, TSchema | 'empty' | 'html' | 'redirect' | 'lines'>>
}

/** The certificate that a client showed in the TLS handshake. */
export interface PeerCertificate {
  /** DER. */
  readonly raw: Uint8Array
  /** Whether it chains to one of the listener's client authorities. Without that it names a key and nobody. */
  readonly authorized: boolean
}

/** The connection that a request came by, as it is and not as anybody says. */
export interface Connection {
  /** The address at its other end; `local` on the socket. */
  readonly peer: string
  /** Whether that is a proxy that was named. */
  readonly trusted: boolean
  /** Whether the caller's own connection counts as https. */
  readonly encrypted: boolean
}

/** What a handler is given: validated values and nothing of the framework. */
export interface RouteInput {
  readonly params: Readonly<Record<string, string>>
  readonly query: Readonly<Record<string, string>>
  readonly body: unknown
  /** Lower-case names. */
  readonly headers: Readonly<Record<string, string | undefined>>
  readonly cookies: Readonly<Record<string, string>>
  /** The caller's address, after the trusted proxies. */
  readonly address: string
  /** What that address came by. */
  readonly connection: Connection
  /** What the caller showed in the TLS handshake, where this listener asks for it. Refuses with `request.malformed` a proxy's word that cannot be read. */
  readonly peerCertificate: () => PeerCertificate | undefined
  /** Present when `caller` is `session` or `principal`. */
  readonly principal: Principal | undefined
  /** What the permit for the route's `action` rested on, for the events of the change that it allows. */
  readonly decision?: DecisionRecord | undefined
  /** The entity tag of `If-Match` without its quotes, where the route requires one, or accepts one and it was sent. Whether it is the current one is for the handler, in its write. */
  readonly version?: string | undefined
  /** The nonce of this answer's Content-Security-Policy. */
  readonly nonce: string
}

/** One endpoint. */
export interface Route {
  readonly method: 'GET' | 'HEAD' | 'POST' | 'PUT' | 'PATCH' | 'DELETE' | 'OPTIONS'
  /** Fastify's form: `/admin/v1/users/:user`. */
  readonly path: `/${string}`
  readonly caller: Caller
  /** The Cedar action of the `countersign` store that must be permitted, for instance `users:read`; absent only where `caller` is `anyone` or `client`, or the owner is the caller (`session`). */
  readonly action?: string
  /** Which kind of thing the action is asked of and the parameter that names it; the tenant itself when absent. */
  readonly resource?: { readonly type: string; readonly param?: string }
  /** The caller must or may say in `If-Match` which version they saw, RFC 9110 section 13.1.1: what another changed meanwhile is not overwritten unseen. */
  readonly version?: 'required' | 'accepted'
  readonly limit: LimitClass
  readonly schema: RouteSchema
  readonly answers: AnswerStyle
  /** The protocol lets pages of other sites post here: the authorization endpoint, sign-out by a relying party. */
  readonly unsafelyFromAnySite?: true
  /** The first sentence of the endpoint's documentation in the API document. */
  readonly summary: string
  readonly handle: (op: Operation, input: RouteInput) => Promise<Answer>
}

/** How a refusal code is answered at an edge. `error` is the word of RFC 6749 or RFC 6750 where the style needs one. */
export interface RefusalAnswer {
  readonly status: 400 | 401 | 403 | 404 | 405 | 408 | 409 | 410 | 412 | 413 | 415 | 421 | 422 | 428 | 429 | 431 | 503
  readonly error?: string
  readonly headers?: Readonly<Record<string, string>>
}

/** What an edge hands to the server: its endpoints and how each refusal they can throw is answered. */
export interface Edge {
  readonly name: string
  readonly routes: readonly Route[]
  readonly refusals: Readonly<Record<string, RefusalAnswer>>
}
