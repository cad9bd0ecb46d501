/**
 * The gateway's own answers: redirects, refusals as pages for people and as
 * problems (RFC 9457) for programs, outages.
 *
 * @module
 */

import type { IncomingMessage, ServerResponse } from 'node:http'
import { cookieLine, type SecurityHeaders } from '#http'
import { base64url, randomBytes, Refusal, Unavailable, type RequestId } from '#kernel'
import { ownPrefix, type GatewayHost } from './config.ts'
import { UpstreamTrouble } from './proxy/upstream.ts'
import type { GatewayPage } from './ports.ts'
import { Denial, gatewayRefusalAnswers } from './refusals.ts'
import type { NewCookie } from './session/sign-in.ts'

/** An answer of ours, before it is on the wire. */
export interface OwnAnswer {
  readonly status: number
  readonly headers?: Readonly<Record<string, string>>
  readonly cookies?: readonly NewCookie[]
  readonly body?: { readonly html: string; readonly formTargets?: readonly string[] } | { readonly text: string; readonly type: string }
}

/** A browser that opens an address, and wants to see a page and not data. */
export function isNavigation({ method, headers }: IncomingMessage): boolean {
  const mode = headers['sec-fetch-mode']
  return (mode === undefined || mode === 'navigate') && method !== 'HEAD' && (headers.accept ?? '').includes('text/html')
}

export function redirectTo(to: string, cookies: readonly NewCookie[] = []): OwnAnswer {
  return { status: 303, headers: { location: to }, cookies }
}

/** Something that did not work out, with what is known of the request. */
export interface Trouble {
  readonly thrown: unknown
  readonly requestId: RequestId
  readonly request: IncomingMessage
  readonly host?: GatewayHost | undefined
  /** Path without the query, when it could be read. */
  readonly path?: string | undefined
  readonly who?: string | undefined
}

/** How a thrown thing is answered. Undefined: it is a defect, which says nothing but its request id. */
export interface Told {
  readonly status: number
  readonly code: string
  readonly heading: string
  readonly sentence: string
  readonly headers: Readonly<Record<string, string>>
}

const headings: Readonly<Record<string, string>> = {
  'gateway.not_signed_in': 'Sign in first',
  'gateway.session_ended': 'Sign in again',
  'gateway.denied': 'You may not do this',
  'gateway.route_changed': 'Try again',
  'gateway.unknown_sign_in': 'Begin again',
  'gateway.wrong_issuer': 'You were not signed in',
  'gateway.sign_in_refused': 'You were not signed in',
  'gateway.sign_in_failed': 'You were not signed in',
  'route.unknown': 'There is nothing here',
  'route.method_not_allowed': 'This is not possible here',
  'limit.exceeded': 'Wait a moment',
  'host.unknown': 'This is not the right server',
}

export function tellOf(thrown: unknown): Told {
  if (thrown instanceof Refusal) {
    const { status, headers = {} } = gatewayRefusalAnswers[thrown.code] ?? { status: 400 as const }
    // RFC 9110 section 15.5.2 wants a challenge; there is no scheme for a cookie that one gets by signing in.
    const challenge = status === 401 ? { 'www-authenticate': 'Cookie realm="countersign"' } : {}
    return {
      status,
      code: thrown.code,
      heading: headingOf(thrown),
      sentence: thrown.message,
      headers: { ...challenge, ...headers, ...headersOf(thrown) },
    }
  }
  if (thrown instanceof UpstreamTrouble) {
    const { status, code, message: sentence } = thrown
    return { status, code, heading: 'The app does not answer', sentence, headers: {} }
  }
  if (thrown instanceof Unavailable) {
    return {
      status: 503,
      code: 'server.unavailable',
      heading: 'Nothing can be decided right now',
      sentence: 'Something that every request needs is out for a moment, so no request is let through.',
      headers: { 'retry-after': String(thrown.retryAfterSeconds) },
    }
  }
  return {
    status: 500,
    code: 'server.defect',
    heading: 'This did not work',
    sentence: 'There is a mistake in the server. It was written down under the request id.',
    headers: {},
  }
}

function headingOf(refusal: Refusal): string {
  return refusal instanceof Denial ? refusal.heading : (headings[refusal.code] ?? 'This request was not passed on')
}

function headersOf({ cause }: Refusal): Readonly<Record<string, string>> {
  return typeof cause === 'object' && cause !== null && 'headers' in cause ? (cause.headers as Readonly<Record<string, string>>) : {}
}

/** A page for a person who opened an address, else a problem. */
export function troubleAnswer(trouble: Trouble, renderPage: (page: GatewayPage) => string): OwnAnswer {
  const { request, requestId, host, path, who } = trouble
  const { status, code, heading, sentence, headers } = tellOf(trouble.thrown)
  if (!isNavigation(request)) {
    const problem = { type: 'about:blank', title: sentence, status, code, request_id: requestId }
    return { status, headers, body: { text: JSON.stringify(problem), type: 'application/problem+json' } }
  }
  const page: GatewayPage = {
    status,
    code,
    heading,
    sentence,
    requestId,
    app: host?.name ?? 'Countersign',
    stylesheet: `${ownPrefix}countersign.css`,
    ...(host === undefined ? {} : { back: '/' }),
    ...(who === undefined ? {} : { who, signOut: `${ownPrefix}sign-out` }),
    ...(path === undefined ? {} : { asked: `${request.method ?? ''} ${path.slice(0, 200)}` }),
  }
  return { status, headers, body: { html: renderPage(page) } }
}

export interface Sending {
  readonly security: SecurityHeaders
  readonly secure: boolean
  readonly requestId: RequestId
  readonly closing: boolean
}

/** Writes an answer of ours. */
export function send(request: IncomingMessage, response: ServerResponse, answer: OwnAnswer, sending: Sending): void {
  if (response.headersSent || response.destroyed) {
    response.destroy()
    return
  }
  const { security, secure, requestId } = sending
  const { body } = answer
  const isPage = body !== undefined && 'html' in body
  const headers = isPage ? [...security.forPage(base64url(randomBytes(16)), body.formTargets ?? [])] : [...security.forData]
  const text = body === undefined ? '' : isPage ? body.html : body.text
  if (body !== undefined) headers.push('content-type', isPage ? 'text/html; charset=utf-8' : body.type)
  headers.push('content-length', String(Buffer.byteLength(text)), 'x-request-id', requestId)
  const said = { 'cache-control': 'no-store', 'cross-origin-resource-policy': 'same-origin', ...answer.headers }
  for (const [name, value] of Object.entries(said)) headers.push(name, value)
  for (const { name, value, maxAgeSeconds } of answer.cookies ?? []) {
    headers.push('set-cookie', cookieLine({ name, value, ...(maxAgeSeconds === undefined ? {} : { maxAgeSeconds }) }, secure))
  }
  // A body that was refused unread would otherwise be read to its end to free the connection.
  if ((sending.closing || !request.complete) && answer.headers?.['connection'] === undefined) headers.push('connection', 'close')
  response.writeHead(answer.status, headers)
  response.end(request.method === 'HEAD' ? undefined : text)
}
