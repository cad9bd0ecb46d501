/**
 * Escapes of Cedar's strings, which are Rust's, and of patterns, which also have `\*`.
 *
 * @module
 */

/** An escape that there is not. `at` counts from the start of the text between the quotes. */
export class BadEscape extends Error {
  override readonly name = 'BadEscape'
  readonly at: number

  constructor(at: number) {
    super('an escape that Cedar does not have')
    this.at = at
  }
}

const plain: Readonly<Record<string, string>> = { n: '\n', r: '\r', t: '\t', '\\': '\\', '0': '\0', "'": "'", '"': '"' }

/** `\x41` up to 7F, `\u{1F600}` of one to six digits with underscores between them. */
const coded = /\\(?:x([0-7][0-9a-fA-F])|u\{([0-9a-fA-F](?:[0-9a-fA-F_]*))\})/y

/** The text that stands between the quotes of a string. */
export function unescapeString(raw: string): string {
  return piecesOf(raw, false).map(String).join('')
}

/** The elements of a pattern in Cedar's JSON form: wildcards, and each literal character. */
export function unescapePattern(raw: string): readonly ('Wildcard' | { readonly Literal: string })[] {
  return piecesOf(raw, true).map((piece) => (typeof piece === 'string' ? { Literal: piece } : 'Wildcard'))
}

const wildcard = Symbol('*')

function piecesOf(raw: string, isPattern: boolean): readonly (string | typeof wildcard)[] {
  const pieces: (string | typeof wildcard)[] = []
  for (let at = 0; at < raw.length;) {
    const letter = String.fromCodePoint(raw.codePointAt(at) ?? 0)
    if (letter === '\r') throw new BadEscape(at)
    if (letter !== '\\') {
      pieces.push(isPattern && letter === '*' ? wildcard : letter)
      at += letter.length
      continue
    }
    const { piece, length } = escapeAt(raw, at, isPattern)
    pieces.push(piece)
    at += length
  }
  return pieces
}

function escapeAt(raw: string, at: number, isPattern: boolean): { readonly piece: string; readonly length: number } {
  const next = raw[at + 1] ?? ''
  if (isPattern && next === '*') return { piece: '*', length: 2 }
  if (Object.hasOwn(plain, next)) return { piece: plain[next] ?? '', length: 2 }
  coded.lastIndex = at
  const [whole, short, long] = coded.exec(raw) ?? []
  const digits = short ?? long?.replaceAll('_', '')
  if (whole === undefined || digits === undefined || digits.length > 6) throw new BadEscape(at)
  const code = Number.parseInt(digits, 16)
  if (code > 0x10ffff || (code >= 0xd800 && code <= 0xdfff)) throw new BadEscape(at)
  return { piece: String.fromCodePoint(code), length: whole.length }
}
