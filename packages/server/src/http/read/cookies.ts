/**
 * Our own cookies (RFC 6265 section 4.2), and nobody else's: other programs on
 * the same host may set what they like, and must not be able to lock anyone out.
 *
 * On https every cookie of ours has the `__Host-` prefix (RFC 6265bis section
 * 4.1.3.2), so that neither a sibling host nor a plain-text answer can plant
 * one; a like-named cookie without the prefix is not seen at all. On loopback
 * http browsers do not accept the prefix, and plain names are used.
 *
 * @module
 */

import { refuse } from '../refusals.ts'

/** What every cookie of ours begins with, after the prefix. */
const ours = 'countersign_'
const hostPrefix = '__Host-'

/** The limit that browsers keep for a whole cookie. */
const mostBytes = 4096

/** cookie-octet of RFC 6265 section 4.1.1. */
const cookieValue = /^[\x21\x23-\x2b\x2d-\x3a\x3c-\x5b\x5d-\x7e]*$/
const cookieName = /^countersign_[a-z0-9_]{1,64}$/

const none: Readonly<Record<string, string>> = Object.freeze(Object.create(null) as Record<string, string>)

/**
 * The cookies of ours, by their names without the prefix.
 *
 * Refuses with `request.duplicate_parameter` when one of ours comes twice (somebody planted the other one), and
 * with `request.malformed` when its value is none that we ever set.
 */
export function readCookies(header: string | undefined, secure: boolean): Readonly<Record<string, string>> {
  if (header === undefined || !header.includes(ours)) return none
  const values = Object.create(null) as Record<string, string>
  const prefix = secure ? `${hostPrefix}${ours}` : ours
  for (const part of header.split(';')) {
    const pair = part.trim()
    if (!pair.startsWith(prefix)) continue
    const equals = pair.indexOf('=')
    const name = pair.slice(prefix.length - ours.length, equals === -1 ? undefined : equals)
    const value = equals === -1 ? '' : pair.slice(equals + 1)
    if (!cookieName.test(name) || value.length > mostBytes || !cookieValue.test(value)) throw refuse('request.malformed', 'cookie')
    if (name in values) throw refuse('request.duplicate_parameter', 'cookie')
    values[name] = value
  }
  return values
}

/** The name under which a browser keeps a cookie of ours. */
export function cookieNameFor(name: string, secure: boolean): string {
  return secure ? `${hostPrefix}${name}` : name
}

/** Throws for a cookie that {@link readCookies} would not read back: a mistake in our code, not a refusal. */
export function checkCookie(name: string, value: string): void {
  if (!cookieName.test(name)) throw new Error(`A cookie of ours cannot be named ${name}`)
  if (!cookieValue.test(value) || value.length > mostBytes) throw new Error(`The cookie ${name} cannot hold that value`)
}
