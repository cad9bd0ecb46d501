/**
 * Authorization codes: `c1.` and 32 random bytes in base64url, stored as a hash.
 *
 * @module
 */

import {
  base64url,
  randomBytes,
  readBase64url,
  Secret,
  sha256,
  type ClientId,
  type CodeId,
  type FamilyId,
  type Proof,
  type SessionId,
  type UserId,
} from '#kernel'
import type { AuthorizationDetail, GrantedClaims } from '#tokens'

const prefix = 'c1.'
const codeBytes = 32

/** RFC 6749 section 4.1.2 allows ten minutes; a redirect takes seconds, and a code that leaked helps only meanwhile. */
export const codeForMs = 60_000

/** What a code was issued for. Written once, at the authorization endpoint. */
export interface AuthorizationCode {
  readonly id: CodeId
  readonly client: ClientId
  readonly user: UserId
  readonly session: SessionId
  /** The family that its tokens will belong to, so that a replay can withdraw them. */
  readonly family: FamilyId
  readonly redirectUri: string
  readonly challenge: string
  readonly nonce: string | undefined
  /** The thumbprint of the key that has to be proved at the exchange, RFC 9449 section 10. */
  readonly dpopJkt?: string | undefined
  readonly scopes: readonly string[]
  readonly audience: readonly string[]
  /** For which its tokens may be, one a token: what was asked for, or all of the client's. */
  readonly resources?: readonly string[] | undefined
  /** What was granted singly beside the scopes. */
  readonly claims?: GrantedClaims | undefined
  readonly details?: readonly AuthorizationDetail[] | undefined
  readonly proof: Proof
  /** When the session is over. */
  readonly sessionEndsAtMs: number
  /** The number of the last revocation known when the request was read. */
  readonly generation: number
  readonly expiresAtMs: number
}

export interface NewCode {
  readonly text: Secret<string>
  readonly hash: Uint8Array
}

export function newCode(): NewCode {
  const bytes = randomBytes(codeBytes)
  return { text: new Secret(`${prefix}${base64url(bytes)}`), hash: sha256(bytes) }
}

/** The hash of a presented code; undefined unless it has the one spelling of a code of ours. */
export function readCode(text: string): Uint8Array | undefined {
  if (!text.startsWith(prefix)) return undefined
  const bytes = readBase64url(text.slice(prefix.length))
  return bytes?.byteLength === codeBytes ? sha256(bytes) : undefined
}
