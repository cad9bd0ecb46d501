/**
 * What a DPoP proof has to say, RFC 9449 section 4.3, once its signature holds.
 * Pure.
 *
 * @module
 */

import { base64url, sameText, sha256 } from '#kernel'

/** How old a proof may be. The nonce bounds that too where one is asked for; this holds everywhere. */
const oldestSeconds = 60

/** What two machines' clocks may differ by. */
const skewSeconds = 30

export interface ExpectedProof {
  readonly method: string
  /** The address of the endpoint, as clients know it. */
  readonly url: string
  /** The access token that comes with it. */
  readonly accessToken?: string | undefined
  readonly nowMs: number
}

export interface JudgedProof {
  readonly jti: string
  readonly nonce: string | undefined
  /** From then on it is refused by its age, and need not be remembered. */
  readonly overAtMs: number
}

type Claims = Readonly<Record<string, unknown>>

/** Everything but the signature and the nonce. A text says what is wrong, for the record. */
export function judgeProof({ jti, htm, htu, iat, ath, nonce }: Claims, expected: ExpectedProof): JudgedProof | string {
  if (typeof jti !== 'string' || jti === '' || jti.length > 255) return 'jti'
  // RFC 9110 section 9.1: methods are case-sensitive.
  if (htm !== expected.method) return 'htm'
  if (typeof htu !== 'string' || addressOf(htu) !== addressOf(expected.url)) return 'htu'
  const now = expected.nowMs / 1000
  if (typeof iat !== 'number' || !(iat > now - oldestSeconds - skewSeconds && iat <= now + skewSeconds)) return 'iat'
  if (expected.accessToken === undefined ? ath !== undefined : !isHashOf(expected.accessToken, ath)) return 'ath'
  if (nonce !== undefined && typeof nonce !== 'string') return 'nonce'
  return { jti, nonce, overAtMs: Math.ceil(iat + oldestSeconds + skewSeconds) * 1000 }
}

/** Section 4.3 number 9: without query and fragment, after the normalization of RFC 3986 sections 6.2.2 and 6.2.3. */
function addressOf(text: string): string | undefined {
  const url = text.length > 2048 ? null : URL.parse(text)
  return url === null || url.username !== '' || url.password !== '' ? undefined : `${url.origin}${url.pathname}`
}

function isHashOf(accessToken: string, ath: unknown): boolean {
  return typeof ath === 'string' && sameText(ath, base64url(sha256(accessToken)))
}
