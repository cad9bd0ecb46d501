/**
 * SQLite's error codes in the house's words, https://sqlite.org/rescode.html
 *
 * @module
 */

import { dirname } from 'node:path'
import { Unavailable } from '#kernel'
import { UniqueConflict } from '../conflict.ts'
import { StoreMistake } from '../mistakes.ts'

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

const busy = 5
const corrupt = 11

/** What keeps a database from being opened, for whoever starts the server. What is a mistake already, or a defect, stays as it was. */
export function explainOpening(error: unknown, path: string): unknown {
  const code = error instanceof Unavailable ? sqliteCode(error.cause) : undefined
  if (code === undefined) return error
  switch (code & 0xff) {
    case busy:
      return new StoreMistake('store.file_in_use', `Another program is writing to ${path}.`, error)
    case corrupt:
      return new StoreMistake('store.damaged', `The database ${path} is damaged: bring it back from a backup.`, error)
    default:
      return new StoreMistake('store.directory_not_writable', `The data directory ${dirname(path)} cannot be written to.`, error)
  }
}
