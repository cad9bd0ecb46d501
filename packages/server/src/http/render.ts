/**
 * How the server says no, once for each style of edge. The table of the edge
 * turns a code into a status; what the caller reads is the refusal's sentence,
 * never its detail.
 *
 * @module
 */

import { STATUS_CODES } from 'node:http'
import type { Refusal } from '#kernel'
import type { Answer } from './answer.ts'
import { limitOf } from './limit.ts'
import type { AnswerStyle, RefusalAnswer } from './route.ts'
import { ShapeMistake } from './validate.ts'

/** Something that did not work out, ready to be told. */
export interface Trouble {
  readonly status: number
  /** Stable and public. */
  readonly code: string
  readonly sentence: string
  readonly requestId: string
  /** The word of RFC 6749 or RFC 6750. */
  readonly error?: string
  readonly headers?: Readonly<Record<string, string>>
  readonly mistake?: ShapeMistake
}

/** What the page that tells a person is made from. */
export interface RefusalPage {
  readonly status: number
  readonly code: string
  readonly sentence: string
  readonly requestId: string
  readonly nonce: string
}

export type PageRenderer = (page: RefusalPage) => string

/** A refusal with its answer, Retry-After included where a limit was hit. */
export function troubleOf(refusal: Refusal, answer: RefusalAnswer, requestId: string): Trouble {
  const limit = limitOf(refusal)
  const retry = limit === undefined ? undefined : { 'retry-after': String(Math.max(1, limit.retryAfterSeconds)) }
  return {
    status: answer.status,
    code: refusal.code,
    sentence: refusal.message,
    requestId,
    ...(answer.error === undefined ? {} : { error: answer.error }),
    ...(answer.headers === undefined && retry === undefined ? {} : { headers: { ...answer.headers, ...retry } }),
    ...(refusal.cause instanceof ShapeMistake ? { mistake: refusal.cause } : {}),
  }
}

export function render(style: AnswerStyle, trouble: Trouble, nonce: string, page: PageRenderer): Answer {
  switch (style) {
    case 'oauth':
      return oauthError(trouble)
    case 'authzen':
      return authzenError(trouble)
    case 'page':
      return pageOf(trouble, nonce, page)
    case 'problem':
    default:
      return problem(trouble)
  }
}

/** RFC 9457. */
function problem(trouble: Trouble): Answer {
  const { status, code, sentence, requestId, mistake } = trouble
  const errors = mistake === undefined ? undefined : [{ at: mistake.at, rule: mistake.rule }]
  return {
    status,
    headers: { ...challenge(trouble, false), ...trouble.headers },
    body: {
      json: { type: 'about:blank', title: STATUS_CODES[status], status, detail: sentence, code, request_id: requestId, errors },
      type: 'application/problem+json',
    },
  }
}

/** RFC 6749 section 5.2. `error_description` may hold printable ASCII without quotes and backslashes only. */
function oauthError(trouble: Trouble): Answer {
  const { status, code, sentence, requestId } = trouble
  const error = trouble.error ?? (status >= 500 ? 'server_error' : 'invalid_request')
  return {
    status,
    headers: { pragma: 'no-cache', ...challenge(trouble, true), ...trouble.headers },
    body: { json: { error, error_description: plainAscii(sentence), code, request_id: requestId } },
  }
}

/** Authorization API 1.0 section 10: the body of an error is a JSON string. */
function authzenError(trouble: Trouble): Answer {
  return { status: trouble.status, headers: { ...challenge(trouble, false), ...trouble.headers }, body: { json: trouble.sentence } }
}

function pageOf(trouble: Trouble, nonce: string, page: PageRenderer): Answer {
  const { status, code, sentence, requestId } = trouble
  return { status, headers: { ...trouble.headers }, body: { html: page({ status, code, sentence, requestId, nonce }) } }
}

/**
 * The challenge that RFC 9110 section 15.5.2 wants with every 401: `Basic` where a client failed to authenticate
 * (RFC 6749 section 5.2), else `Bearer`, without an error when nothing was presented (RFC 6750 section 3.1).
 */
function challenge({ status, error, sentence }: Trouble, clients: boolean): Readonly<Record<string, string>> {
  if (error === 'insufficient_scope')
    return { 'www-authenticate': `Bearer error="insufficient_scope", error_description="${plainAscii(sentence)}"` }
  if (status !== 401) return {}
  if (clients && error === 'invalid_client') return { 'www-authenticate': 'Basic realm="clients", charset="UTF-8"' }
  if (error === undefined || error === 'login_required') return { 'www-authenticate': 'Bearer' }
  return { 'www-authenticate': `Bearer error="${error}", error_description="${plainAscii(sentence)}"` }
}

function plainAscii(text: string): string {
  return text.replaceAll(/[^\x20\x21\x23-\x5b\x5d-\x7e]/g, '')
}

/** A page without looks, for a server that has no other. */
export const plainPage: PageRenderer = ({ sentence, requestId }) =>
  `<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Countersign</title></head><body><main><h1>This did not work</h1><p>${escapeHtml(sentence)}</p><p>Request ${escapeHtml(requestId)}</p></main></body></html>`

/** A value between tags or in a quoted attribute. */
export function escapeHtml(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;').replaceAll("'", '&#39;')
}
