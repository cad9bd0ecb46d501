/**
 * The store on PostgreSQL: each write a SERIALIZABLE transaction of its own,
 * each read a snapshot, the tenant set in both.
 *
 * @module
 */

import { setTimeout as sleep } from 'node:timers/promises'
import type { ClientBase } from 'pg'
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
import { Gate } from './gate.ts'
import { claimLane } from './lanes.ts'
import { migratePostgres } from './migrate.ts'
import { Connections } from './pool.ts'

/** More writers at once than this only meet each other. A lane of the record belongs to each. */
const mostWriting = 10

/** Together with the writers, five servers fit in PostgreSQL's default of 100 connections. */
const mostReading = 8

/** Tries among the others of this server; after these a write goes alone. */
const mostTogether = 3

/** A write that goes alone can collide with other servers only; ten of those in a row are an outage. */
const mostAttempts = 13

/** Each wait is up to twice as long as the one before, and so outlasts a burst of others. */
const mostBackoffMs = 64

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
  readonly #gate = new Gate()
  readonly #probe: Probe
  #closed: Promise<void> | undefined

  constructor(address: Address, defaultTenant: TenantId, recorder: Recorder, clock: Clock) {
    this.defaultTenant = defaultTenant
    this.#recorder = recorder
    const onLost = (): void => this.#probe.note(false)
    this.#writing = new Connections(address, mostWriting, readyToWrite, onLost)
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
        const once = (): Promise<Performed<Result>> => this.#attempt(op, work, connection, writer)
        return await (attempt <= mostTogether ? this.#gate.together(once) : this.#gate.alone(once))
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

/**
 * What SERIALIZABLE notes about a sequential scan is the whole table, and then
 * everybody collides with everybody; small tables would be scanned like that.
 */
async function readyToWrite(client: ClientBase): Promise<WriterId> {
  await client.query('SET enable_seqscan = off')
  return claimLane(client)
}

/** Random up to its bound, so that those who met once do not meet again. */
function backoffMs(attempt: number): number {
  const [chance = 0] = randomBytes(1)
  return (Math.min(2 ** attempt, mostBackoffMs) * chance) / 255
}
