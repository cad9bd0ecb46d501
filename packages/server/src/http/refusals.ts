/**
 * What the server itself refuses, before or around a handler, and how each is
 * answered. Edges add their own codes; a code that nobody mapped is a defect.
 *
 * @module
 */

import { refusals, type Refuse } from '#kernel'
import type { RefusalAnswer } from './route.ts'

const says = {
  'request.malformed': 'The request could not be read.',
  'request.duplicate_parameter': 'A parameter was sent more than once.',
  'request.unexpected_body': 'This endpoint takes no request body.',
  'request.unsupported_type': 'The content type of the request is not supported here.',
  'request.too_large': 'The request is too large.',
  'request.headers_too_large': 'The head of the request is too large.',
  'request.version_missing': 'Say in If-Match which version of this you saw.',
  'request.timeout': 'The request took too long to arrive.',
  'request.cross_site': 'This form can only be sent from our own pages.',
  'request.not_https': 'This server answers over HTTPS only.',
  'host.unknown': 'This server does not answer for that host.',
  'route.unknown': 'There is nothing at this address.',
  'route.method_not_allowed': 'This method is not possible here.',
  'limit.exceeded': 'Too many requests. Wait a moment, then try again.',
  'http.no_session': 'You are not signed in.',
  'http.no_credential': 'This endpoint needs a credential.',
  'access.denied': 'This is not allowed.',
} as const

export type HttpRefusalCode = keyof typeof says

/** Codes of the server itself with their public sentences. */
export const httpRefusals: Readonly<Record<HttpRefusalCode, string>> = says

export const refuse: Refuse<HttpRefusalCode> = refusals(says)

/** How the server's own refusals are answered, and every module's `limit.…`. An edge may answer one of them differently in its own table. */
export const httpRefusalAnswers: Readonly<Record<HttpRefusalCode | 'limit.too_many_attempts', RefusalAnswer>> = {
  'request.malformed': { status: 400, error: 'invalid_request' },
  'request.duplicate_parameter': { status: 400, error: 'invalid_request' },
  'request.unexpected_body': { status: 400, error: 'invalid_request' },
  'request.unsupported_type': { status: 415, error: 'invalid_request' },
  'request.too_large': { status: 413, error: 'invalid_request' },
  'request.headers_too_large': { status: 431, error: 'invalid_request' },
  'request.version_missing': { status: 428, error: 'invalid_request' },
  'request.timeout': { status: 408, error: 'invalid_request' },
  'request.cross_site': { status: 403, error: 'access_denied' },
  'request.not_https': { status: 403, error: 'invalid_request' },
  'host.unknown': { status: 421, error: 'invalid_request' },
  'route.unknown': { status: 404, error: 'invalid_request' },
  'route.method_not_allowed': { status: 405, error: 'invalid_request' },
  'limit.exceeded': { status: 429, error: 'temporarily_unavailable' },
  'limit.too_many_attempts': { status: 429, error: 'temporarily_unavailable' },
  'http.no_session': { status: 401, error: 'login_required' },
  'http.no_credential': { status: 401 },
  'access.denied': { status: 403, error: 'access_denied' },
}
