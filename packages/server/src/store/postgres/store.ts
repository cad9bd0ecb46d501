/**
 * The store on PostgreSQL: each write a SERIALIZABLE transaction of its own,
 * each read a snapshot, the tenant set in both.
 *
 * @module
 */

import { setTimeout as sleep } from 'node:timers/promises'
import type { ClientBase } from 'pg'
import {
  randomBytes,
  systemOperation,
  Unavailable,
  type AuditEvent,
  type Clock,
  type Operation,
  type TenantId,
  type WriterId,
} from '#kernel'
import type { Peers, Reader, Recorder, Store } from '../contract.ts'
import type { Expected } from '../expected.ts'
import { Hold, OpenTransaction } from '../hold.ts'
import { touchInstance } from '../instance.ts'
import type { ModuleMigrations } from '../migration.ts'
import { StoreMistake } from '../mistakes.ts'
import { patiently } from '../patience.ts'
import { perform, type Performed, type Work } from '../perform.ts'
import { Probe } from '../probe.ts'
import { CompiledStatements } from '../wire.ts'
import { explainStart, readAddress, type Address } from './address.ts'
import type { PostgresConnection } from './connection.ts'
import { postgresDialect } from './dialect.ts'
import { Gate } from './gate.ts'
import { claimLane } from './lanes.ts'
import { Line, othersSql } from './line.ts'
import { migratePostgres, requireOrdinaryRole } from './migrate.ts'
import { Connections } from './pool.ts'
import { requireLastingPrimary, requirePrimary } from './primary.ts'
import { mostReading, mostWriting } from './sizes.ts'
import { lookSql, Watch, type Look } from './watch.ts'

/** Tries among the others of this server; after these a write goes alone. */
const mostTogether = 3

/** A write that goes alone can collide with other servers only; ten of those in a row are an outage. */
const mostAttempts = 13

/** Each wait is up to twice as long as the one before, and so outlasts a burst of others. */
const mostBackoffMs = 64

/** A statement may wait for a lock, and the server ends a silent transaction by itself after this time. */
const closurePatienceMs = 10_000

export interface PostgresPlace {
  readonly url: string
  /** For a role of its own that owns the tables; that of `url` is then given rows alone. */
  readonly migrateUrl?: string | undefined
  /** PEM of the authorities that the database's certificate may be from; the system's when absent. */
  readonly caFile?: string | undefined
  readonly expects?: Expected | undefined
}

/** Opens the database at the URL and brings its schema up to this program's. */
export async function openPostgres(
  { url, migrateUrl, caFile, expects }: PostgresPlace,
  modules: readonly ModuleMigrations[],
  recorder: Recorder,
  clock: Clock,
): Promise<Store> {
  const address = readAddress(url, caFile)
  try {
    const defaultTenant =
      migrateUrl === undefined
        ? await migratePostgres(address, modules, clock.wallMs(), { expects })
        : await migrateAs(readAddress(migrateUrl, caFile), address, modules, clock, expects)
    const store = new PostgresStore(address, defaultTenant, recorder, clock)
    try {
      await store.start()
    } catch (error) {
      await store.close()
      throw error
    }
    return store
  } catch (error) {
    throw explainStart(error, address)
  }
}

/** Mistakes about the other role are told with its address. */
async function migrateAs(
  owner: Address,
  runs: Address,
  modules: readonly ModuleMigrations[],
  clock: Clock,
  expects?: Expected,
): Promise<TenantId> {
  if (runs.user === undefined || runs.user === owner.user) {
    throw new StoreMistake('store.bad_url', 'With database.migrateUrl, database.url must name a user of its own, who runs the server.')
  }
  try {
    return await migratePostgres(owner, modules, clock.wallMs(), { runsAs: runs.user, expects })
  } catch (error) {
    throw explainStart(error, owner)
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
  readonly #watch: Watch
  readonly #line: Line
  #closed: Promise<void> | undefined

  constructor(address: Address, defaultTenant: TenantId, recorder: Recorder, clock: Clock) {
    this.defaultTenant = defaultTenant
    this.#recorder = recorder
    const onLost = (): void => this.#probe.note(false)
    this.#writing = new Connections(address, mostWriting, readyToWrite, onLost)
    this.#reading = new Connections(address, mostReading, readyToRead, onLost)
    this.#watch = new Watch(() => this.#look(), clock, onLost)
    this.#line = new Line(address, () => this.#listOthers())
    this.#probe = new Probe(() =>
      this.write(
        systemOperation('probe the store', defaultTenant, () => {}, clock),
        (tx) => touchInstance(tx, clock),
      ),
    )
  }

  /** Rejects with `StoreMistake` `store.clock_differs`: a start with such a clock is a mistake, later it is an outage. */
  async start(): Promise<void> {
    await this.#watch.start()
    if (this.#watch.isClockOff()) throw clockDiffers(this.#watch.differsMs)
  }

  get peers(): Peers {
    return this.#line
  }

  async write<Result>(op: Operation, work: Work<Result>): Promise<Result> {
    this.#requireClock()
    const performed = await this.#writing.use((connection, writer) => this.#retrying(op, work, connection, writer))
    this.#probe.note(true)
    if (performed.is === 'refusal') throw performed.refusal
    return performed.result
  }

  record(op: Operation, event: AuditEvent): Promise<void> {
    return this.write(op, (tx) => Promise.resolve(tx.record(event)))
  }

  async read<Result>(op: Operation, work: (db: Reader) => Promise<Result>): Promise<Result> {
    this.#requireClock()
    return this.#reading.use((connection) => this.#snapshot(op, work, connection))
  }

  isHealthy(): boolean {
    return this.#closed === undefined && this.#probe.isHealthy() && !this.#watch.isClockOff()
  }

  isClockOff(): boolean {
    return this.#watch.isClockOff()
  }

  close(): Promise<void> {
    this.#probe.stop()
    this.#watch.stop()
    this.#closed ??= Promise.all([this.#writing.close(), this.#reading.close(), this.#line.close()]).then(() => {})
    return this.#closed
  }

  /** Every row that is written or judged now would be by a time that nobody else shares. */
  #requireClock(): void {
    if (this.#watch.isClockOff()) throw new Unavailable('store', clockDiffers(this.#watch.differsMs))
  }

  async #look(): Promise<Look> {
    const { rows } = await this.#reading.use((connection) => connection.execute<Look>(lookSql, []))
    if (rows[0] === undefined) throw new Error('the database did not say what time it is')
    return rows[0]
  }

  async #listOthers(): Promise<readonly number[]> {
    const { rows } = await this.#reading.use((connection) => connection.execute<{ pid: number }>(othersSql, []))
    return rows.map(({ pid }) => pid)
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
      await connection.begin('SERIALIZABLE', op.tenant)
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

async function readyToRead(client: ClientBase): Promise<void> {
  await requirePrimary(client)
  await requireOrdinaryRole(client)
}

/**
 * What SERIALIZABLE notes about a sequential scan is the whole table, and then
 * everybody collides with everybody; small tables would be scanned like that.
 */
async function readyToWrite(client: ClientBase): Promise<WriterId> {
  await requireLastingPrimary(client)
  await requireOrdinaryRole(client)
  await client.query('SET enable_seqscan = off')
  return claimLane(client)
}

function clockDiffers(ms: number): StoreMistake {
  const seconds = Math.round(Math.abs(ms) / 1000)
  return new StoreMistake(
    'store.clock_differs',
    `The clock of this machine is ${seconds} seconds ${ms > 0 ? 'behind' : 'ahead of'} the database's; set both by the same time source.`,
  )
}

/** Random up to its bound, so that those who met once do not meet again. */
function backoffMs(attempt: number): number {
  const [chance = 0] = randomBytes(1)
  return (Math.min(2 ** attempt, mostBackoffMs) * chance) / 255
}
