/**
 * Parameters as `application/x-www-form-urlencoded` (WHATWG URL section 5.1)
 * writes them, in query strings and in bodies alike, read strictly.
 *
 * The standard's parser repairs what is broken; two parsers that repair
 * differently are how one of them is deceived. Here a second spelling of a key,
 * a broken escape, bytes that are not UTF-8, and NUL are refused.
 *
 * @module
 */

import { refuse } from '../refusals.ts'

/** More parameters than any request of OAuth, OpenID Connect or our own pages has; bounds the work of hostile ones. */
export const mostParameters = 64

const plus = 0x2b
const space = 0x20

/**
 * Reads `a=1&b=2`. The record has no prototype, so that no key means more than itself.
 *
 * Refuses with `request.malformed` and `request.duplicate_parameter`.
 */
export function readForm(text: string): Record<string, string> {
  const values = Object.create(null) as Record<string, string>
  if (text === '') return values
  let count = 0
  let start = 0
  while (start <= text.length) {
    let end = text.indexOf('&', start)
    if (end === -1) end = text.length
    if (++count > mostParameters) throw refuse('request.malformed', 'too many parameters')
    if (end > start) {
      const equals = text.indexOf('=', start)
      const split = equals === -1 || equals > end ? end : equals
      const key = decode(text.slice(start, split))
      if (key === '') throw refuse('request.malformed', 'a parameter without a name')
      if (key in values) throw refuse('request.duplicate_parameter')
      values[key] = split === end ? '' : decode(text.slice(split + 1, end))
    }
    start = end + 1
  }
  return values
}

/** Undoes `+` and percent escapes. */
function decode(text: string): string {
  const spaced = text.includes('+') ? withSpaces(text) : text
  if (!spaced.includes('%')) return withoutNul(spaced)
  try {
    return withoutNul(decodeURIComponent(spaced))
  } catch (error) {
    if (error instanceof URIError) throw refuse('request.malformed', 'a broken percent escape', error)
    throw error
  }
}

/** The engine's own replacement takes 1.6 ms for 64 KiB of `+`; this takes 0.1 ms. The byte of `+` is never part of another character. */
function withSpaces(text: string): string {
  if (text.length < 128) return text.replaceAll('+', ' ')
  const bytes = Buffer.from(text, 'utf8')
  for (let at = bytes.indexOf(plus); at < bytes.length; at++) if (bytes[at] === plus) bytes[at] = space
  return bytes.toString('utf8')
}

/** NUL ends a string for some of those who read it after us (PostgreSQL refuses it), so it means nothing good here. */
function withoutNul(text: string): string {
  if (text.includes('\0')) throw refuse('request.malformed', 'NUL in a parameter')
  return text
}
