/**
 * The one source of randomness. Everything unpredictable comes from here, so
 * that a reader can see in one place that it comes from the operating system.
 *
 * @module
 */

import { randomFillSync } from 'node:crypto'

const alphabet = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz'

/** The largest multiple of 62 below 256: bytes at or above it are thrown away, so that every letter is equally likely. */
const fair = 248

/** Fresh bytes from the operating system's generator. */
export function randomBytes(count: number): Uint8Array {
  return randomFillSync(new Uint8Array(count))
}

/** Text of base62 letters, each worth 5.95 bits. */
export function randomText(letters: number): string {
  let text = ''
  while (text.length < letters) {
    for (const byte of randomBytes(letters - text.length + 4)) {
      if (byte < fair && text.length < letters) text += alphabet[byte % 62]
    }
  }
  return text
}
