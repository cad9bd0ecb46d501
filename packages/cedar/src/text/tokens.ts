/** Cedar's text, cut into tokens. @module */

import { InputError } from '../errors.ts'
import { endOfQuoted } from './quoted.ts'

export interface Token {
  readonly kind: 'name' | 'number' | 'string' | 'symbol' | 'end'
  /** Of a string what stands between its quotes, escapes as they are. */
  readonly text: string
  /** Where it begins and ends, in UTF-16 units. */
  readonly start: number
  readonly end: number
}

/** A policy store's whole text, at most. */
export const longestSource: number = 16 * 1024 * 1024

/** White space: Unicode's property, as Rust reads it. */
const space = /[\t-\r \u0085\u00a0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000]*/y
const comment = /\/\/[^\n\r]*/y
const name = /[A-Za-z_][A-Za-z0-9_]*/y
const number = /[0-9]+/y
const symbol = /\?(?:principal|resource)\b|::|==|!=|<=|>=|&&|\|\||[(){}[\],;:.<>!+\-*@=?]/y

const kinds = [
  ['name', name],
  ['number', number],
  ['symbol', symbol],
] as const

/** Cuts a text. Throws {@link InputError} `input.syntax` at what begins no token. */
export function tokensOf(text: string): readonly Token[] {
  if (text.length > longestSource) throw new InputError('input.size', '', 'the text is too long')
  if (!text.isWellFormed()) throw new InputError('input.text', '', 'the text is no Unicode')
  const tokens: Token[] = []
  let at = skip(text, 0)
  while (at < text.length) {
    const token = tokenAt(text, at)
    tokens.push(token)
    at = skip(text, token.end)
  }
  return [...tokens, { kind: 'end', text: '', start: at, end: at }]
}

/** Over white space and comments. One by one: a regular expression that repeats both keeps a way back for each. */
function skip(text: string, start: number): number {
  for (let at = start; ;) {
    const next = endOf(comment, text, endOf(space, text, at))
    if (next === at) return at
    at = next
  }
}

/** Where what begins at a place ends: there, when nothing of that shape does. */
function endOf(shape: RegExp, text: string, at: number): number {
  shape.lastIndex = at
  return shape.test(text) ? shape.lastIndex : at
}

/** An escape does not reach over the end of its line. */
function isInString(code: number, isEscaped: boolean): boolean {
  return !(isEscaped && (code === 0x0a || code === 0x0d || code === 0x2028 || code === 0x2029))
}

function stringAt(text: string, start: number): Token {
  const end = endOfQuoted(text, start, isInString)
  if (end === -1) throw syntaxError(text, start, 'a string without end')
  return { kind: 'string', text: text.slice(start + 1, end), start, end: end + 1 }
}

function tokenAt(text: string, at: number): Token {
  if (text[at] === '"') return stringAt(text, at)
  for (const [kind, shape] of kinds) {
    shape.lastIndex = at
    const found = shape.exec(text)
    if (found !== null) return { kind, text: found[0], start: at, end: shape.lastIndex }
  }
  throw syntaxError(text, at, `no token of Cedar begins here`)
}

/** A mistake of the text; its `path` is `line:column`, both from 1, columns in UTF-16 units. */
export function syntaxError(text: string, at: number, says: string): InputError {
  const before = text.slice(0, at).split('\n')
  return new InputError('input.syntax', `${before.length}:${(before.at(-1)?.length ?? 0) + 1}`, says)
}
