/**
 * The refresh token's spelling: `r1.` and 32 random bytes in base64url. It says
 * nothing about anything; the database knows its hash.
 *
 * @module
 */

import { base64url, randomBytes, readBase64url, Secret, sha256 } from '#kernel'

const prefix = 'r1.'

/** 256 bits: also a key that the successor is sealed under. */
const tokenBytes = 32

/** A refresh token with the hash under which it is stored. */
export interface RefreshToken {
  readonly bytes: Secret<Uint8Array>
  readonly hash: Uint8Array
}

export function newRefreshToken(): RefreshToken {
  return tokenOf(randomBytes(tokenBytes))
}

export function tokenOf(bytes: Uint8Array): RefreshToken {
  return { bytes: new Secret(bytes), hash: sha256(bytes) }
}

/** Reads what a client presents. Undefined unless it is the one spelling of a token of ours. */
export function readRefreshToken(text: string): RefreshToken | undefined {
  if (!text.startsWith(prefix)) return undefined
  const bytes = readBase64url(text.slice(prefix.length))
  return bytes?.byteLength === tokenBytes ? tokenOf(bytes) : undefined
}

export function writeRefreshToken(token: RefreshToken): Secret<string> {
  return new Secret(`${prefix}${base64url(token.bytes.reveal())}`)
}
