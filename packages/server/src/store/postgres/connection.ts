/**
 * One connection to PostgreSQL for the length of one transaction.
 *
 * @module
 */

import type { Dialect, QueryResult } from 'kysely'
import type { ClientBase } from 'pg'
import { Unavailable, type TenantId } from '#kernel'
import { tenantSetting } from '../schema/ddl.ts'
import type { CompiledStatement, Wire } from '../wire.ts'
import { postgresDialect } from './dialect.ts'
import { explainPostgres, isCollision, isOutage, readOnly, sqlState } from './errors.ts'

/**
 * Writes are SERIALIZABLE, so that a closure means what it means on SQLite,
 * where writes run one after the other: whatever it read is still true when it
 * commits. A weaker level is faster under contention and leaves every future
 * "read here, write there" to be noticed by a reviewer.
 */
export type Mode = 'SERIALIZABLE' | 'REPEATABLE READ READ ONLY'

/** Commands whose count of rows is a count of changes. */
const changing = new Set(['INSERT', 'UPDATE', 'DELETE', 'MERGE'])

export class PostgresConnection implements Wire {
  readonly engine = 'postgres'
  readonly dialect: Dialect = postgresDialect
  readonly #client: ClientBase
  #mode: Mode | undefined
  #collided = false
  #lost = false

  constructor(client: ClientBase) {
    this.#client = client
  }

  /** Another transaction was in the way: nothing was done, and the closure may be run again. */
  get collided(): boolean {
    return this.#collided
  }

  /** Whether the connection must not be used again: it broke, or it did not end its transaction. */
  get lost(): boolean {
    return this.#lost
  }

  /**
   * One round trip. The tenant is set for this transaction alone; row-level
   * security compares with it. A server that will not even begin is of no use: a
   * standby refuses SERIALIZABLE. That a write may write is not said, so that a
   * database which somebody made read-only refuses it.
   */
  async begin(mode: Mode, tenant: TenantId): Promise<void> {
    this.#collided = false
    this.#mode = mode
    const setting = `SET LOCAL ${tenantSetting} = ${this.#client.escapeLiteral(tenant)}`
    try {
      await this.#client.query(`BEGIN ISOLATION LEVEL ${mode}; ${setting}`)
    } catch (error) {
      this.#lost = true
      throw new Unavailable('store', error)
    }
  }

  /**
   * PostgreSQL answers a COMMIT with ROLLBACK, and without an error, when a
   * statement had failed. It answers with a mere warning when the wait for the
   * synchronous standby was cancelled: what it then calls committed is on one
   * disk only, and gone should the standby be promoted.
   */
  async commit(): Promise<void> {
    let warning: string | undefined
    const hear = ({ code, message }: { readonly code?: string | undefined; readonly message?: string | undefined }): void => {
      if (code?.startsWith('01') === true) warning = message
    }
    this.#client.on('notice', hear)
    try {
      const { command } = await this.#guarded(() => this.#client.query('COMMIT'))
      if (command !== 'COMMIT') throw new Error('the transaction could not be committed: one of its statements had failed')
    } finally {
      this.#client.off('notice', hear)
    }
    if (warning === undefined) return
    this.#lost = true
    throw new Unavailable('store', new Error(warning))
  }

  async rollback(): Promise<void> {
    if (this.#lost) return
    try {
      await this.#client.query('ROLLBACK')
    } catch {
      this.#lost = true
    }
  }

  async execute<Row>(sql: string, values: readonly unknown[]): Promise<QueryResult<Row>> {
    requireValues(values)
    const { rows, rowCount, command } = await this.#guarded(() => this.#client.query({ text: sql, values: [...values] }))
    return changing.has(command) ? { rows: rows as Row[], numAffectedRows: BigInt(rowCount ?? 0) } : { rows: rows as Row[] }
  }

  async executePrepared<Row>({ name, sql }: CompiledStatement, values: readonly unknown[]): Promise<readonly Row[]> {
    requireValues(values)
    const { rows } = await this.#guarded(() => this.#client.query({ name, text: sql, values: [...values] }))
    return rows as Row[]
  }

  async #guarded<Result>(work: () => Promise<Result>): Promise<Result> {
    try {
      return await work()
    } catch (error) {
      if (isCollision(error)) this.#collided = true
      const demoted = this.#mode === 'SERIALIZABLE' && sqlState(error) === readOnly
      if (demoted || isOutage(error)) this.#lost = true
      throw demoted ? new Unavailable('store', error) : explainPostgres(error)
    }
  }
}

/** `pg` would write NULL for a value that is not there; the other engine refuses it. */
function requireValues(values: readonly unknown[]): void {
  if (values.includes(undefined)) throw new TypeError('a value of the statement is undefined')
}
