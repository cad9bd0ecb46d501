/**
 * JSON of strangers, RFC 8259, without duplicate names: two readers that
 * pick different ones of two `kid`s would see different tokens.
 *
 * @module
 */

import { readUtf8 } from '#kernel'

/** Deeper than any claim set, and bounds what a reader downstream has to walk. */
const maxDepth = 16

/** Reads one JSON object. Undefined for anything else, for duplicate names at any depth, and for more than 16 levels. */
export function readJsonObject(bytes: Uint8Array): Readonly<Record<string, unknown>> | undefined {
  const value = readJson(bytes)
  return Array.isArray(value) ? undefined : (value as Record<string, unknown> | undefined)
}

/** The same for a list. */
export function readJsonArray(bytes: Uint8Array): readonly unknown[] | undefined {
  const value = readJson(bytes)
  return Array.isArray(value) ? value : undefined
}

function readJson(bytes: Uint8Array): object | undefined {
  const text = readUtf8(bytes)
  if (text === undefined) return undefined
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch (error) {
    if (error instanceof SyntaxError) return undefined
    throw error
  }
  if (typeof value !== 'object' || value === null) return undefined
  return namesAreUnique(text) ? value : undefined
}

/** The parts of valid JSON that matter here: whole strings, brackets, commas. */
const marks = /"(?:[^"\\]|\\.)*"|[{}[\],]/g

/**
 * Walks text that `JSON.parse` has accepted. A string is a name when it follows
 * `{`, or a `,` directly inside an object; it is compared as what it means, so
 * that `"\u0061"` is the same name as `"a"`.
 */
function namesAreUnique(text: string): boolean {
  const open: (Set<unknown> | 'array')[] = []
  let nameNext = false
  for (const [mark] of text.matchAll(marks)) {
    const around = open.at(-1)
    if (mark === '{' || mark === '[') {
      open.push(mark === '{' ? new Set() : 'array')
      if (open.length > maxDepth) return false
      nameNext = mark === '{'
    } else if (mark === '}' || mark === ']') {
      open.pop()
      nameNext = false
    } else if (mark === ',') {
      nameNext = around !== 'array'
    } else {
      if (nameNext && around instanceof Set) {
        const name: unknown = JSON.parse(mark)
        if (around.has(name)) return false
        around.add(name)
      }
      nameNext = false
    }
  }
  return true
}
