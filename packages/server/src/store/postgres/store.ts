/**
 * The store on PostgreSQL: each write a SERIALIZABLE transaction of its own,
 * each read a snapshot, the tenant set in both.
 *
 * @module
 */

import { setTimeout as sleep } from 'node:timers/promises'
import { randomBytes, systemOperation, type Clock, type Operation, type TenantId, type WriterId } from '#kernel'
import type { Reader, Recorder, Store } from '../contract.ts'
import { Hold, OpenTransaction } from '../hold.ts'
import { touchInstance } from '../instance.ts'
import type { ModuleMigrations } from '../migration.ts'
import { patiently } from '../patience.ts'
import { perform, type Performed, type Work } from '../perform.ts'
import { Probe } from '../probe.ts'
import { CompiledStatements } from '../wire.ts'
import { explainStart, readAddress, type Address } from './address.ts'
import type { PostgresConnection } from './connection.ts'
import { postgresDialect } from './dialect.ts'
import { claimLane } from './lanes.ts'
import { migratePostgres } from './migrate.ts'
import { Connections } from './pool.ts'

/** More writers at once than this only meet each other. A lane of the record belongs to each. */
const mostWriting = 10

/** Together with the writers, five servers fit in PostgreSQL's default of 100 connections. */
const mostReading = 8

/** Each try waits for up to twice as long as the one before: ten are about a second, in which hundreds of others have committed. */
const mostAttempts = 10
const mostBackoffMs = 128

/** A statement may wait for a lock, and the server ends a silent transaction by itself after this time. */
const closurePatienceMs = 10_000

/** Opens the database at the URL and brings its schema up to this program's. */
export async function openPostgres(url: string, modules: readonly ModuleMigrations[], recorder: Recorder, clock: Clock): Promise<Store> {
  const address = readAddress(url)
  try {
    const defaultTenant = await migratePostgres(address, modules, clock.wallMs())
    return new PostgresStore(address, defaultTenant, recorder, clock)
  } catch (error) {
    throw explainStart(error, address)
  }
}

class PostgresStore implements Store {
  readonly engine = 'postgres'
  readonly defaultTenant: TenantId
  readonly #recorder: Recorder
  readonly #statements = new CompiledStatements(postgresDialect)
  readonly #writing: Connections<WriterId>
  readonly #reading: Connections<void>
  readonly #probe: Probe
  #closed: Promise<void> | undefined

  constructor(address: Address, defaultTenant: TenantId, recorder: Recorder, clock: Clock) {
    this.defaultTenant = defaultTenant
    this.#recorder = recorder
    const onLost = (): void => this.#probe.note(false)
    this.#writing = new Connections(address, mostWriting, claimLane, onLost)
    this.#reading = new Connections(address, mostReading, () => Promise.resolve(), onLost)
    this.#probe = new Probe(() =>
      this.write(
        systemOperation('probe the store', defaultTenant, () => {}, clock),
        (tx) => touchInstance(tx, clock),
      ),
    )
  }

  async write<Result>(op: Operation, work: Work<Result>): Promise<Result> {
    const performed = await this.#writing.use((connection, writer) => this.#retrying(op, work, connection, writer))
    this.#probe.note(true)
    if (performed.is === 'refusal') throw performed.refusal
    return performed.result
  }

  read<Result>(op: Operation, work: (db: Reader) => Promise<Result>): Promise<Result> {
    return this.#reading.use((connection) => this.#snapshot(op, work, connection))
  }

  isHealthy(): boolean {
    return this.#closed === undefined && this.#probe.isHealthy()
  }

  close(): Promise<void> {
    this.#probe.stop()
    this.#closed ??= Promise.all([this.#writing.close(), this.#reading.close()]).then(() => {})
    return this.#closed
  }

  async #retrying<Result>(op: Operation, work: Work<Result>, connection: PostgresConnection, writer: WriterId): Promise<Performed<Result>> {
    for (let attempt = 1; ; attempt += 1) {
      try {
        return await this.#attempt(op, work, connection, writer)
      } catch (error) {
        if (!connection.collided || connection.lost || attempt === mostAttempts) throw error
        await sleep(backoffMs(attempt))
      }
    }
  }

  async #attempt<Result>(op: Operation, work: Work<Result>, connection: PostgresConnection, writer: WriterId): Promise<Performed<Result>> {
    const tx = new OpenTransaction(connection, this.#statements, writer)
    try {
      await connection.begin('SERIALIZABLE READ WRITE', op.tenant)
      const performed = await perform(op, tx, work, this.#recorder, closurePatienceMs)
      await connection.commit()
      return performed
    } catch (error) {
      await connection.rollback()
      throw error
    }
  }

  async #snapshot<Result>(op: Operation, work: (db: Reader) => Promise<Result>, connection: PostgresConnection): Promise<Result> {
    const hold = new Hold(connection, this.#statements)
    try {
      await connection.begin('REPEATABLE READ READ ONLY', op.tenant)
      return await patiently(closurePatienceMs, 'a read', work(hold))
    } finally {
      hold.end()
      await connection.rollback()
    }
  }
}

/** Random up to its bound, so that those who met once do not meet again. */
function backoffMs(attempt: number): number {
  const [chance = 0] = randomBytes(1)
  return (Math.min(2 ** attempt, mostBackoffMs) * chance) / 255
}
