/**
 * The symmetric primitives, each in the one form that this module uses it, so
 * that outside vectors can be run against exactly that.
 *
 * @module
 */

import { createCipheriv, createDecipheriv, createHmac, hkdfSync, type KeyObject } from 'node:crypto'

/** The only length of tag that is made or accepted; GCM with shorter ones is forged more easily than their length says. */
export const tagBytes = 16

/** AES-256-GCM, NIST SP 800-38D, with a nonce of 12 bytes that must never come twice under one key. Ciphertext and tag in one. */
export function gcmSeal(key: Uint8Array, nonce: Uint8Array, plain: Uint8Array, authenticated: Uint8Array): Uint8Array {
  requireLengths(key, nonce)
  const cipher = createCipheriv('aes-256-gcm', key, nonce, { authTagLength: tagBytes })
  cipher.setAAD(authenticated)
  const body = cipher.update(plain)
  cipher.final()
  return Buffer.concat([body, cipher.getAuthTag()])
}

/** The reverse of {@link gcmSeal}; undefined when the tag does not match. */
export function gcmOpen(key: Uint8Array, nonce: Uint8Array, sealed: Uint8Array, authenticated: Uint8Array): Uint8Array | undefined {
  requireLengths(key, nonce)
  if (sealed.byteLength < tagBytes) return undefined
  const end = sealed.byteLength - tagBytes
  const decipher = createDecipheriv('aes-256-gcm', key, nonce, { authTagLength: tagBytes })
  decipher.setAAD(authenticated)
  decipher.setAuthTag(sealed.subarray(end))
  const plain = decipher.update(sealed.subarray(0, end))
  try {
    decipher.final()
    return plain
  } catch {
    // `final` throws for one reason alone, a tag that does not match: every length was checked before.
    plain.fill(0)
    return undefined
  }
}

/** HMAC-SHA-256, RFC 2104 and FIPS 198-1, whole. */
export function hmacSha256(key: KeyObject, bytes: Uint8Array): Uint8Array {
  return createHmac('sha256', key).update(bytes).digest()
}

/** HKDF-SHA-256, RFC 5869. */
export function hkdfSha256(secret: Uint8Array, salt: Uint8Array, info: Uint8Array | string, bytes: number): Uint8Array {
  return new Uint8Array(hkdfSync('sha256', secret, salt, info, bytes))
}

function requireLengths(key: Uint8Array, nonce: Uint8Array): void {
  if (key.byteLength !== 32 || nonce.byteLength !== 12) throw new RangeError('AES-256-GCM takes a key of 32 bytes and a nonce of 12')
}
