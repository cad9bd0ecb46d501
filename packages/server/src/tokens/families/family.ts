/** What a refresh family is: one authorization that a person gave a client. @module */

import type { ClientId, FamilyId, Proof, SessionId, UserId } from '#kernel'
import type { AuthorizationDetail } from '../access.ts'

/** Claims of a person that were granted singly, beside what the scopes tell, by where they are told: OpenID Connect Core section 5.5. */
export interface GrantedClaims {
  readonly idToken: readonly string[]
  readonly userinfo: readonly string[]
}

/** The authorization itself. A family exists even where no refresh token was given, so that its access tokens can be withdrawn together. */
export interface Family {
  readonly id: FamilyId
  readonly client: ClientId
  readonly user: UserId
  readonly session: SessionId
  readonly scopes: readonly string[]
  /** The `aud` of its access tokens. */
  readonly audience: readonly string[]
  /** For which its access tokens may be instead; absent, for no other. */
  readonly resources?: readonly string[] | undefined
  readonly claims?: GrantedClaims | undefined
  /** All that was allowed in detail, RFC 9396; a token may have a part of it. */
  readonly details?: readonly AuthorizationDetail[] | undefined
  readonly lives: 'with-session' | 'offline'
  readonly proof: Proof
  readonly startedAtMs: number
  readonly endsAtMs: number
  readonly endedAtMs: number | undefined
}

/** Why a family ended, for the record. */
export type FamilyEnd =
  'reused' | 'another-client' | 'another-sender' | 'revoked' | 'code-replayed' | 'session' | 'user' | 'client' | 'consent-withdrawn'

/** A refresh token as it is stored. */
export interface StoredToken {
  readonly number: number
  readonly expiresAtMs: number
  readonly spentAtMs: number | undefined
  readonly spentBy: string | undefined
  /** Sealed under this token's bytes. */
  readonly successor: Uint8Array | undefined
  /** What its sender has to prove, as `nameOf` writes it; undefined where the client proves itself. */
  readonly sender: string | undefined
  /** Whether the successor has been used. Meaningful only for a spent token. */
  readonly successorSpent: boolean
}

/** How long refresh tokens live. */
export interface FamilyLifetimes {
  /** A token that nobody uses dies. */
  readonly idleSeconds: number
  /** The family dies however busy it is. */
  readonly absoluteSeconds: number
}

/** RFC 9700 section 4.14.2 asks for both bounds; two weeks cover a holiday, a month bounds a theft that nobody noticed. */
export const defaultLifetimes: FamilyLifetimes = { idleSeconds: 14 * 24 * 3600, absoluteSeconds: 30 * 24 * 3600 }
