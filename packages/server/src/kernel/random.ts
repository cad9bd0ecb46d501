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
    const byte = nextByte()
    if (byte < fair) text += alphabet[byte % 62]
  }
  return text
}

/**
 * Bytes drawn ahead for {@link randomText}: every request makes a few ids, and
 * asking the operating system for each costs 4 to 7 µs, a quarter of a request.
 * A byte is wiped as it is handed out.
 */
const ahead = new Uint8Array(4096)
let handedOut = ahead.length

function nextByte(): number {
  if (handedOut === ahead.length) {
    randomFillSync(ahead)
    handedOut = 0
  }
  const byte = ahead[handedOut] as number
  ahead[handedOut++] = 0
  return byte
}
