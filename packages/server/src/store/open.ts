import { systemClock, type Clock } from '#kernel'
import type { Recorder, Store } from './contract.ts'
import type { Expected } from './expected.ts'
import type { ModuleMigrations } from './migration.ts'
import { openPostgres } from './postgres/store.ts'
import { checkMigrations } from './schema/check.ts'
import { openSqlite } from './sqlite/store.ts'
import { migrations as ownMigrations } from './table.ts'

/** Where the database is, and what stands in it. */
export type StoreOptions = SqliteOptions | PostgresOptions

interface EveryStoreOptions {
  /** Of every module that has tables, in the order in which they are to be made. The store's own come first by themselves. */
  readonly migrations: readonly ModuleMigrations[]
  readonly recorder: Recorder
  readonly clock?: Clock
  /** What must be there for anything to be opened or made; either will do when absent. */
  readonly expects?: Expected | undefined
  /** Told how many writes shared one COMMIT, after each. PostgreSQL gathers them itself (`commit_delay`), unseen from here. */
  readonly onCommit?: ((writes: number) => void) | undefined
}

export interface SqliteOptions extends EveryStoreOptions {
  readonly kind: 'sqlite'
  /** Made where it is missing, readable by its owner alone. One server owns it at a time. */
  readonly directory: string
  /** `keep`, as when absent: before its tables change, the database is copied beside itself. `forget`: it is a copy already. */
  readonly former?: 'keep' | 'forget' | undefined
}

export interface PostgresOptions extends EveryStoreOptions {
  readonly kind: 'postgres'
  /** `postgres://user:password@host:port/database`, with `?sslmode=verify-full` unless it is on this machine. */
  readonly url: string
  /** For a role of its own that owns the tables and makes them; that of `url` is then given rows alone, and of the record only new ones. */
  readonly migrateUrl?: string | undefined
  /** PEM of the authorities that the database's certificate may be from; the system's when absent. */
  readonly caFile?: string | undefined
}

/**
 * Opens the database, brings its schema up to this program's, and answers when
 * it can be used. Throws `StoreMistake` for what an operator can put right.
 */
export async function openStore(options: StoreOptions): Promise<Store> {
  const modules = [ownMigrations, ...options.migrations]
  checkMigrations(modules)
  const clock = options.clock ?? systemClock
  if (options.kind === 'sqlite') return openSqlite(options, modules, options.recorder, clock)
  return openPostgres(options, modules, options.recorder, clock)
}
