/**
 * What the terminal shows: tables that align, or JSON for scripts. Nothing is
 * coloured, so there is nothing to switch off.
 *
 * @module
 */

import { createProgress } from './progress.ts'

/** Writes results to one stream and everything else to the other. */
export interface Printer {
  readonly json: boolean
  /** A result: the value itself as JSON, or the lines that `words` makes of it. */
  result(value: unknown, words: () => readonly string[]): void
  /** One of many results, always as a line of JSON. */
  line(value: unknown): void
  /** A remark for people, on standard error. */
  note(line: string): void
  /** Does something that may take a while, and shows on a terminal that it does. */
  working<Result>(says: string, work: () => Promise<Result>): Promise<Result>
}

/** Where lines for people go. */
export interface Writable {
  write(text: string): unknown
  readonly isTTY?: boolean | undefined
}

export function createPrinter(json: boolean, out: Writable, err: Writable): Printer {
  const progress = createProgress(err)
  return {
    json,
    result: (value, words) => {
      progress.clear()
      if (json) out.write(`${JSON.stringify(value)}\n`)
      else for (const line of words()) out.write(`${printable(line)}\n`)
    },
    line: (value) => {
      progress.clear()
      out.write(`${JSON.stringify(value)}\n`)
    },
    // A list of mistakes has a line for each.
    note: (text) => {
      progress.clear()
      err.write(`${text.split('\n').map(printable).join('\n')}\n`)
    },
    working: async (says, work) => progress.during(says, work),
  }
}

/** Rows under headings, columns as wide as their widest cell. */
export function table(headings: readonly string[], rows: readonly (readonly string[])[]): readonly string[] {
  const all = [headings, ...rows]
  const widths = headings.map((_, column) => Math.max(...all.map((row) => Array.from(row[column] ?? '').length)))
  return all.map((row) =>
    row
      .map((cell, column) => cell + ' '.repeat((widths[column] ?? 0) - Array.from(cell).length))
      .join('  ')
      .trimEnd(),
  )
}

/** Names and values, one a line. */
export function facts(pairs: readonly (readonly [string, string])[]): readonly string[] {
  const width = Math.max(...pairs.map(([name]) => name.length))
  return pairs.map(([name, value]) => `${name.padEnd(width)}  ${value}`.trimEnd())
}

/** A member of the API as people read it: `createdAtMs` is `created at`. */
export function label(name: string): string {
  return name
    .replace(/Ms$/, '')
    .replace(/(?<=[a-z])[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`)
    .replace(/\b(uris?|jwks|id)\b/g, (word) => ({ uri: 'URI', uris: 'URIs', jwks: 'JWKS' })[word] ?? word)
}

/** A moment as people read it. */
export function moment(ms: unknown): string {
  return typeof ms === 'number' ? `${new Date(ms).toISOString().replace('T', ' ').slice(0, 19)}Z` : ''
}

/**
 * What others wrote must not steer the terminal: no control characters, and none
 * that turn text around, so that a line is one line and reads as it is.
 */
function printable(line: string): string {
  return line.replace(/[\p{Cc}\u2028\u2029\u202a-\u202e\u2066-\u2069]/gu, '\ufffd')
}
