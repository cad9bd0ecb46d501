/**
 * Connections that are kept open, each lent to one transaction at a time.
 *
 * @module
 */

import { Unavailable } from '#kernel'
import { Pool, type PoolClient } from 'pg'
import { clientConfig, type Address } from './address.ts'
import { PostgresConnection } from './connection.ts'

/** As on SQLite: whoever would wait behind this many is told so instead. */
const mostWaiting = 4096

export class Connections<Fact> {
  readonly #pool: Pool
  readonly #ready: (client: PoolClient) => Promise<Fact>
  readonly #facts = new WeakMap<PoolClient, Fact>()
  readonly #onLost: () => void
  #closed = false
  #inUse = 0
  #drained: (() => void) | undefined

  /** `ready` runs once on each new connection; what it answers is handed out with it. `onLost` hears of each that broke or could not be had. */
  constructor(address: Address, most: number, ready: (client: PoolClient) => Promise<Fact>, onLost: () => void) {
    this.#ready = ready
    this.#onLost = onLost
    this.#pool = new Pool({ ...clientConfig(address), max: most, idleTimeoutMillis: 60_000 })
    // A connection that breaks is met again, by whoever uses it or as one that the pool has thrown away.
    this.#pool.on('error', () => {})
    this.#pool.on('connect', (client) => client.on('error', () => {}))
  }

  /** `work` begins a transaction and ends it. Rejects with `Unavailable` when no connection can be had. */
  async use<Result>(work: (connection: PostgresConnection, fact: Fact) => Promise<Result>): Promise<Result> {
    if (this.#closed || this.#pool.waitingCount >= mostWaiting) throw new Unavailable('store')
    this.#inUse += 1
    try {
      return await this.#lend(work)
    } finally {
      this.#inUse -= 1
      if (this.#inUse === 0) this.#drained?.()
    }
  }

  /** Waits for whoever has a connection or waits for one; the pool by itself would forget the latter. */
  async close(): Promise<void> {
    this.#closed = true
    if (this.#inUse > 0) await new Promise<void>((resolve) => (this.#drained = resolve))
    await this.#pool.end()
  }

  async #lend<Result>(work: (connection: PostgresConnection, fact: Fact) => Promise<Result>): Promise<Result> {
    const { client, fact } = await this.#take()
    const connection = new PostgresConnection(client)
    try {
      return await work(connection, fact)
    } finally {
      if (connection.lost) this.#onLost()
      client.release(connection.lost)
    }
  }

  async #take(): Promise<{ client: PoolClient; fact: Fact }> {
    let client: PoolClient | undefined
    try {
      client = await this.#pool.connect()
      const fact = this.#facts.get(client) ?? (await this.#ready(client))
      this.#facts.set(client, fact)
      return { client, fact }
    } catch (error) {
      client?.release(true)
      this.#onLost()
      throw new Unavailable('store', error)
    }
  }
}
