/**
 * The store on SQLite: one writer, a few readers, one directory.
 *
 * @module
 */

import { systemOperation, type AuditEvent, type Clock, type Operation, type Refusal, type TenantId } from '#kernel'
import type { Reader, Recorder, Store, Transaction } from '../contract.ts'
import { checkExpected } from '../expected.ts'
import type { ModuleMigrations } from '../migration.ts'
import { touchInstance } from '../instance.ts'
import { nobodyElse } from '../peers.ts'
import { Probe } from '../probe.ts'
import { CompiledStatements } from '../wire.ts'
import { claimDirectory, holdsDatabase } from './directory.ts'
import { sqliteDialect } from './dialect.ts'
import { explainOpening } from './errors.ts'
import { openWriting, type OpenWishes } from './migrate.ts'
import { SqliteReaders } from './readers.ts'
import { SqliteWriter } from './writer.ts'

export interface SqlitePlace extends OpenWishes {
  readonly directory: string
  /** Told how many writes shared one COMMIT, after each. */
  readonly onCommit?: ((writes: number) => void) | undefined
}

/** Opens a data directory, makes it where it is missing, and owns it until `close`. */
export async function openSqlite(
  { directory, onCommit, ...wishes }: SqlitePlace,
  modules: readonly ModuleMigrations[],
  recorder: Recorder,
  clock: Clock,
): Promise<Store> {
  if (!holdsDatabase(directory)) checkExpected(wishes.expects, false, directory)
  const claimed = claimDirectory(directory)
  try {
    const { connection, writer, defaultTenant } = await openWriting(claimed.databasePath, modules, clock.wallMs(), wishes)
    const statements = new CompiledStatements(sqliteDialect)
    const probe = new Probe(() =>
      writing.write(
        systemOperation('probe the store', defaultTenant, () => {}, clock),
        (tx) => touchInstance(tx, clock),
      ),
    )
    const writing = new SqliteWriter(connection, statements, writer, recorder, (healthy) => probe.note(healthy), onCommit)
    return new SqliteStore(defaultTenant, writing, new SqliteReaders(claimed.databasePath, statements), probe, () => claimed.release())
  } catch (error) {
    claimed.release()
    throw explainOpening(error, claimed.databasePath)
  }
}

class SqliteStore implements Store {
  readonly engine = 'sqlite'
  readonly peers = nobodyElse
  readonly defaultTenant: TenantId
  readonly #writer: SqliteWriter
  readonly #readers: SqliteReaders
  readonly #probe: Probe
  readonly #release: () => void
  #closed: Promise<void> | undefined

  constructor(defaultTenant: TenantId, writer: SqliteWriter, readers: SqliteReaders, probe: Probe, release: () => void) {
    this.defaultTenant = defaultTenant
    this.#writer = writer
    this.#readers = readers
    this.#probe = probe
    this.#release = release
  }

  write<Result>(op: Operation, work: (tx: Transaction) => Promise<Result | Refusal>): Promise<Result> {
    return this.#writer.write(op, work)
  }

  record(op: Operation, event: AuditEvent): Promise<void> {
    return this.#writer.record(op, event)
  }

  read<Result>(_op: Operation, work: (db: Reader) => Promise<Result>): Promise<Result> {
    return this.#readers.read(work)
  }

  isHealthy(): boolean {
    return this.#closed === undefined && this.#probe.isHealthy()
  }

  isClockOff(): boolean {
    return false
  }

  close(): Promise<void> {
    this.#closed ??= this.#close()
    return this.#closed
  }

  async #close(): Promise<void> {
    this.#probe.stop()
    await Promise.all([this.#writer.drain(), this.#readers.close()])
    this.#writer.close()
    this.#release()
  }
}
