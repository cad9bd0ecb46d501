/**
 * Sealed bytes: XAES-256-GCM (C2SP), which is AES-256-GCM under a fresh key for
 * each item.
 *
 *     0x01 | key version, 4 bytes | nonce, 24 bytes | ciphertext | tag, 16 bytes
 *
 * Why not plain AES-256-GCM with a random nonce of 12 bytes: NIST SP 800-38D
 * section 8.3 allows 2^32 of those under one key, and a stranger who opens the
 * sign-in page makes us seal, so that bound can be reached in days. Here the
 * first 12 bytes of the nonce derive the item's key (SP 800-108, counter mode,
 * AES-CMAC) and the last 12 are its GCM nonce: 2^80 items keep the chance of a
 * repetition below 2^-32. The price is one AES call of two blocks.
 *
 * GCM does not commit to its key. That matters where an attacker chooses the
 * key or learns which of many opened; our keys are random and the version
 * names exactly one.
 *
 * @module
 */

import { createCipheriv, createSecretKey, type KeyObject } from 'node:crypto'
import { randomBytes } from '#kernel'
import { gcmOpen, gcmSeal, tagBytes } from './primitives.ts'

const format = 1
const headerBytes = 5
const nonceBytes = 24

/** What sealing adds to the length. */
export const sealedOverheadBytes: number = headerBytes + nonceBytes + tagBytes

/** One item is held in memory whole; what is larger is to be sealed in frames. 1 MiB was the fastest size measured for one call. */
export const maxPlainBytes: number = 1024 * 1024

/** A key that seals, in the form that OpenSSL holds. */
export interface SealingKey {
  /** 1 to 2^32 - 1, written into what it seals. */
  readonly version: number
  readonly key: KeyObject
  /** The first CMAC subkey, RFC 4493 section 2.3: it depends on the key alone. */
  readonly subkey: Uint8Array
}

/** Takes 32 bytes as a sealing key. The caller wipes its copy. */
export function sealingKey(version: number, bytes: Uint8Array): SealingKey {
  if (bytes.byteLength !== 32) throw new RangeError('a sealing key has 32 bytes')
  if (!Number.isInteger(version) || version < 1 || version > 0xffff_ffff) throw new RangeError('a key version is a 32-bit number from 1')
  const key = createSecretKey(bytes)
  return Object.freeze({ version, key, subkey: doubled(encryptBlocks(key, Buffer.alloc(16))) })
}

/** Seals bytes; `bound` is authenticated and must be the same at {@link openWith}. */
export function sealWith(key: SealingKey, plain: Uint8Array, bound: Uint8Array): Uint8Array {
  if (plain.byteLength > maxPlainBytes) throw new RangeError(`more than ${maxPlainBytes} bytes to seal`)
  const header = Buffer.alloc(headerBytes)
  header.writeUInt8(format)
  header.writeUInt32BE(key.version, 1)
  const nonce = randomBytes(nonceBytes)
  return Buffer.concat([header, nonce, sealExtended(key, nonce, plain, Buffer.concat([header, bound]))])
}

/** Opens what {@link sealWith} made with this very key and these bound bytes; undefined for everything else. */
export function openWith(key: SealingKey, sealed: Uint8Array, bound: Uint8Array): Uint8Array | undefined {
  if (sealedVersion(sealed) !== key.version) return undefined
  const nonceEnd = headerBytes + nonceBytes
  const authenticated = Buffer.concat([sealed.subarray(0, headerBytes), bound])
  return openExtended(key, sealed.subarray(headerBytes, nonceEnd), sealed.subarray(nonceEnd), authenticated)
}

/** The key version that sealed bytes name. Undefined when they are not of this format or of an impossible length. */
export function sealedVersion(sealed: Uint8Array): number | undefined {
  if (sealed.byteLength < sealedOverheadBytes || sealed.byteLength > sealedOverheadBytes + maxPlainBytes) return undefined
  if (sealed[0] !== format) return undefined
  return new DataView(sealed.buffer, sealed.byteOffset).getUint32(1)
}

/** XAES-256-GCM with a nonce of 24 bytes; ciphertext and tag in one. For this file and its vectors: {@link sealWith} draws the nonce. */
export function sealExtended(key: SealingKey, nonce: Uint8Array, plain: Uint8Array, authenticated: Uint8Array): Uint8Array {
  const itemKey = deriveItemKey(key, nonce)
  const sealed = gcmSeal(itemKey, nonce.subarray(12), plain, authenticated)
  itemKey.fill(0)
  return sealed
}

/** The reverse of {@link sealExtended}; undefined when the tag does not match. */
export function openExtended(key: SealingKey, nonce: Uint8Array, sealed: Uint8Array, authenticated: Uint8Array): Uint8Array | undefined {
  const itemKey = deriveItemKey(key, nonce)
  const plain = gcmOpen(itemKey, nonce.subarray(12), sealed, authenticated)
  itemKey.fill(0)
  return plain
}

/** CMAC of `0x00 i 'X' 0x00 nonce[:12]` for i = 1, 2: one block each, so CMAC is a single encryption of block xor subkey. */
function deriveItemKey(key: SealingKey, nonce: Uint8Array): Uint8Array {
  const blocks = Buffer.alloc(32)
  for (const [index, start] of [0, 16].entries()) {
    blocks[start + 1] = index + 1
    blocks[start + 2] = 0x58
    blocks.set(nonce.subarray(0, 12), start + 4)
  }
  for (let at = 0; at < 32; at += 1) blocks[at] = (blocks[at] ?? 0) ^ (key.subkey[at % 16] ?? 0)
  return encryptBlocks(key.key, blocks)
}

/** Raw AES on whole blocks: the pseudorandom function under CMAC, never used on anybody's data. */
function encryptBlocks(key: KeyObject, blocks: Uint8Array): Uint8Array {
  return createCipheriv('aes-256-ecb', key, null).setAutoPadding(false).update(blocks)
}

/** Multiplication by x in GF(2^128), RFC 4493 section 2.3, without a branch on the key. */
function doubled(block: Uint8Array): Uint8Array {
  const out = new Uint8Array(16)
  for (let at = 0; at < 16; at += 1) out[at] = ((block[at] ?? 0) << 1) | ((block[at + 1] ?? 0) >> 7)
  out[15] = (out[15] ?? 0) ^ (0x87 & -((block[0] ?? 0) >> 7))
  return out
}
