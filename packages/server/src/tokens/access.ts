/**
 * Access tokens: `at+jwt`, RFC 9068, signed with ES256. What a resource server
 * needs to decide and nothing about the person but an id: tokens end up in logs.
 *
 * @module
 */

import {
  epochSeconds,
  type ClientId,
  type ClientIdentifier,
  type EpochSeconds,
  type FamilyId,
  type Proof,
  type SessionId,
  type TokenId,
  type UserId,
} from '#kernel'
import type { Confirmation } from './confirmation.ts'

/** OAUTH-7: fifteen minutes unless the client's registration says otherwise. */
export const defaultAccessTokenSeconds = 900

/** OAUTH-7: an hour at most, unless an operator says `unsafely`. */
export const longestAccessTokenSeconds = 3_600

/**
 * On whose behalf: a person's, through a family, or the client's own. The
 * session is absent where access was granted offline: then its end is not the
 * token's.
 */
export type Subject =
  | {
      readonly is: 'user'
      readonly user: UserId
      readonly session: SessionId | undefined
      readonly family: FamilyId
      readonly proof: Proof
    }
  | { readonly is: 'client' }

/** One of what a client was allowed in detail, RFC 9396 section 2. */
export interface AuthorizationDetail {
  readonly type: string
  readonly [member: string]: unknown
}

export interface AccessGrant {
  readonly token: TokenId
  readonly client: ClientId
  readonly clientId: ClientIdentifier
  readonly subject: Subject
  /** Of a client that knows people under names of its own. */
  readonly sector?: string | undefined
  /** A JWT where absent. */
  readonly format?: 'jwt' | 'opaque' | undefined
  readonly scopes: readonly string[]
  /** What was allowed in detail beside the scopes. */
  readonly details?: readonly AuthorizationDetail[] | undefined
  /** At least one. */
  readonly audience: readonly string[]
  /** Claims that UserInfo tells beside what the scopes tell. */
  readonly userinfoClaims?: readonly string[] | undefined
  /** What an operator has the token say of the person; nothing that the token says of itself. */
  readonly person?: Readonly<Record<string, unknown>> | undefined
  /** The number of the last revocation known when the request began to be read. */
  readonly generation: number
  readonly lifetimeSeconds: number
  /** The token does not outlive this, for instance the end of its family. */
  readonly endsByMs?: number | undefined
  /** Whoever sends the token has to prove this; absent, whoever has it may use it. */
  readonly confirmation?: Confirmation | undefined
}

/** The claims as the wire has them. `gen`, `fam` and `cli` are ours: by what else the token can be revoked. */
export interface AccessClaims {
  readonly iss: string
  readonly aud: string | readonly string[]
  readonly exp: EpochSeconds
  readonly iat: EpochSeconds
  readonly jti: TokenId
  readonly sub: UserId | ClientId
  readonly client_id: ClientIdentifier
  readonly scope?: string
  readonly authorization_details?: readonly AuthorizationDetail[]
  /** Ours: names of claims, for our UserInfo. */
  readonly userinfo_claims?: readonly string[]
  readonly gen: number
  readonly sid?: SessionId
  readonly fam?: FamilyId
  /** In a person's token; in a client's own it is the subject. */
  readonly cli?: ClientId
  readonly auth_time?: EpochSeconds
  readonly acr?: string
  readonly amr?: readonly string[]
  readonly cnf?: Confirmation
  readonly [mapped: string]: unknown
}

/** What the client is told with the token. */
export interface AccessToken {
  readonly jwt: string
  readonly expiresInSeconds: number
}

/** The claims of a token that begins now. Pure. */
export function accessClaims(issuer: string, grant: AccessGrant, nowMs: number): AccessClaims {
  const { subject, scopes, audience } = grant
  const iat = epochSeconds(nowMs)
  const [only, ...more] = audience
  if (only === undefined) throw new Error('an access token needs an audience')
  return {
    ...grant.person,
    iss: issuer,
    aud: more.length === 0 ? only : audience,
    exp: Math.min(iat + grant.lifetimeSeconds, epochSeconds(grant.endsByMs ?? Infinity)),
    iat,
    jti: grant.token,
    sub: subject.is === 'user' ? subject.user : grant.client,
    client_id: grant.clientId,
    ...(scopes.length === 0 ? undefined : { scope: scopes.join(' ') }),
    ...(grant.userinfoClaims === undefined || grant.userinfoClaims.length === 0 ? undefined : { userinfo_claims: grant.userinfoClaims }),
    ...(grant.details === undefined ? undefined : { authorization_details: grant.details }),
    gen: grant.generation,
    ...(subject.is === 'user' ? personClaims(subject, grant.client) : undefined),
    ...(grant.confirmation === undefined ? undefined : { cnf: grant.confirmation }),
  }
}

const personClaims = ({ session, family, proof }: Extract<Subject, { is: 'user' }>, client: ClientId) => ({
  ...(session === undefined ? undefined : { sid: session }),
  fam: family,
  cli: client,
  auth_time: epochSeconds(proof.authTimeMs),
  acr: proof.acr,
  amr: proof.amr,
})
