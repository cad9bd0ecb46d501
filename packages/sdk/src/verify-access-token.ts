/** Access tokens, RFC 9068. @module */

import type { Revocations } from './follow-revocations.ts'
import { findScopes, findText, findTexts, findTimeMs, requireText, type Claims } from './internal/claims.ts'
import { RevocationMemory, type Marks } from './internal/revocation-memory.ts'
import { verifyJwt, type Kind } from './internal/verify-jwt.ts'
import { VerificationError } from './verification-error.ts'
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

export interface AccessTokenOptions extends VerifyOptions {
  /** Made by {@link followRevocations} of the same issuer: then what was revoked is refused within a second. */
  readonly revocations?: Revocations
}

function readMemory({ issuer, revocations }: AccessTokenOptions): RevocationMemory | undefined {
  if (revocations === undefined) return undefined
  if (revocations instanceof RevocationMemory && revocations.issuer === issuer) return revocations
  throw new TypeError('revocations must be made by followRevocations, of the same issuer')
}

/**
 * A token without a mark that it must have cannot be looked up, and is refused. What names no person (a pairwise `sub`)
 * ends by its family, which the issuer ends with the person.
 */
function marksOf(claims: Claims): Marks {
  const generation = claims['gen']
  if (typeof generation !== 'number') throw new VerificationError('token.wrong_claims')
  const [token, subject] = [requireText(claims, 'jti'), requireText(claims, 'sub')]
  // A client that acts for itself.
  if (claims['cli'] === undefined) return { generation, ids: { token, client: subject } }
  const [client, family, session] = [requireText(claims, 'cli'), requireText(claims, 'fam'), findText(claims, 'sid')]
  return { generation, ids: { token, user: subject, client, family, session } }
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
 * be had: answer 503. A TypeError means that the options are wrong. Without `revocations` a token that was revoked
 * since it was issued is accepted until it expires; only the server knows.
 */
export async function verifyAccessToken(token: Presented, options: AccessTokenOptions): Promise<AccessToken> {
  const memory = readMemory(options)
  const { claims, issuedAtMs, expiresAtMs } = await verifyJwt(token, options, kind)
  if ((await memory?.isRevoked(marksOf(claims))) === true) throw new VerificationError('token.revoked')
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
