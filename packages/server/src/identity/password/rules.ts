/**
 * What a password may be, NIST SP 800-63B-4 section 3.1.1.2: length counts,
 * composition does not, nothing is cut off, and any printable character goes.
 *
 * @module
 */

import { refusals } from '#kernel'

/** Fifteen for a password that stands alone, by the same section; eight only beside a second factor. */
const shortest = 15

/** Far beyond any passphrase, and short enough that hashing it first costs nothing. */
const longest = 256

/** A password that repeats so few characters falls to the first rules of every cracking tool. */
const fewestDistinct = 5

const says = {
  'password.too_short': 'A password needs at least 15 characters.',
  'password.too_long': 'A password has at most 256 characters.',
  'password.unreadable': 'The password holds a character that cannot be used.',
  'password.guessable': 'That password is too easy to guess. Use several words that do not belong together.',
} as const

export const passwordRefusals: typeof says = says

const refuse = refusals(says)

/**
 * Reads a password that somebody typed to sign in: its NFC form, so that two
 * keyboards agree. Undefined if it can be nobody's password.
 */
export function readPassword(text: string): string | undefined {
  if (text.length > longest * 2 || !text.isWellFormed() || text.includes('\0')) return undefined
  const normal = text.normalize('NFC')
  return Array.from(normal).length <= longest ? normal : undefined
}

/**
 * Requires that a password may be set for the person with these names (normal
 * forms of user name and email address). Returns its NFC form.
 *
 * Refuses with `password.too_short`, `password.too_long`,
 * `password.unreadable` and `password.guessable`.
 */
export function requireGoodPassword(text: string, names: readonly string[]): string {
  if (!text.isWellFormed() || text.includes('\0')) throw refuse('password.unreadable')
  const normal = text.normalize('NFC')
  const points = Array.from(normal)
  if (points.length > longest) throw refuse('password.too_long')
  if (points.length < shortest) throw refuse('password.too_short')
  if (new Set(points).size < fewestDistinct) throw refuse('password.guessable', 'few distinct characters')
  if (isMadeOf(normal.toLowerCase(), names)) throw refuse('password.guessable', 'made of the names')
  return normal
}

/** True when little is left of the password once the person's own names are taken out of it. */
function isMadeOf(lower: string, names: readonly string[]): boolean {
  const words = names.flatMap((name) => [name, ...name.split('@')]).filter((word) => word.length >= 3)
  const rest = words.sort((left, right) => right.length - left.length).reduce((left, word) => left.replaceAll(word, ''), lower)
  return rest.length < fewestDistinct
}
