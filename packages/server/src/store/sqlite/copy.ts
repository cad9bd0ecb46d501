/**
 * A copy of a SQLite database without the tables that backups leave out. It is
 * one snapshot, taken by a reader: the server may run and write meanwhile.
 *
 * Rows are copied into a new file rather than deleted from a copy: what was
 * left out was never in any page of it.
 *
 * @module
 */

import { closeSync, openSync } from 'node:fs'
import { DatabaseSync } from 'node:sqlite'
import { pathToFileURL } from 'node:url'
import { explainSqlite } from './errors.ts'
import { syncFile } from './directory.ts'

interface SchemaRow {
  readonly type: string
  readonly name: string
  readonly sql: string
}

/** Copies `from` to the new file `to` (0600), on disk when it returns. `tell` hears the name of each table before its rows are copied. */
export function copySqlite(from: string, to: string, without: ReadonlySet<string>, tell: (table: string) => void): void {
  closeSync(openSync(to, 'wx', 0o600))
  const db = new DatabaseSync(to)
  try {
    // The file is nobody's until it is whole, so nothing needs to be undone in it.
    db.exec('PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF; PRAGMA trusted_schema = OFF')
    db.prepare('ATTACH DATABASE ? AS source').run(`${pathToFileURL(from).href}?mode=ro`)
    db.exec('BEGIN')
    const parts = db.prepare("SELECT type, name, sql FROM source.sqlite_schema WHERE sql IS NOT NULL AND name NOT LIKE 'sqlite%'").all()
    const schema = parts as unknown as readonly SchemaRow[]
    for (const { name, sql } of schema.filter(({ type }) => type === 'table')) {
      db.exec(sql)
      if (without.has(name)) continue
      tell(name)
      db.exec(`INSERT INTO main."${name}" SELECT * FROM source."${name}"`)
    }
    for (const { sql } of schema.filter(({ type }) => type === 'index')) db.exec(sql)
    const id = db.prepare('PRAGMA source.application_id').get()?.['application_id']
    db.exec(`PRAGMA main.application_id = ${Number(id)}`)
    db.exec('COMMIT')
  } catch (error) {
    throw explainSqlite(error)
  } finally {
    db.close()
  }
  syncFile(to)
}
