/**
 * A database opened by somebody who only reads it: nothing is migrated, nothing
 * is locked, and the server may run meanwhile. For backups.
 *
 * @module
 */

import { Unavailable, type Operation, type TenantId } from '#kernel'
import { join } from 'node:path'
import type { Engine, Reader } from './contract.ts'
import { Hold } from './hold.ts'
import { findInstanceFact, type InstanceFact } from './instance.ts'
import type { ModuleMigrations } from './migration.ts'
import { StoreMistake } from './mistakes.ts'
import type { PostgresOptions, SqliteOptions } from './open.ts'
import { explainStart, readAddress } from './postgres/address.ts'
import { postgresDialect } from './postgres/dialect.ts'
import { sqlState } from './postgres/errors.ts'
import { Connections } from './postgres/pool.ts'
import { pendingSteps } from './schema/plan.ts'
import { databaseName } from './sqlite/directory.ts'
import { sqliteDialect } from './sqlite/dialect.ts'
import { SqliteReaders } from './sqlite/readers.ts'
import { migrations as ownMigrations, type StepTables, type StoreTables } from './table.ts'
import { CompiledStatements } from './wire.ts'

export type ReadingOptions =
  | (Pick<SqliteOptions, 'kind' | 'directory' | 'migrations'> & { readonly databasePath?: string })
  | Pick<PostgresOptions, 'kind' | 'url' | 'caFile' | 'migrations'>

export interface ReadingStore {
  readonly engine: Engine
  readonly defaultTenant: TenantId
  /** The steps that have run on the database: the last number of each module. */
  readonly schema: Readonly<Record<string, number>>
  /** Runs `work` against committed rows, in one snapshot. */
  read<Result>(op: Pick<Operation, 'tenant'>, work: (db: Reader) => Promise<Result>): Promise<Result>
  /** A fact about the database, or undefined when nobody has set it. */
  fact(name: InstanceFact): Promise<string | undefined>
  close(): Promise<void>
}

type Read = <Result>(tenant: string, work: (db: Reader) => Promise<Result>) => Promise<Result>

/** Opens a database to read it. Throws `StoreMistake`, `store.schema_newer` among them. */
export async function openReading(options: ReadingOptions): Promise<ReadingStore> {
  const { read, close, explain } = options.kind === 'sqlite' ? readingSqlite(options) : readingPostgres(options)
  try {
    const { schema, defaultTenant } = await read('', async (db) => facts(db, [ownMigrations, ...options.migrations]))
    return {
      engine: options.kind,
      defaultTenant,
      schema,
      read: async (op, work) => read(op.tenant, work),
      fact: async (name) => read(defaultTenant, async (db) => findInstanceFact(db, name)),
      close,
    }
  } catch (error) {
    await close()
    throw explain(error)
  }
}

/** The program must know what it copies: of a newer schema it would not know what to leave out. */
async function facts(
  db: Reader,
  modules: readonly ModuleMigrations[],
): Promise<{ readonly schema: Readonly<Record<string, number>>; readonly defaultTenant: TenantId }> {
  const tables = db.withTables<StoreTables & StepTables>()
  const applied = await tables.selectFrom('schema_step').select(['module', 'number', 'digest']).orderBy('number').execute()
  pendingSteps(modules, applied)
  const { id } = await tables.selectFrom('tenant').select('id').where('name', '=', 'default').executeTakeFirstOrThrow()
  return { schema: Object.fromEntries(applied.map(({ module, number }) => [module, number])), defaultTenant: id }
}

interface Opened {
  readonly read: Read
  readonly close: () => Promise<void>
  readonly explain: (error: unknown) => unknown
}

function readingSqlite({ directory, databasePath = join(directory, databaseName) }: ReadingOptions & { kind: 'sqlite' }): Opened {
  const readers = new SqliteReaders(databasePath, new CompiledStatements(sqliteDialect))
  return {
    read: async (_tenant, work) => readers.read(work),
    close: async () => readers.close(),
    explain: (error) =>
      error instanceof Unavailable
        ? new StoreMistake('store.not_ours', `The file ${databasePath} is not a Countersign database that can be read.`, error)
        : error,
  }
}

const undefinedTable = '42P01'

/** A pool of one: whoever reads a backup reads one thing after the other. */
function readingPostgres({ url, caFile }: ReadingOptions & { kind: 'postgres' }): Opened {
  const address = readAddress(url, caFile)
  const connections = new Connections(
    address,
    1,
    () => Promise.resolve(),
    () => {},
  )
  const statements = new CompiledStatements(postgresDialect)
  return {
    read: async (tenant, work) =>
      connections.use(async (connection) => {
        const hold = new Hold(connection, statements)
        try {
          await connection.begin('REPEATABLE READ READ ONLY', tenant as TenantId)
          return await work(hold)
        } finally {
          hold.end()
          await connection.rollback()
        }
      }),
    close: async () => connections.close(),
    explain: (error) =>
      sqlState(error) === undefinedTable
        ? new StoreMistake('store.not_ours', `There is no Countersign in the database ${address.shown}.`, error)
        : explainStart(error instanceof Unavailable ? error.cause : error, address),
  }
}
