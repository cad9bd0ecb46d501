/**
 * Brings a SQLite file to the schema of this program, in one transaction: after
 * a crash or a mistake it is as it was.
 *
 * @module
 */

import { dirname } from 'node:path'
import { newId, Unavailable, type TenantId, type WriterId } from '#kernel'
import { begunSql, checkExpected, type Expected } from '../expected.ts'
import { settleInstance } from '../instance.ts'
import type { ModuleMigrations } from '../migration.ts'
import { StoreMistake } from '../mistakes.ts'
import { sqlOf } from '../schema/ddl.ts'
import { pendingSteps, type AppliedStep } from '../schema/plan.ts'
import { createStepTable, type StoreTables } from '../table.ts'
import { kyselyOver } from '../wire.ts'
import { SqliteConnection } from './connection.ts'
import { sqliteCode } from './errors.ts'
import { keepFormer } from './former.ts'

/** `CST1` in the header of the file (https://sqlite.org/pragma.html#pragma_application_id): the version of the data directory. */
export const applicationId = 0x43535431

export interface OpenWishes {
  readonly expects?: Expected | undefined
  /** `keep`: before its tables change, the database is copied beside itself. `forget`: it is a copy already. */
  readonly former?: 'keep' | 'forget' | undefined
}

export interface Settled {
  readonly defaultTenant: TenantId
  readonly writer: WriterId
}

/** Opens the writing connection and readies the database. Throws `StoreMistake`: `store.not_ours`, `store.schema_newer`, `store.schema_differs`, `store.not_copied`, and those of {@link checkExpected}. */
export async function openWriting(
  path: string,
  modules: readonly ModuleMigrations[],
  nowMs: number,
  { expects, former = 'keep' }: OpenWishes = {},
): Promise<{ connection: SqliteConnection } & Settled> {
  const connection = new SqliteConnection(path, 'write')
  try {
    requireOurs(connection, path)
    checkExpected(expects, isBegun(connection), dirname(path))
    connection.command(
      'PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA temp_store = MEMORY; PRAGMA trusted_schema = OFF; PRAGMA journal_size_limit = 67108864',
    )
    if (former === 'keep' && isChanged(connection, modules)) keepFormer(connection, path)
    connection.begin('BEGIN IMMEDIATE')
    const settled = await migrate(connection, modules, nowMs)
    connection.frame('COMMIT')
    return { connection, ...settled }
  } catch (error) {
    connection.close()
    throw error
  }
}

function requireOurs(connection: SqliteConnection, path: string): void {
  try {
    const [pragma] = connection.rows<{ application_id: number }>('PRAGMA application_id')
    const [tables] = connection.rows<{ count: number }>('SELECT count(*) AS count FROM sqlite_schema')
    if (pragma?.application_id === applicationId || tables?.count === 0) return
  } catch (error) {
    if (!(error instanceof Unavailable) || sqliteCode(error.cause) !== notADatabase) throw error
  }
  throw new StoreMistake('store.not_ours', `The file ${path} is not a Countersign database.`)
}

function isBegun(connection: SqliteConnection): boolean {
  if (connection.rows("SELECT name FROM sqlite_schema WHERE name = 'instance'").length === 0) return false
  return connection.rows<{ count: number }>(begunSql)[0]?.count === 1
}

/** Whether a database with something in it is about to get other tables. Throws as {@link pendingSteps}. */
function isChanged(connection: SqliteConnection, modules: readonly ModuleMigrations[]): boolean {
  return isBegun(connection) && pendingSteps(modules, appliedHere(connection)).length > 0
}

function appliedHere(connection: SqliteConnection): readonly AppliedStep[] {
  return connection.rows<AppliedStep>('SELECT module, number, digest FROM schema_step')
}

const notADatabase = 26

async function migrate(connection: SqliteConnection, modules: readonly ModuleMigrations[], nowMs: number): Promise<Settled> {
  connection.command(createStepTable)
  for (const { module, step, digest } of pendingSteps(modules, appliedHere(connection))) {
    for (const change of step.changes) for (const sql of sqlOf(change, 'sqlite')) connection.command(sql)
    connection.rows('INSERT INTO schema_step (module, number, digest, at_ms) VALUES (?, ?, ?, ?)', [module, step.number, digest, nowMs])
  }
  connection.command(`PRAGMA application_id = ${applicationId}`)
  const tables = kyselyOver<StoreTables>(connection.dialect, {
    executeQuery: ({ sql, parameters }) => connection.execute(sql, parameters),
    streamQuery: () => {
      throw new Error('nothing is streamed here')
    },
  })
  const defaultTenant = await settleInstance(tables, nowMs)
  await tables
    .insertInto('writer')
    .values({ lane: 1, id: newId('wri') })
    .onConflict((conflict) => conflict.column('lane').doNothing())
    .execute()
  const { id: writer } = await tables.selectFrom('writer').select('id').where('lane', '=', 1).executeTakeFirstOrThrow()
  return { defaultTenant, writer }
}
