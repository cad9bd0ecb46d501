/**
 * Bytes that only the holder of a secret can read again: neither the database
 * nor this server can open them without it. AES-256-GCM (SP 800-38D) under a key
 * derived from the secret by HKDF-SHA-256 (RFC 5869). Needs no key of ours, so
 * it is a plain function; it stands here because primitives have two homes.
 *
 * @module
 */

import { randomBytes, utf8 } from '#kernel'
import { gcmOpen, gcmSeal, hkdfSha256 } from './primitives.ts'

/** First byte of every sealed format; the next version gets another. */
const version = 1
const nonceBytes = 12
const purpose = 'countersign sealed by secret 1'

/**
 * Seals under a secret of at least 128 random bits. `context` is authenticated
 * and must be the same at {@link openUnderSecret}.
 */
export function sealUnderSecret(secret: Uint8Array, plain: Uint8Array, context: string): Uint8Array {
  const nonce = randomBytes(nonceBytes)
  return Buffer.concat([Uint8Array.of(version), nonce, gcmSeal(keyFrom(secret), nonce, plain, utf8(context))])
}

/** Undefined when the bytes were not sealed under this secret and context, without saying which was at fault. */
export function openUnderSecret(secret: Uint8Array, sealed: Uint8Array, context: string): Uint8Array | undefined {
  if (sealed[0] !== version || sealed.byteLength < 1 + nonceBytes) return undefined
  return gcmOpen(keyFrom(secret), sealed.subarray(1, 1 + nonceBytes), sealed.subarray(1 + nonceBytes), utf8(context))
}

function keyFrom(secret: Uint8Array): Uint8Array {
  return hkdfSha256(secret, new Uint8Array(), purpose, 32)
}
