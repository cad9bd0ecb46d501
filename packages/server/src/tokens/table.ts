/** The rows of this module, as the database has them. @module */

import type { ClientId, FamilyId, SessionId, TenantId, UserId } from '#kernel'
import type { RevocationKind } from './revocations/revocation.ts'

/** One authorization: everything that descends from one code. */
export interface FamilyTable {
  readonly tenant: TenantId
  readonly id: FamilyId
  readonly client: ClientId
  readonly user_id: UserId
  readonly session: SessionId
  /** Separated by spaces. */
  readonly scopes: string
  /** JSON array of text: the `aud` of its access tokens. */
  readonly audience: string
  /** JSON array of text. NULL is what `audience` says. */
  readonly resources: string | null
  /** JSON of the claims that were granted singly. NULL is none. */
  readonly claims: string | null
  /** JSON of what was allowed in detail. NULL is nothing. */
  readonly details: string | null
  /** 1 when `offline_access` was granted: it outlives the session. */
  readonly offline: number
  /** JSON: acr, amr, authTimeMs. */
  readonly proof: string
  readonly started_at_ms: number
  readonly ends_at_ms: number
  readonly ended_at_ms: number | null
  readonly ended_why: string | null
}

/** One refresh token, spent or not. */
export interface RefreshTokenTable {
  readonly tenant: TenantId
  /** SHA-256 of the token's 32 random bytes. */
  readonly hash: Uint8Array
  readonly family: FamilyId
  /** 1, 2, 3, … within the family. */
  readonly number: number
  readonly expires_at_ms: number
  /** When the token before it was used, or the family began. */
  readonly issued_at_ms: number | null
  readonly spent_at_ms: number | null
  /** How the client proved itself when it spent the token. */
  readonly spent_by: string | null
  /** The successor's random bytes, sealed under this token's. */
  readonly successor: Uint8Array | null
  /** For the thumbprint of a DPoP key or a client certificate. */
  readonly sender: string | null
}

/** The last sequence that was given out. */
export interface RevocationCounterTable {
  readonly tenant: TenantId
  readonly last: number
}

/** Something that is no longer believed. */
export interface RevocationTable {
  readonly tenant: TenantId
  readonly sequence: number
  readonly kind: RevocationKind
  readonly id: string
  readonly at_ms: number
  /** From here on nothing that it concerns is alive. */
  readonly until_ms: number
}

/** An access token that says nothing by itself. */
export interface OpaqueTokenTable {
  readonly tenant: TenantId
  /** SHA-256 of the token's 32 random bytes. */
  readonly hash: Uint8Array
  /** Its claims, sealed: among them are what an operator has tokens say of a person. */
  readonly sealed: Uint8Array
  readonly expires_at_ms: number
}

export interface TokenTables {
  readonly opaque_token: OpaqueTokenTable
  readonly refresh_family: FamilyTable
  readonly refresh_token: RefreshTokenTable
  readonly revocation_counter: RevocationCounterTable
  readonly revocation: RevocationTable
}
