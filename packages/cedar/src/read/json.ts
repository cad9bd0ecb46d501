/**
 * JSON text with whole numbers of any length exact: `JSON.parse` reads
 * 9223372036854775807 as another number. Strict (RFC 8259), no name twice in one
 * object, bounded depth.
 *
 * @module
 */

import { InputError } from '../errors.ts'
import { endOfQuoted } from '../text/quoted.ts'

/** Deeper than values and policies nest. */
const deepest = 512

/** Reads a JSON text; a whole number that a double does not hold is a `bigint`. Throws {@link InputError} `input.syntax`, `input.duplicate`, `input.depth`, `input.number`. */
export function parseJson(text: string): unknown {
  const reader = new JsonReader(text)
  const value = reader.value(0)
  reader.end()
  return value
}

/** More digits than any number that is printed in full has. Reading them takes time that grows faster than they do. */
const longestNumber = 1_000

const blank = /[ \t\n\r]*/y
const literal = /true|false|null/y
const numeral = /-?(?:0|[1-9][0-9]*)(\.[0-9]+)?([eE][+-]?[0-9]+)?/y

function isNoControl(code: number): boolean {
  return code >= 0x20
}

class JsonReader {
  readonly #text: string
  #at = 0

  constructor(text: string) {
    this.#text = text
  }

  value(depth: number): unknown {
    if (depth > deepest) throw new InputError('input.depth', '', `nested deeper than ${deepest} levels`)
    this.#match(blank)
    const first = this.#text[this.#at]
    if (first === '{') return this.#object(depth)
    if (first === '[') return this.#list(depth)
    if (first === '"') return this.#string()
    const word = this.#match(literal)
    if (word !== undefined) return JSON.parse(word)
    const number = this.#match(numeral) ?? this.#fail('a value is expected')
    if (number.length > longestNumber) throw new InputError('input.number', String(this.#at), 'the number is too long')
    const near = Number(number)
    return Number.isSafeInteger(near) || !/^-?[0-9]+$/.test(number) ? near : BigInt(number)
  }

  end(): void {
    this.#match(blank)
    if (this.#at < this.#text.length) this.#fail('the text goes on')
  }

  #object(depth: number): Readonly<Record<string, unknown>> {
    const members = new Map<string, unknown>()
    this.#items('{', '}', () => {
      this.#match(blank)
      const name = this.#text[this.#at] === '"' ? this.#string() : this.#fail('a name is expected')
      if (members.has(name)) throw new InputError('input.duplicate', '', `${JSON.stringify(name)} stands in an object twice`)
      this.#expect(':')
      members.set(name, this.value(depth + 1))
    })
    return Object.fromEntries(members)
  }

  #list(depth: number): readonly unknown[] {
    const values: unknown[] = []
    this.#items('[', ']', () => values.push(this.value(depth + 1)))
    return values
  }

  /** `JSON.parse` reads the escapes, and refuses those that there are not. */
  #string(): string {
    const start = this.#at
    const end = endOfQuoted(this.#text, start, isNoControl)
    if (end === -1) this.#fail('a string without end')
    this.#at = end + 1
    try {
      return JSON.parse(this.#text.slice(start, end + 1)) as string
    } catch (error) {
      if (error instanceof SyntaxError) return this.#fail('an escape that JSON does not have')
      throw error
    }
  }

  #items(open: string, close: string, item: () => void): void {
    this.#expect(open)
    if (this.#isAt(close)) return
    for (;;) {
      item()
      if (this.#isAt(close)) return
      this.#expect(',')
    }
  }

  #isAt(letter: string): boolean {
    this.#match(blank)
    if (this.#text[this.#at] !== letter) return false
    this.#at += 1
    return true
  }

  #expect(letter: string): void {
    if (!this.#isAt(letter)) this.#fail(`${letter} is expected`)
  }

  #match(shape: RegExp): string | undefined {
    shape.lastIndex = this.#at
    const found = shape.exec(this.#text)
    if (found === null) return undefined
    this.#at = shape.lastIndex
    return found[0]
  }

  #fail(says: string): never {
    throw new InputError('input.syntax', String(this.#at), says)
  }
}
