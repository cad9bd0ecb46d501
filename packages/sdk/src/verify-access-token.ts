/** Access tokens, RFC 9068. @module */

import { findScopes, findText, findTexts, findTimeMs, requireText } from './internal/claims.ts'
import { verifyJwt, type Kind } from './internal/verify-jwt.ts'
import type { Presented, VerifyOptions } from './verify-options.ts'

/** What a verified access token says. Times are milliseconds since the epoch. */
export interface AccessToken {
  /** The token's own id, `jti`. */
  readonly id: string
  readonly issuer: string
  /** Who it speaks for: a person's id, or the client's own when it acts for itself. */
  readonly subject: string
  /** The client that was given it. */
  readonly clientId: string
  /** What it is limited to; none means that no scope was granted. */
  readonly scopes: readonly string[]
  /** The session that it ends with, where there is one. */
  readonly session: string | undefined
  readonly acr: string | undefined
  readonly amr: readonly string[] | undefined
  readonly authTimeMs: number | undefined
  readonly roles: readonly string[] | undefined
  readonly issuedAtMs: number
  readonly expiresAtMs: number
  /** All claims as they came. Their signature is good; what they hold is not checked. */
  readonly claims: Readonly<Record<string, unknown>>
}

/** RFC 9068 section 4: the media type may be written out. */
const kind: Kind = {
  types: ['at+jwt', 'application/at+jwt'],
  algorithms: ['ES256', 'RS256', 'PS256', 'EdDSA'],
  keys: (issuer) => issuer.accessTokenKeys,
  isFor: (claim, audience) => claim === audience || (Array.isArray(claim) && claim.includes(audience)),
}

/**
 * Verifies an access token for this audience.
 *
 *     const issuer = trustIssuer('https://id.example.com')
 *     const token = await verifyAccessToken(readBearerToken(request.headers.authorization), {
 *       issuer,
 *       audience: 'https://api.example.com',
 *     })
 *
 * Refuses with a {@link VerificationError}, code `token.…`: answer 401. Throws an {@link IssuerError} when the keys cannot
 * be had: answer 503. A TypeError means that the options are wrong. A token may have
 * been revoked since it was issued; only the server knows.
 */
export async function verifyAccessToken(token: Presented, options: VerifyOptions): Promise<AccessToken> {
  const { claims, issuedAtMs, expiresAtMs } = await verifyJwt(token, options, kind)
  return {
    id: requireText(claims, 'jti'),
    issuer: requireText(claims, 'iss'),
    subject: requireText(claims, 'sub'),
    clientId: requireText(claims, 'client_id'),
    scopes: findScopes(claims) ?? [],
    session: findText(claims, 'sid'),
    acr: findText(claims, 'acr'),
    amr: findTexts(claims, 'amr'),
    authTimeMs: findTimeMs(claims, 'auth_time'),
    roles: findTexts(claims, 'roles'),
    issuedAtMs,
    expiresAtMs,
    claims,
  }
}
