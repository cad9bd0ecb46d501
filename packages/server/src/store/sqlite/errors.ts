/**
 * SQLite's error codes in the house's words, https://sqlite.org/rescode.html
 *
 * @module
 */

import { Unavailable } from '#kernel'
import { UniqueConflict } from '../conflict.ts'

const uniqueCodes = new Set([1555, 2067, 2579]) // SQLITE_CONSTRAINT_PRIMARYKEY, _UNIQUE, _ROWID

/** BUSY, NOMEM, READONLY, IOERR, CORRUPT, FULL, CANTOPEN, NOTADB: the file cannot be used or trusted right now. */
const outageCodes = new Set([5, 7, 8, 10, 11, 13, 14, 26])

/** The extended result code, or undefined when the error is not SQLite's. */
export function sqliteCode(error: unknown): number | undefined {
  return error instanceof Error && 'errcode' in error && typeof error.errcode === 'number' ? error.errcode : undefined
}

/** `UniqueConflict`; `Unavailable`, after which SQLite may have rolled the whole transaction back by itself; or the error as it was. */
export function explainSqlite(error: unknown): unknown {
  const code = sqliteCode(error)
  if (code === undefined) return error
  if (uniqueCodes.has(code)) return new UniqueConflict(conflictingTable(error), error)
  return outageCodes.has(code & 0xff) ? new Unavailable('store', error) : error
}

/** SQLite says it in words: `UNIQUE constraint failed: session.tenant, session.hash`. */
function conflictingTable(error: unknown): string {
  return (error instanceof Error ? /failed: (\w+)/.exec(error.message)?.[1] : undefined) ?? 'a table'
}
