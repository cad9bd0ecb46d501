/**
 * Real stores for tests: a fresh SQLite database in a folder of its own, and a
 * fresh database on a real PostgreSQL.
 *
 * @module
 */

import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test, type TestContext } from 'node:test'
import { systemOperation, type Operation, type TenantId } from '#kernel'
import { openStore, type Engine, type ModuleMigrations, type PostgresOptions, type Recorder, type SqliteOptions, type Store } from '#store'
import { createDatabase, missingPostgres, stopPostgresAfterwards, type TestDatabase } from './postgres.ts'
import { recordingRecorder, type Recording } from './record.ts'

/** Forgets events. For tests that ask about something else; `recordingRecorder` keeps them. */
export const forgetful: Recorder = { append: () => Promise.resolve() }

/** A folder that is removed when the test, suite or file around the call has ended. */
export function temporaryDirectory(): string {
  const directory = mkdtempSync(join(tmpdir(), 'countersign-store-'))
  after(() => rmSync(directory, { recursive: true, force: true }))
  return directory
}

/** A fresh store on SQLite, closed and removed when the test, suite or file around the call has ended. */
export async function openTestStore(migrations: readonly ModuleMigrations[], recorder: Recorder = forgetful): Promise<Store> {
  const directory = mkdtempSync(join(tmpdir(), 'countersign-store-'))
  const store = await openStore({ kind: 'sqlite', directory, migrations, recorder })
  after(async () => {
    await store.close()
    rmSync(directory, { recursive: true, force: true })
  })
  return store
}

/** An operation of the system, for tests that need just any. What it records outside a write is forgotten. */
export function testOperation(tenant: TenantId): Operation {
  return systemOperation('test', tenant, () => {})
}

/** A database that nobody has opened yet. Opening it twice, one after the other, finds the same rows. */
export interface FreshDatabase {
  readonly engine: Engine
  readonly where: Pick<SqliteOptions, 'kind' | 'directory'> | Pick<PostgresOptions, 'kind' | 'url'>
  /** Only on PostgreSQL. */
  readonly superuser?: TestDatabase['superuser']
  open(migrations: readonly ModuleMigrations[], recorder?: Recorder): Promise<Store>
}

/**
 * Registers one test for each engine. `body` gets a store with the tables of
 * `migrations`, the events of its writes, and the database itself, to close the
 * store and open it again.
 */
export function eachEngine(
  name: string,
  migrations: readonly ModuleMigrations[],
  body: (store: Store, recording: Recording, database: FreshDatabase) => Promise<void>,
): void {
  const run = async (t: TestContext, database: FreshDatabase): Promise<void> => {
    const recording = recordingRecorder()
    const store = await database.open(migrations, recording.recorder)
    t.after(() => store.close())
    await body(store, recording, database)
  }
  stopOnce()
  test(`${name}, on SQLite`, (t) => run(t, freshSqlite()))
  test(`${name}, on PostgreSQL`, { skip: missingPostgres() }, async (t) => run(t, await freshPostgres()))
}

export function freshSqlite(): FreshDatabase {
  const where = { kind: 'sqlite', directory: temporaryDirectory() } as const
  return { engine: 'sqlite', where, open: (migrations, recorder = forgetful) => openStore({ ...where, migrations, recorder }) }
}

/** The file must have called `stopPostgresAfterwards` or {@link eachEngine} at its top. */
export async function freshPostgres(): Promise<FreshDatabase> {
  const { url, superuser } = await createDatabase()
  const where = { kind: 'postgres', url } as const
  return { engine: 'postgres', where, superuser, open: (migrations, recorder = forgetful) => openStore({ ...where, migrations, recorder }) }
}

let stopping = false

function stopOnce(): void {
  if (stopping) return
  stopping = true
  stopPostgresAfterwards()
}
