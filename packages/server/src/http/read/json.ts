/**
 * JSON of strangers (RFC 8259), read strictly: UTF-8 only, no key twice in one
 * object, no `__proto__`, bounded depth, no NUL and no half of a surrogate pair.
 *
 * `JSON.parse` lets the last of two like-named members win; whoever checked the
 * request before us may have looked at the first.
 *
 * @module
 */

import { refuse } from '../refusals.ts'

/** Deeper than any document that our endpoints take; bounds recursion in whatever handles the value later. */
export const deepestJson = 32

const openBrace = 0x7b
const closeBrace = 0x7d
const openBracket = 0x5b
const closeBracket = 0x5d
const quote = 0x22
const backslash = 0x5c
const colon = 0x3a
const comma = 0x2c

/**
 * Commas, strings, objects and arrays of a document together; ours have a tenth. Many small things are what costs
 * time: 64 KiB of them took 3 ms, these take 0.6.
 */
export const mostJsonTokens = 2048

/** Reads a JSON text. Refuses with `request.malformed` or `request.duplicate_parameter`. */
export function readJson(text: string): unknown {
  checkStructure(text)
  return parse(text)
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch (error) {
    if (error instanceof SyntaxError) throw refuse('request.malformed', 'not JSON')
    throw error
  }
}

/**
 * Walks a text once, without recursion, and before anything is built from it.
 * Inside an object a string after `{` or `,` is a name; everything else is a
 * value. Of a text that is no JSON it says nothing: the parser will.
 */
function checkStructure(text: string): void {
  const names: (Set<string> | undefined)[] = []
  let nameComesNext = false
  let tokens = 0
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at)
    if (code === openBrace || code === openBracket || code === comma || code === quote) {
      if (++tokens > mostJsonTokens) throw refuse('request.malformed', 'too many tokens')
    }
    if (code === openBrace || code === openBracket) {
      if (names.length === deepestJson) throw refuse('request.malformed', 'too deep')
      names.push(code === openBrace ? new Set() : undefined)
      nameComesNext = code === openBrace
    } else if (code === closeBrace || code === closeBracket) {
      names.pop()
      nameComesNext = false
    } else if (code === comma) nameComesNext = names.at(-1) !== undefined
    else if (code === colon) nameComesNext = false
    else if (code === quote) {
      const end = endOfString(text, at)
      const content = readString(text.slice(at, end + 1))
      if (nameComesNext) checkName(names.at(-1), content)
      at = end
    }
  }
}

function endOfString(text: string, start: number): number {
  for (let at = start + 1; at < text.length; at++) {
    const code = text.charCodeAt(at)
    if (code === quote) return at
    if (code === backslash) at++
  }
  throw refuse('request.malformed', 'a string without end')
}

/** Raw text was checked to be UTF-8 and JSON forbids raw control characters, so only escapes can smuggle something in. */
function readString(literal: string): string {
  if (!literal.includes('\\')) return literal.slice(1, -1)
  const content = parse(literal) as string
  if (content.includes('\0') || !content.isWellFormed()) throw refuse('request.malformed', 'a character that is no text')
  return content
}

function checkName(seen: Set<string> | undefined, name: string): void {
  if (name === '__proto__') throw refuse('request.malformed', '__proto__')
  if (seen?.has(name) === true) throw refuse('request.duplicate_parameter')
  seen?.add(name)
}
