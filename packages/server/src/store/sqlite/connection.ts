/**
 * One connection to a SQLite file. `node:sqlite` is synchronous, so that a
 * statement is done when its call returns; promises here only fit the contract
 * that PostgreSQL shares.
 *
 * @module
 */

import { DatabaseSync, type SQLInputValue, type StatementSync } from 'node:sqlite'
import { Unavailable } from '#kernel'
import type { Dialect, QueryResult } from 'kysely'
import type { CompiledStatement, Wire } from '../wire.ts'
import { sqliteDialect } from './dialect.ts'
import { explainSqlite } from './errors.ts'

/** Nobody else writes to the file but a person with `sqlite3`; waiting for them stops the whole process. */
const busyMs = 250

/** Distinct texts of built queries, lists of different lengths included, that are kept prepared. The oldest goes first. */
const mostStatements = 256

interface Prepared {
  readonly statement: StatementSync
  readonly hasRows: boolean
}

export class SqliteConnection implements Wire {
  readonly engine = 'sqlite'
  readonly dialect: Dialect = sqliteDialect
  readonly #db: DatabaseSync
  readonly #byText = new Map<string, StatementSync>()
  readonly #byStatement = new WeakMap<CompiledStatement, Prepared>()
  #outage: Unavailable | undefined

  constructor(path: string, access: 'write' | 'read') {
    this.#db = this.#guarded(
      () => new DatabaseSync(path, { readOnly: access === 'read', timeout: busyMs, enableForeignKeyConstraints: true }),
    )
  }

  /** After this nothing of the transaction can be relied on; cleared by {@link begin}. */
  get outage(): Unavailable | undefined {
    return this.#outage
  }

  /** Runs SQL without values at once. */
  command(sql: string): void {
    this.#guarded(() => this.#db.exec(sql))
  }

  /** Runs one of the few statements that frame transactions, kept prepared. */
  frame(sql: string): void {
    this.#guarded(() => this.#prepared(sql).run())
  }

  begin(sql: 'BEGIN' | 'BEGIN IMMEDIATE'): void {
    this.#outage = undefined
    this.frame(sql)
  }

  /** Undoes whatever is open; does nothing when SQLite has already done so. */
  rollback(): void {
    if (this.#db.isTransaction) this.frame('ROLLBACK')
  }

  /** Rows of a statement with values, at once. */
  rows<Row>(sql: string, values: readonly unknown[] = []): readonly Row[] {
    return this.#guarded(() => this.#all<Row>(this.#prepared(sql), values))
  }

  // Both are async so that what SQLite throws arrives as a rejection.
  async execute<Row>(sql: string, values: readonly unknown[]): Promise<QueryResult<Row>> {
    return this.#guarded(() => {
      const statement = this.#prepared(sql)
      if (statement.columns().length > 0) {
        const rows = this.#all<Row>(statement, values)
        return { rows, numAffectedRows: BigInt(rows.length) }
      }
      return { rows: [], numAffectedRows: BigInt(statement.run(...values.map(toSqlite)).changes) }
    })
  }

  async executePrepared<Row>(compiled: CompiledStatement, values: readonly unknown[]): Promise<readonly Row[]> {
    return this.#guarded(() => {
      let prepared = this.#byStatement.get(compiled)
      if (prepared === undefined) {
        const statement = this.#db.prepare(compiled.sql)
        prepared = { statement, hasRows: statement.columns().length > 0 }
        this.#byStatement.set(compiled, prepared)
      }
      if (prepared.hasRows) return this.#all<Row>(prepared.statement, values)
      prepared.statement.run(...values.map(toSqlite))
      return []
    })
  }

  close(): void {
    this.#db.close()
  }

  /** `node:sqlite` makes rows without a prototype; plain objects compare equal to those of the other engine. */
  #all<Row>(statement: StatementSync, values: readonly unknown[]): Row[] {
    return statement.all(...values.map(toSqlite)).map((row) => ({ ...row }) as Row)
  }

  #prepared(sql: string): StatementSync {
    const known = this.#byText.get(sql)
    if (known !== undefined) return known
    const statement = this.#db.prepare(sql)
    if (this.#byText.size >= mostStatements) {
      for (const oldest of this.#byText.keys()) {
        this.#byText.delete(oldest)
        break
      }
    }
    this.#byText.set(sql, statement)
    return statement
  }

  #guarded<Result>(work: () => Result): Result {
    try {
      return work()
    } catch (error) {
      const explained = explainSqlite(error)
      if (explained instanceof Unavailable) this.#outage ??= explained
      throw explained
    }
  }
}

/** Whole numbers are bound as 64-bit integers; as they come, `node:sqlite` would bind them as reals, and 7 / 2 would be 3.5. */
function toSqlite(value: unknown): SQLInputValue {
  return typeof value === 'number' && Number.isSafeInteger(value) ? BigInt(value) : (value as SQLInputValue)
}
