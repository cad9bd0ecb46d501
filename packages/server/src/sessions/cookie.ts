/**
 * The session cookie: `s1.` and 32 random bytes. The database holds only their
 * hash, so whoever copies it has no cookie; a fast hash is enough for what
 * cannot be guessed.
 *
 * @module
 */

import { base64url, randomBytes, readBase64url, Secret, sha256 } from '#kernel'

const version = 's1.'
const secretBytes = 32

export interface NewCookie {
  readonly value: Secret<string>
  readonly hash: Uint8Array
}

export function newCookie(): NewCookie {
  const secret = randomBytes(secretBytes)
  return { value: new Secret(`${version}${base64url(secret)}`), hash: sha256(secret) }
}

/** The hash of the secret in a cookie that a browser presented. Undefined if no cookie of ours looks like that. */
export function readCookie(value: string): Uint8Array | undefined {
  if (value.length !== 46 || !value.startsWith(version)) return undefined
  const secret = readBase64url(value.slice(version.length))
  return secret?.byteLength === secretBytes ? sha256(secret) : undefined
}
