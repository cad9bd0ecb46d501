/**
 * What an engine gives for the length of one closure, and the compiled form of
 * a {@link Statement}.
 *
 * @module
 */

import { Kysely, type DatabaseConnection, type Dialect, type QueryResult } from 'kysely'
import { DefaultQueryExecutor, type Driver } from 'kysely'
import type { Engine } from './contract.ts'
import type { Slot, Statement } from './statement.ts'

/**
 * One connection of one engine. Values arrive as the closures gave them; rows
 * leave in the house's types, and errors in its words: `UniqueConflict`,
 * `Unavailable`, or what the engine threw.
 */
export interface Wire {
  readonly engine: Engine
  readonly dialect: Dialect
  execute<Row>(sql: string, values: readonly unknown[]): Promise<QueryResult<Row>>
  /** The compiled object itself is the key under which a connection keeps what it has prepared. */
  executePrepared<Row>(compiled: CompiledStatement, values: readonly unknown[]): Promise<readonly Row[]>
}

/** SQL with the places where values go. */
export interface CompiledStatement {
  readonly sql: string
  /** Unique within this process and engine. */
  readonly name: string
  readonly values: readonly unknown[]
}

/** Marks the place of a value that arrives with each run. */
class SlotMark {
  readonly name: string
  constructor(name: string) {
    this.name = name
  }
}

const mark: Slot = (name) => new SlotMark(name) as never

/** The statements of one engine, each compiled at its first run. */
export class CompiledStatements {
  readonly #known = new WeakMap<Statement<never, unknown>, CompiledStatement>()
  readonly #builder: Kysely<never>
  #count = 0

  constructor(dialect: Dialect) {
    this.#builder = kyselyOver<never>(dialect, nothing)
  }

  find<Parameters extends object, Row>(statement: Statement<Parameters, Row>): CompiledStatement {
    const key = statement as unknown as Statement<never, unknown>
    const known = this.#known.get(key)
    if (known !== undefined) return known
    const { sql, parameters } = statement.build(this.#builder, mark).compile()
    this.#count += 1
    const compiled = { sql, name: `c${this.#count}`, values: parameters }
    this.#known.set(key, compiled)
    return compiled
  }
}

/** The values of one run, in the order of the compiled statement. A slot without a value is a defect, never NULL. */
export function bind(compiled: CompiledStatement, given: object): readonly unknown[] {
  return compiled.values.map((value) => {
    if (!(value instanceof SlotMark)) return value
    const filled = (given as Readonly<Record<string, unknown>>)[value.name]
    if (filled === undefined) throw new TypeError(`the slot ${value.name} was given no value`)
    return filled
  })
}

/** A Kysely that sends its queries to one connection and can neither begin nor end a transaction. */
export function kyselyOver<Tables>(dialect: Dialect, connection: DatabaseConnection): Kysely<Tables> {
  const executor = new DefaultQueryExecutor(dialect.createQueryCompiler(), dialect.createAdapter(), {
    provideConnection: (consumer) => consumer(connection),
  })
  return new Kysely<Tables>({ config: { dialect }, dialect, driver: noTransactions, executor })
}

const nothing: DatabaseConnection = {
  executeQuery: () => Promise.reject(new Error('this builder only compiles')),
  streamQuery: () => {
    throw new Error('this builder only compiles')
  },
}

const inTransaction = (): Promise<never> => Promise.reject(new Error('a closure already is one transaction; it begins no other'))

export const noTransactions: Driver = {
  init: () => Promise.resolve(),
  acquireConnection: inTransaction,
  beginTransaction: inTransaction,
  commitTransaction: inTransaction,
  rollbackTransaction: inTransaction,
  releaseConnection: () => Promise.resolve(),
  destroy: () => Promise.resolve(),
}
