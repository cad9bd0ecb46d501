/**
 * Bytes that only the holder of a secret can read again: neither the database
 * nor this server can open them without it. AES-256-GCM (SP 800-38D) under a key
 * derived from the secret by HKDF-SHA-256 (RFC 5869). Needs no key of ours, so
 * it is a plain function; it stands here because primitives have two homes.
 *
 * @module
 */

import { createCipheriv, createDecipheriv, hkdfSync, type CipherGCM, type DecipherGCM } from 'node:crypto'
import { randomBytes, utf8 } from '#kernel'

/** First byte of every sealed format; the next version gets another. */
const version = 1
const nonceBytes = 12
const tagBytes = 16
const purpose = 'countersign sealed by secret 1'

/**
 * Seals under a secret of at least 128 random bits. `context` is authenticated
 * and must be the same at {@link openUnderSecret}.
 */
export function sealUnderSecret(secret: Uint8Array, plain: Uint8Array, context: string): Uint8Array {
  const nonce = randomBytes(nonceBytes)
  const cipher: CipherGCM = createCipheriv('aes-256-gcm', keyFrom(secret), nonce, { authTagLength: tagBytes })
  cipher.setAAD(utf8(context))
  const sealed = Buffer.concat([cipher.update(plain), cipher.final()])
  return Buffer.concat([Uint8Array.of(version), nonce, sealed, cipher.getAuthTag()])
}

/** Undefined when the bytes were not sealed under this secret and context, without saying which was at fault. */
export function openUnderSecret(secret: Uint8Array, sealed: Uint8Array, context: string): Uint8Array | undefined {
  if (sealed[0] !== version || sealed.byteLength < 1 + nonceBytes + tagBytes) return undefined
  const nonce = sealed.subarray(1, 1 + nonceBytes)
  const decipher: DecipherGCM = createDecipheriv('aes-256-gcm', keyFrom(secret), nonce, { authTagLength: tagBytes })
  decipher.setAAD(utf8(context))
  decipher.setAuthTag(sealed.subarray(sealed.byteLength - tagBytes))
  const plain = decipher.update(sealed.subarray(1 + nonceBytes, sealed.byteLength - tagBytes))
  try {
    return Buffer.concat([plain, decipher.final()])
  } catch {
    // `final` throws one thing only: the tag does not fit.
    return undefined
  }
}

function keyFrom(secret: Uint8Array): Uint8Array {
  return new Uint8Array(hkdfSync('sha256', secret, new Uint8Array(0), purpose, 32))
}
