/** Assertions of the gateway, version 1: see the README. @module */

import { canonicalUrl } from './internal/canonical-url.ts'
import { findScopes, findText, requireRecord, requireText, requireTexts, requireTimeMs, type Claims } from './internal/claims.ts'
import { verifyJwt, type Kind } from './internal/verify-jwt.ts'
import { VerificationError } from './verification-error.ts'
import type { Presented, VerifyOptions } from './verify-options.ts'

/** The request that an assertion came with. */
export interface AssertedRequest {
  /** As it was sent: `GET`. */
  readonly method: string
  /**
   * The absolute URL that the browser asked for: the app's public origin, from your own configuration, followed by the
   * request target as it arrived (`origin + request.url`). Never build it from a `Host` header.
   */
  readonly url: string | URL
}

/** What the gateway decided by. */
export interface AssertionDecision {
  readonly store: string
  /** SHA-256 of the policy set, base64url. */
  readonly digest: string
  readonly action: string
  readonly policies: readonly string[]
}

/** Who asks, and by which decision the gateway let the request through. Times are milliseconds since the epoch. */
export interface Assertion {
  /** The assertion's own id, never repeated. */
  readonly id: string
  readonly issuer: string
  /** The id of the person or the service. */
  readonly subject: string
  /** The central session, where there is one. */
  readonly session: string | undefined
  /** The client through which the principal acts, where a token was presented. */
  readonly clientId: string | undefined
  /** What that token was limited to; undefined means that there is no such limit. */
  readonly scopes: readonly string[] | undefined
  readonly acr: string
  readonly amr: readonly string[]
  readonly authTimeMs: number
  readonly roles: readonly string[]
  /** A name to show, where the gateway's route asks for it. */
  readonly name: string | undefined
  readonly decision: AssertionDecision
  readonly issuedAtMs: number
  readonly expiresAtMs: number
}

const kind: Kind = {
  types: ['countersign-assertion+jwt'],
  algorithms: ['ES256'],
  keys: (issuer) => issuer.assertionKeys,
  isFor: (claim, audience) => claim === audience,
}

/** The format's own lifetime: one that claims to live longer was not made by a gateway. */
const lifetimeMs = 60_000

/**
 * Verifies the assertion that came with a request: the value of its header
 * `Countersign-Assertion`. It counts for this request alone.
 *
 *     const who = await verifyAssertion(
 *       request.headers['countersign-assertion'],
 *       { method: request.method, url: 'https://notes.example.com' + request.url },
 *       { issuer, audience: 'https://notes.example.com' },
 *     )
 *
 * Refuses with a {@link VerificationError}, code `token.…` or `assertion.…`: answer 401; `token.missing` means that the
 * request did not come through the gateway, or by a route that is open to strangers.
 * Throws an {@link IssuerError} when the keys cannot be had: answer 503. A TypeError means that the options or the URL are wrong.
 */
export async function verifyAssertion(assertion: Presented, request: AssertedRequest, options: VerifyOptions): Promise<Assertion> {
  if (typeof request.method !== 'string') throw new TypeError('the method of the request must be a text')
  const url = await canonicalUrl(request.url)
  const { claims, issuedAtMs, expiresAtMs } = await verifyJwt(assertion, options, kind)
  if (expiresAtMs - issuedAtMs > lifetimeMs) throw new VerificationError('token.wrong_claims')
  if (requireText(claims, 'htm') !== request.method) throw new VerificationError('assertion.wrong_method')
  if (url === undefined || requireText(claims, 'htu') !== url.htu || findText(claims, 'htq') !== url.htq) {
    throw new VerificationError('assertion.wrong_url')
  }
  return {
    id: requireText(claims, 'jti'),
    issuer: requireText(claims, 'iss'),
    subject: requireText(claims, 'sub'),
    session: findText(claims, 'sid'),
    clientId: findText(claims, 'client_id'),
    scopes: findScopes(claims),
    acr: requireText(claims, 'acr'),
    amr: requireTexts(claims, 'amr'),
    authTimeMs: requireTimeMs(claims, 'auth_time'),
    roles: requireTexts(claims, 'roles'),
    name: findText(claims, 'name'),
    decision: readDecision(requireRecord(claims, 'dec')),
    issuedAtMs,
    expiresAtMs,
  }
}

function readDecision(dec: Claims): AssertionDecision {
  return {
    store: requireText(dec, 'store'),
    digest: requireText(dec, 'digest'),
    action: requireText(dec, 'action'),
    policies: requireTexts(dec, 'policies'),
  }
}
