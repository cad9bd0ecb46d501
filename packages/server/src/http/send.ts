/**
 * Answers as values become answers on the wire.
 *
 * @module
 */

import type { IncomingMessage, ServerResponse } from 'node:http'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import type { Answer, Cookie } from './answer.ts'
import { pushLimit, type LimitDecision } from './limit.ts'
import { checkCookie, cookieNameFor } from './read/cookies.ts'
import { fixedHeaders, type SecurityHeaders } from './security-headers.ts'

/** What an answer needs to know of the request and the server that it belongs to. */
export interface Sending {
  readonly security: SecurityHeaders
  readonly secure: boolean
  readonly requestId: string
  readonly nonce: string
  readonly limit: LimitDecision | undefined
  /** Whether the connection must not be used again. */
  readonly closing: boolean
}

type Payload = string | Uint8Array | Readable | undefined

/** Sends an answer; resolves when it was handed to the connection. A mistake in the answer is thrown before anything was sent. */
export async function send(request: IncomingMessage, response: ServerResponse, answer: Answer, sending: Sending): Promise<void> {
  const headers = securityOf(answer, sending)
  const payload = describe(answer, headers)
  headers.push('x-request-id', sending.requestId)
  if (sending.limit !== undefined) pushLimit(headers, sending.limit)
  let caching = 'no-store'
  if (answer.headers !== undefined) {
    for (const [name, value] of Object.entries(answer.headers)) {
      const lower = name.toLowerCase()
      if (fixedHeaders.has(lower)) throw new Error(`An answer cannot set ${lower}`)
      if (lower === 'cache-control') caching = value
      else headers.push(lower, value)
    }
  }
  headers.push('cache-control', caching)
  if (!headers.includes('cross-origin-resource-policy')) headers.push('cross-origin-resource-policy', 'same-origin')
  for (const cookie of answer.cookies ?? []) headers.push('set-cookie', cookieLine(cookie, sending.secure))
  if (sending.closing || !isRead(request)) headers.push('connection', 'close')
  if (response.destroyed) {
    if (payload instanceof Readable) payload.destroy()
    return
  }
  response.writeHead(answer.status, headers)
  if (payload === undefined || payload instanceof Uint8Array) response.end(payload)
  // The same bytes, and half the work, where one byte is one character.
  else if (typeof payload === 'string') response.end(payload, Buffer.byteLength(payload) === payload.length ? 'latin1' : 'utf8')
  else {
    response.setTimeout(silenceOf(answer), () => response.destroy())
    await pipeline(payload, response)
  }
}

/** A stream is written as fast as it is taken. Whoever takes nothing for so long has gone, or holds what others wait for. */
const usualSilenceMs = 60_000

function silenceOf({ body }: Answer): number {
  return (body !== 'empty' && 'stream' in body ? body.mostSilenceMs : undefined) ?? usualSilenceMs
}

/** A body that was refused unread would otherwise be read to its end, however long, to free the connection. */
function isRead(request: IncomingMessage): boolean {
  const { headers } = request
  return (
    request.complete || request.readableEnded || (headers['transfer-encoding'] === undefined && (headers['content-length'] ?? '0') === '0')
  )
}

function securityOf({ body }: Answer, { security, nonce }: Sending): string[] {
  return body !== 'empty' && 'html' in body ? security.forPage(nonce, body.formTargets ?? []).slice() : security.forData.slice()
}

function describe({ status, body }: Answer, headers: string[]): Payload {
  if (body !== 'empty' && 'html' in body) return sized(headers, body.html, 'text/html; charset=utf-8')
  if (body === 'empty') {
    // RFC 9110 section 8.6: no length with 204, and with 304 it would be the length of what was not sent.
    if (status !== 204 && status !== 304) headers.push('content-length', '0')
    return undefined
  }
  if ('json' in body) return sized(headers, JSON.stringify(body.json), body.type ?? 'application/json')
  if ('redirect' in body) {
    headers.push('location', body.redirect)
    return sized(headers, '', undefined)
  }
  if ('text' in body) return sized(headers, body.text, body.type ?? 'text/plain; charset=utf-8')
  if ('bytes' in body) {
    headers.push('content-type', body.type, 'content-length', String(body.bytes.byteLength))
    return body.bytes
  }
  headers.push('content-type', body.type)
  return body.stream
}

function sized(headers: string[], text: string, type: string | undefined): string {
  if (type !== undefined) headers.push('content-type', type)
  headers.push('content-length', String(Buffer.byteLength(text)))
  return text
}

/** RFC 6265 section 4.1.1. The `__Host-` prefix wants `Secure`, `Path=/` and no `Domain`. */
export function cookieLine(cookie: Cookie, secure: boolean): string {
  checkCookie(cookie.name, cookie.value)
  if ((cookie.path ?? '/') !== '/') throw new Error(`The cookie ${cookie.name} must be for the whole host`)
  const sameSite = { lax: 'Lax', strict: 'Strict', none: 'None' }[cookie.sameSite ?? 'lax']
  const age = cookie.maxAgeSeconds === undefined ? '' : `; Max-Age=${cookie.maxAgeSeconds}`
  const hidden = cookie.unsafelyReadableByScript === true ? '' : '; HttpOnly'
  return `${cookieNameFor(cookie.name, secure)}=${cookie.value}; Path=/${age}${hidden}${secure ? '; Secure' : ''}; SameSite=${sameSite}`
}
