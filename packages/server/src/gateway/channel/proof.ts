/**
 * How both ends of the channel prove that they hold the same secret, without
 * saying it: each answers the other's nonce.
 *
 * The words in front keep the two answers apart, so that neither end can be made
 * to compute what the other has to say. On one machine the Unix socket's mode
 * keeps others out already; between machines the connection is mutual TLS, and
 * this is what is proven inside it.
 *
 * @module
 */

import { base64url, hmacSha256, randomBytes, readBase64url, sameBytes, type Secret } from '#kernel'

/** Raised when the meaning of a message changes. Ends of different versions do not talk. */
export const channelVersion = 2

/** 256 bits, base64url. */
const nonceShape = /^[A-Za-z0-9_-]{43}$/

export function newNonce(): string {
  return base64url(randomBytes(32))
}

export function isNonce(value: unknown): value is string {
  return typeof value === 'string' && nonceShape.test(value)
}

export interface Nonces {
  readonly server: string
  readonly gateway: string
}

export function prove(secret: Secret<Uint8Array>, who: 'server' | 'gateway', nonces: Nonces): string {
  return base64url(hmacSha256(secret.reveal(), `countersign channel ${channelVersion} ${who}\n${nonces.server}\n${nonces.gateway}`))
}

export function isProof(secret: Secret<Uint8Array>, who: 'server' | 'gateway', nonces: Nonces, said: unknown): boolean {
  const bytes = typeof said === 'string' ? readBase64url(said) : undefined
  const expected = readBase64url(prove(secret, who, nonces))
  return bytes !== undefined && expected !== undefined && sameBytes(bytes, expected)
}
