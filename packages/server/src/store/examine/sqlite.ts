/** The embedded database, opened for reading beside the server that owns it. @module */

import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { pathToFileURL } from 'node:url'
import { applicationId } from '../sqlite/migrate.ts'
import type { AppliedStep } from '../schema/plan.ts'
import type { DatabaseFacts, SchemaState } from './facts.ts'

/** The lock of the directory is not taken: who reads disturbs nobody (WAL). */
export function examineSqlite(directory: string, judge: (applied: readonly AppliedStep[]) => SchemaState): DatabaseFacts {
  const shown = join(directory, 'countersign.db')
  if (!existsSync(shown)) return { is: 'closed', shown, code: 'store.missing', sentence: '' }
  let database: DatabaseSync | undefined
  try {
    database = new DatabaseSync(addressOf(shown), { readOnly: true, timeout: 2_000 })
    const row = database.prepare('PRAGMA application_id').get() as { readonly application_id: number }
    const tables = database.prepare("SELECT count(*) AS count FROM sqlite_schema WHERE name = 'schema_step'").get() as {
      readonly count: number
    }
    if (tables.count === 0) {
      const strange = database.prepare('SELECT count(*) AS count FROM sqlite_schema').get() as { readonly count: number }
      return strange.count === 0 ? { is: 'open', shown, schema: 'empty' } : { is: 'closed', shown, code: 'store.not_ours', sentence: '' }
    }
    if (row.application_id !== applicationId) return { is: 'closed', shown, code: 'store.not_ours', sentence: '' }
    const applied = database.prepare('SELECT module, number, digest FROM schema_step').all() as unknown as readonly AppliedStep[]
    return { is: 'open', shown, schema: judge(applied) }
  } catch (error) {
    const isStrange = error instanceof Error && 'errcode' in error && error.errcode === notADatabase
    return { is: 'closed', shown, code: isStrange ? 'store.not_ours' : 'store.unreachable', sentence: '' }
  } finally {
    database?.close()
  }
}

/**
 * Without a log of its own nobody has the database open, and it is read as the
 * file that it is: SQLite would otherwise make the log and its index, which then
 * belong to whoever looks, and which cannot be made where nothing can be written.
 */
function addressOf(path: string): URL {
  const address = pathToFileURL(path)
  if (!existsSync(`${path}-wal`)) address.searchParams.set('immutable', '1')
  return address
}

const notADatabase = 26
