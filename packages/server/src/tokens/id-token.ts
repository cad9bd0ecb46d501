/**
 * ID tokens, OpenID Connect Core section 2: to the client, who signed in, how
 * and when. Signed by the algorithm that the client registered; RS256, which every
 * client must understand, when it says nothing.
 *
 * @module
 */

import {
  base64url,
  epochSeconds,
  readClientIdentifier,
  readId,
  sha256,
  sha512,
  type ClientIdentifier,
  type EpochSeconds,
  type Proof,
  type SessionId,
  type UserId,
} from '#kernel'
import type { SigningAlgorithm } from '#keys'
import { textOf, type Claims } from './claims.ts'

/** It is read once, when it arrives; clients keep their own sessions. */
export const idTokenSeconds = 600

/** The `typ` of an ID token, and of nothing else that its keys sign. */
export const idTokenType = 'JWT'

export interface IdTokenGrant {
  readonly user: UserId
  readonly session: SessionId
  readonly clientId: ClientIdentifier
  /** Of a client that knows people under names of its own. */
  readonly sector?: string | undefined
  readonly proof: Proof
  /** By which it is signed. */
  readonly algorithm: SigningAlgorithm
  /** From the authorization request. A refreshed ID token has none (Core section 12.2). */
  readonly nonce?: string | undefined
  /** The access token that is given out with it. */
  readonly accessToken: string
  /** What the granted scopes let the client know of the person. */
  readonly person: Readonly<Record<string, unknown>>
}

export interface IdTokenClaims {
  readonly iss: string
  readonly sub: UserId
  readonly aud: ClientIdentifier
  readonly exp: EpochSeconds
  readonly iat: EpochSeconds
  readonly auth_time: EpochSeconds
  readonly acr: string
  readonly amr: readonly string[]
  readonly sid: SessionId
  readonly at_hash: string
  readonly nonce?: string
  readonly [claim: string]: unknown
}

/** The claims of an ID token made now. What is known of the person never replaces a claim of the protocol. Pure. */
export function idTokenClaims(issuer: string, grant: IdTokenGrant, nowMs: number): IdTokenClaims {
  const iat = epochSeconds(nowMs)
  return {
    ...grant.person,
    iss: issuer,
    sub: grant.user,
    aud: grant.clientId,
    exp: iat + idTokenSeconds,
    iat,
    auth_time: epochSeconds(grant.proof.authTimeMs),
    acr: grant.proof.acr,
    amr: grant.proof.amr,
    sid: grant.session,
    at_hash: accessTokenHash(grant.accessToken, grant.algorithm),
    ...(grant.nonce === undefined ? undefined : { nonce: grant.nonce }),
  }
}

/**
 * `at_hash`, Core section 3.1.3.6: the left half of the hash that is part of the ID token's algorithm. That of Ed25519 is
 * SHA-512, RFC 8032 section 5.1.
 */
export function accessTokenHash(accessToken: string, algorithm: SigningAlgorithm): string {
  const hash = algorithm === 'EdDSA' ? sha512(accessToken) : sha256(accessToken)
  return base64url(hash.subarray(0, hash.byteLength / 2))
}

/** What an ID token that comes back says (RP-initiated logout: it may have expired, and any client may bring it). */
export interface IdTokenHint {
  readonly user: UserId
  readonly session: SessionId
  readonly clientId: ClientIdentifier
}

/** Reads the claims of an ID token whose signature and `typ` hold. Undefined unless it is one of ours. Pure. */
export function judgeIdTokenHint(claims: Claims, issuer: string): IdTokenHint | undefined {
  if (claims['iss'] !== issuer) return undefined
  const user = readId('usr', textOf(claims, 'sub'))
  const session = readId('ses', textOf(claims, 'sid'))
  const clientId = readClientIdentifier(textOf(claims, 'aud'))
  return user === undefined || session === undefined || clientId === undefined ? undefined : { user, session, clientId }
}
