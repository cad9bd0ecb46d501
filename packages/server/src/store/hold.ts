/**
 * A closure's hold on a connection. It ends with the closure: what arrives
 * later, from a promise that nobody awaited, finds the door closed instead of
 * a stranger's transaction.
 *
 * @module
 */

import type { AuditEvent, WriterId } from '#kernel'
import type { DatabaseConnection, Kysely, QueryResult } from 'kysely'
import type { Engine, Reader, Transaction } from './contract.ts'
import type { Statement } from './statement.ts'
import { bind, kyselyOver, type CompiledStatements, type Wire } from './wire.ts'

/** The {@link Reader} that a closure is given. */
export class Hold implements Reader {
  readonly engine: Engine
  readonly #wire: Wire
  readonly #statements: CompiledStatements
  #tables: Kysely<unknown> | undefined
  #ended = false
  #failure: unknown

  constructor(wire: Wire, statements: CompiledStatements) {
    this.engine = wire.engine
    this.#wire = wire
    this.#statements = statements
  }

  withTables<Tables>(): Kysely<Tables> {
    this.#tables ??= kyselyOver<unknown>(this.#wire.dialect, this.#connection())
    return this.#tables as Kysely<Tables>
  }

  async run<Parameters extends object, Row>(statement: Statement<Parameters, Row>, parameters: Parameters): Promise<readonly Row[]> {
    const compiled = this.#statements.find(statement)
    const values = bind(compiled, parameters)
    this.requireOpen()
    try {
      return await this.#wire.executePrepared<Row>(compiled, values)
    } catch (error) {
      this.#failure ??= error
      throw error
    }
  }

  /** The first error of a statement. A transaction in which one failed must not commit, whoever caught it. */
  get failure(): unknown {
    return this.#failure
  }

  requireOpen(): void {
    if (this.#ended) throw new Error('the database was used after the closure that it was handed to had ended')
  }

  end(): void {
    this.#ended = true
  }

  #connection(): DatabaseConnection {
    return {
      executeQuery: async <Row>({ sql, parameters }: { sql: string; parameters: readonly unknown[] }): Promise<QueryResult<Row>> => {
        this.requireOpen()
        try {
          return await this.#wire.execute<Row>(sql, parameters)
        } catch (error) {
          this.#failure ??= error
          throw error
        }
      },
      streamQuery: () => {
        throw new Error('rows are not streamed out of a closure: read them by pages')
      },
    }
  }
}

/** The {@link Transaction} that a closure is given. */
export class OpenTransaction implements Transaction {
  readonly engine: Engine
  readonly writer: WriterId
  readonly hold: Hold
  /** What the closure recorded, in its order. */
  readonly events: AuditEvent[] = []

  constructor(wire: Wire, statements: CompiledStatements, writer: WriterId) {
    this.hold = new Hold(wire, statements)
    this.engine = wire.engine
    this.writer = writer
  }

  withTables<Tables>(): Kysely<Tables> {
    return this.hold.withTables<Tables>()
  }

  run<Parameters extends object, Row>(statement: Statement<Parameters, Row>, parameters: Parameters): Promise<readonly Row[]> {
    return this.hold.run(statement, parameters)
  }

  record(event: AuditEvent): void {
    this.hold.requireOpen()
    this.events.push(event)
  }
}
