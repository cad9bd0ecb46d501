/**
 * The symmetric primitives, each in the one form that this module uses it, so
 * that outside vectors can be run against exactly that.
 *
 * @module
 */

import { createCipheriv, createDecipheriv, hash, hkdfSync } from 'node:crypto'
import { sha256 } from '#kernel'

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

/** The block of SHA-256, FIPS 180-4 section 1. */
const blockBytes = 64
const hashBytes = 32

/**
 * A key of HMAC-SHA-256, RFC 2104 and FIPS 198-1, ready to be used often. Node's own HMAC makes an object outside the
 * heap for each tag; two plain hashes cost half of that, on a path that every token request takes.
 */
export class HmacKey {
  readonly #inner: Uint8Array
  readonly #outer: Uint8Array

  constructor(key: Uint8Array) {
    const block = new Uint8Array(blockBytes)
    block.set(key.byteLength > blockBytes ? sha256(key) : key)
    this.#inner = block.map((byte) => byte ^ 0x36)
    this.#outer = block.map((byte) => byte ^ 0x5c)
    block.fill(0)
  }

  /** The tag over `bytes`, whole. */
  tag(bytes: Uint8Array): Uint8Array {
    const inner = Buffer.allocUnsafe(blockBytes + bytes.byteLength)
    inner.set(this.#inner)
    inner.set(bytes, blockBytes)
    const outer = Buffer.allocUnsafe(blockBytes + hashBytes)
    outer.set(this.#outer)
    outer.write(hash('sha256', inner, 'latin1'), blockBytes, 'latin1')
    inner.fill(0)
    const tag = sha256(outer)
    outer.fill(0)
    return tag
  }
}

/** HKDF-SHA-256, RFC 5869. */
export function hkdfSha256(secret: Uint8Array, salt: Uint8Array, info: Uint8Array | string, bytes: number): Uint8Array {
  return new Uint8Array(hkdfSync('sha256', secret, salt, info, bytes))
}

function requireLengths(key: Uint8Array, nonce: Uint8Array): void {
  if (key.byteLength !== 32 || nonce.byteLength !== 12) throw new RangeError('AES-256-GCM takes a key of 32 bytes and a nonce of 12')
}
