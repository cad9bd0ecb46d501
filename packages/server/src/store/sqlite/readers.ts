/**
 * Read-only connections, which see committed rows only. Each serves one closure
 * at a time, in one snapshot.
 *
 * @module
 */

import { Unavailable } from '#kernel'
import type { Reader } from '../contract.ts'
import { Hold } from '../hold.ts'
import { patiently } from '../patience.ts'
import { closurePatienceMs } from '../perform.ts'
import type { CompiledStatements } from '../wire.ts'
import { SqliteConnection } from './connection.ts'

/** One serves everybody whose closures await nothing but their database. More are opened only for closures that read inside a read. */
const mostConnections = 4

/** As many as may wait to write. */
const mostWaiting = 4096

export class SqliteReaders {
  readonly #path: string
  readonly #statements: CompiledStatements
  readonly #free: SqliteConnection[] = []
  readonly #waiting: { readonly use: (connection: SqliteConnection) => void; readonly refuse: (error: Unavailable) => void }[] = []
  #open = 0
  #closed = false
  #idle: (() => void) | undefined

  constructor(path: string, statements: CompiledStatements) {
    this.#path = path
    this.#statements = statements
  }

  async read<Result>(work: (db: Reader) => Promise<Result>): Promise<Result> {
    const connection = this.#take() ?? (await this.#wait())
    const hold = new Hold(connection, this.#statements)
    try {
      connection.begin('BEGIN')
      return await patiently(closurePatienceMs, 'a read', work(hold))
    } finally {
      hold.end()
      this.#giveBack(connection)
    }
  }

  /** Lets the reads under way end, which is soon, and closes what they used. */
  async close(): Promise<void> {
    this.#closed = true
    for (const { refuse } of this.#waiting.splice(0)) refuse(new Unavailable('store'))
    if (this.#free.length < this.#open) await new Promise<void>((resolve) => (this.#idle = resolve))
    for (const connection of this.#free) connection.close()
  }

  #take(): SqliteConnection | undefined {
    if (this.#closed) throw new Unavailable('store')
    const free = this.#free.pop()
    if (free !== undefined || this.#open >= mostConnections) return free
    const connection = new SqliteConnection(this.#path, 'read')
    this.#open += 1
    return connection
  }

  #wait(): Promise<SqliteConnection> {
    return new Promise((use, refuse) => {
      if (this.#waiting.length >= mostWaiting) refuse(new Unavailable('store'))
      else this.#waiting.push({ use, refuse })
    })
  }

  #giveBack(connection: SqliteConnection): void {
    connection.rollback()
    const next = this.#waiting.shift()
    if (next !== undefined) next.use(connection)
    else this.#free.push(connection)
    if (this.#free.length === this.#open) this.#idle?.()
  }
}
