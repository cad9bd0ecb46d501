/** Going through the tokens of a text. @module */

import { reservedWords } from './quote.ts'
import { BadEscape } from './unescape.ts'
import { syntaxError, tokensOf, type Token } from './tokens.ts'

export class TokenReader {
  readonly text: string
  readonly #tokens: readonly Token[]
  #at = 0

  constructor(text: string) {
    this.text = text
    this.#tokens = tokensOf(text)
  }

  get next(): Token {
    return this.#tokens[this.#at] as Token
  }

  /** The token after the next. */
  get afterNext(): Token {
    return this.#tokens[Math.min(this.#at + 1, this.#tokens.length - 1)] as Token
  }

  take(): Token {
    const token = this.next
    if (token.kind !== 'end') this.#at += 1
    return token
  }

  isAt(text: string): boolean {
    const { kind, text: found } = this.next
    return found === text && (kind === 'symbol' || kind === 'name')
  }

  /** Takes the token when it is the next. */
  takeIf(text: string): boolean {
    const isAt = this.isAt(text)
    if (isAt) this.#at += 1
    return isAt
  }

  expect(text: string): Token {
    if (!this.isAt(text)) this.fail(`${text} is expected`)
    return this.take()
  }

  /** A name that is not reserved. */
  name(): string {
    const token = this.next
    if (token.kind !== 'name') this.fail('a name is expected')
    if (reservedWords.has(token.text)) this.fail(`${token.text} is reserved`)
    return this.take().text
  }

  /** A string, its escapes read. */
  string<Read>(read: (raw: string) => Read): Read {
    const token = this.next
    if (token.kind !== 'string') return this.fail('a string is expected')
    this.#at += 1
    try {
      return read(token.text)
    } catch (error) {
      if (error instanceof BadEscape) throw syntaxError(this.text, token.start + 1 + error.at, error.message)
      throw error
    }
  }

  /** Items with commas between them, and one after the last or none, up to a closing token, which is taken. */
  list<Item>(close: string, item: () => Item): readonly Item[] {
    const items: Item[] = []
    while (!this.takeIf(close)) {
      items.push(item())
      if (!this.isAt(close)) this.expect(',')
    }
    return items
  }

  fail(says: string): never {
    throw this.error(says)
  }

  error(says: string): Error {
    return syntaxError(this.text, this.next.start, this.next.kind === 'end' ? `${says}, and the text ends` : says)
  }
}
