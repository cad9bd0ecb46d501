/**
 * Bytes and text: the encodings of the wire, strictly read, and the one
 * comparison that secrets go through.
 *
 * @module
 */

import { isUtf8 } from 'node:buffer'
import { createHash, createHmac, hash, timingSafeEqual } from 'node:crypto'

const base64urlShape = /^[A-Za-z0-9_-]*$/

/** UTF-8 bytes of a text. */
export function utf8(text: string): Uint8Array {
  return Buffer.from(text, 'utf8')
}

/** Text of UTF-8 bytes, or undefined if they are not valid UTF-8. */
export function readUtf8(bytes: Uint8Array): string | undefined {
  return isUtf8(bytes) ? Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('utf8') : undefined
}

/** Base64url without padding, RFC 4648 section 5. */
export function base64url(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('base64url')
}

/**
 * Reads base64url without padding. Undefined unless the text is the only
 * spelling of its bytes: two different tokens must never mean the same.
 */
export function readBase64url(text: string): Uint8Array | undefined {
  if (!base64urlShape.test(text) || text.length % 4 === 1) return undefined
  const bytes = Buffer.from(text, 'base64url')
  return bytes.toString('base64url') === text ? bytes : undefined
}

/**
 * SHA-256, FIPS 180-4, in one call and by way of text: a hash object and a
 * buffer outside the heap for each would cost three times the hashing.
 */
export function sha256(...parts: readonly (Uint8Array | string)[]): Uint8Array {
  const [only = ''] = parts
  const bytes = parts.length === 1 ? only : Buffer.concat(parts.map((part) => (typeof part === 'string' ? utf8(part) : part)))
  return Buffer.from(hash('sha256', bytes, 'latin1'), 'latin1')
}

export function sha512(bytes: Uint8Array | string): Uint8Array {
  return Buffer.from(hash('sha512', bytes, 'latin1'), 'latin1')
}

/** SHA-256 of what comes piece by piece. */
export function hashing(): { update(bytes: Uint8Array): void; digest(): Uint8Array } {
  const state = createHash('sha256')
  return { update: (bytes) => void state.update(bytes), digest: () => state.digest() }
}

/** HMAC-SHA-256, RFC 2104, for keys that were made to be used once, such as the gateway's channel. Keys that last live in `keys`. */
export function hmacSha256(key: Uint8Array, ...parts: readonly (Uint8Array | string)[]): Uint8Array {
  const hmac = createHmac('sha256', key)
  for (const part of parts) hmac.update(part)
  return hmac.digest()
}

/** Compares two secrets in time that depends on their lengths alone. */
export function sameBytes(left: Uint8Array, right: Uint8Array): boolean {
  return left.byteLength === right.byteLength && timingSafeEqual(left, right)
}

/** {@link sameBytes} for text. */
export function sameText(left: string, right: string): boolean {
  return sameBytes(utf8(left), utf8(right))
}
