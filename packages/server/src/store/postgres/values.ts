/**
 * How PostgreSQL's values become ours: the same as SQLite would give.
 *
 * @module
 */

import type { CustomTypesConfig } from 'pg'

/** Object ids of `pg_type`. */
const [bool, bytea, int8, int2, int4, float8, numeric] = [16, 17, 20, 21, 23, 701, 1700]

/** For `pg`: the parser of a type. Whatever is not listed stays text. */
export const valueTypes: CustomTypesConfig = {
  getTypeParser: (type) => readers.get(type) ?? asText,
}

const readers = new Map<number, (text: string) => unknown>([
  [bool, (text) => (text === 't' ? 1 : 0)],
  [bytea, readBytes],
  [int8, readInteger],
  [int2, readInteger],
  [int4, readInteger],
  // What sum() of integers is.
  [numeric, readInteger],
  [float8, Number],
])

function asText(text: string): string {
  return text
}

/** A number that JavaScript cannot hold must not be rounded in silence. */
export function readInteger(text: string): number {
  const value = Number(text)
  if (!Number.isSafeInteger(value)) throw new RangeError('the database holds an integer beyond 2^53 - 1')
  return value
}

/** `\x` and hexadecimal digits. A copy, so that the row does not keep what the network delivered. */
export function readBytes(text: string): Uint8Array {
  return new Uint8Array(Buffer.from(text.slice(2), 'hex'))
}
