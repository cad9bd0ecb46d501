/** The rows of codes and consents, as the database has them. @module */

import type { ClientId, CodeId, ConsentId, FamilyId, SessionId, TenantId, UserId } from '#kernel'

export interface CodeTable {
  readonly tenant: TenantId
  /** SHA-256 of the code's random bytes. */
  readonly hash: Uint8Array
  readonly id: CodeId
  readonly client: ClientId
  readonly user_id: UserId
  readonly session: SessionId
  readonly family: FamilyId
  /** JSON of what the code was issued for; judged, never searched. */
  readonly granted: string
  readonly expires_at_ms: number
  readonly spent_at_ms: number | null
}

export interface ConsentTable {
  readonly tenant: TenantId
  readonly id: ConsentId
  readonly user_id: UserId
  readonly client: ClientId
  /** Separated by spaces. */
  readonly scopes: string
  /** Names of claims that were allowed singly, separated by spaces. NULL is none. */
  readonly claims: string | null
  readonly given_at_ms: number
}

export interface AssertionTable {
  readonly tenant: TenantId
  readonly client: ClientId
  /** SHA-256 of the `jti`. */
  readonly jti_hash: Uint8Array
  readonly over_at_ms: number
}

export interface ProofTable {
  readonly tenant: TenantId
  /** SHA-256 of the key's thumbprint and the `jti`. */
  readonly hash: Uint8Array
  readonly over_at_ms: number
}

export interface PushedTable {
  readonly tenant: TenantId
  /** SHA-256 of the reference's random bytes. */
  readonly hash: Uint8Array
  readonly client: ClientId
  /** JSON of what was sent; checked again when it is used, never searched. */
  readonly parameters: string
  readonly expires_at_ms: number
}

export interface OAuthTables {
  readonly pushed_request: PushedTable
  readonly dpop_proof: ProofTable
  readonly client_assertion: AssertionTable
  readonly authorization_code: CodeTable
  readonly consent: ConsentTable
}
