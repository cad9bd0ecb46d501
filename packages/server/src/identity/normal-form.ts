/**
 * The normal forms under which user names and email addresses are unique and
 * looked up, version 1.
 *
 * INVARIANT (frozen): the hashes of these forms are stored, so a form never
 * changes; a better one is a version 2 beside it. The Unicode tables of the
 * runtime may grow, but normalization and case folding of assigned characters
 * are stable by Unicode's policy, and unassigned ones are refused.
 *
 * Dots and plus signs stay: only the mailbox's owner knows what they mean.
 *
 * @module
 */

import { domainToASCII } from 'node:url'

declare const checked: unique symbol

/** A user name in normal form. It holds no `@`, so it can never be taken for somebody's email address. */
export type NormalUsername = string & { readonly [checked]: 'username' }

/** An email address in normal form, its domain in A-labels (RFC 5890 section 2.3.2.1). */
export type NormalEmail = string & { readonly [checked]: 'email' }

/** What is part of every hash input, so that two versions never meet. */
export const normalFormVersion = 1

/** Long enough for any name of a person or an account, short enough for a line. */
const longestUsername = 64

/** RFC 5321 section 4.5.3.1.1 and, for the whole, RFC 3696 erratum 1690. */
const longestLocalPart = 64
const longestEmail = 254

/** Letters, marks, digits and four separators; it starts and ends with neither separator. Unassigned, private, format and control characters are none of these. */
const usernameShape = /^[\p{L}\p{N}](?:[\p{L}\p{M}\p{N}._+-]*[\p{L}\p{M}\p{N}])?$/u

/** atext of RFC 5322 section 3.2.3 and, beyond ASCII, the letters of RFC 6531, as a dot-atom. Quoted local parts are refused. */
const localPartShape = /^[\p{L}\p{M}\p{N}!#$%&'*+/=?^_`{|}~-]+(?:\.[\p{L}\p{M}\p{N}!#$%&'*+/=?^_`{|}~-]+)*$/u

/** Letters of any script before they become A-labels. The URL rules that make those would drop line ends and decode `%6d` without a word. */
const spelledDomain = /^[\p{L}\p{M}\p{N}.-]+$/u

/** LDH labels, RFC 5890 section 2.3.1; the last one is no number, so that no address of a machine passes. */
const domainShape = /^(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)*(?![0-9]+$)[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/

/** Reads what a person typed as a user name. Undefined if it cannot be one. */
export function readUsername(text: string): NormalUsername | undefined {
  if (text.length > longestUsername * 2) return undefined
  const normal = fold(text)
  return codePoints(normal) <= longestUsername && usernameShape.test(normal) ? (normal as NormalUsername) : undefined
}

/** Reads what a person typed as an email address. Undefined if it cannot be one. */
export function readEmail(text: string): NormalEmail | undefined {
  if (text.length > longestEmail) return undefined
  const at = text.lastIndexOf('@')
  const local = fold(text.slice(0, Math.max(at, 0)))
  const spelled = text.slice(at + 1).normalize('NFC')
  const domain = spelledDomain.test(spelled) ? domainToASCII(spelled).toLowerCase() : ''
  if (Buffer.byteLength(local) > longestLocalPart || !localPartShape.test(local) || !domainShape.test(domain)) return undefined
  const normal = `${local}@${domain}`
  return normal.length <= longestEmail ? (normal as NormalEmail) : undefined
}

/** Prefixes of 2 to 12 code points: fewer would list the world, more tell little that twelve do not. */
export const shortestPrefix = 2
export const longestPrefix = 12

/** The prefixes under which a normal form can be found, shortest first. */
export function prefixesOf(normal: string): readonly string[] {
  const points = Array.from(normal).slice(0, longestPrefix)
  return points.slice(shortestPrefix - 1).map((_, index) => points.slice(0, shortestPrefix + index).join(''))
}

/** Reads a search. Undefined when it is too short; what lies beyond the twelfth code point is left to the caller to compare. */
export function readPrefix(text: string): { readonly indexed: string; readonly whole: string } | undefined {
  if (text.length > longestEmail) return undefined
  const whole = fold(text)
  const points = Array.from(whole)
  return points.length < shortestPrefix ? undefined : { indexed: points.slice(0, longestPrefix).join(''), whole }
}

/**
 * NFC around a case folding made of the mappings of every Unicode version:
 * lower(upper(lower(x))) also joins what folds to several letters (ß, ss), and
 * the final sigma, which lower-casing makes out of its place in a word, is one
 * with the other.
 */
function fold(text: string): string {
  return text.normalize('NFC').toLowerCase().toUpperCase().toLowerCase().replaceAll('ς', 'σ').normalize('NFC')
}

function codePoints(text: string): number {
  return Array.from(text).length
}
