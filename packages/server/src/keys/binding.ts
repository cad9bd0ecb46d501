/**
 * Joins texts into the bytes that a seal authenticates.
 *
 * @module
 */

import { utf8 } from '#kernel'

/**
 * Each part is preceded by the count of its bytes, so that no two different
 * lists give the same bytes: `a`,`bc` never means `ab`,`c`.
 *
 * Throws on text with a lone surrogate, because UTF-8 would write two different
 * ones the same way.
 */
export function binding(...parts: readonly string[]): Uint8Array {
  const encoded = parts.map(wellFormedUtf8)
  const whole = Buffer.alloc(encoded.reduce((sum, part) => sum + 4 + part.byteLength, 0))
  let at = 0
  for (const part of encoded) {
    at = whole.writeUInt32BE(part.byteLength, at)
    whole.set(part, at)
    at += part.byteLength
  }
  return whole
}

/** UTF-8 of a text that has one. Throws a TypeError for a lone surrogate, without showing the text. */
export function wellFormedUtf8(text: string): Uint8Array {
  if (!text.isWellFormed()) throw new TypeError('the text has a lone surrogate')
  return utf8(text)
}
