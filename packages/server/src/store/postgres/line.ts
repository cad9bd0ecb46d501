/**
 * What servers on one database say to each other: LISTEN and NOTIFY on one
 * connection of its own, and an advisory lock by which the others see that this
 * connection stands. PostgreSQL drops the lock with the connection, however it
 * ends, so nobody has to renew or to sweep anything.
 *
 * @module
 */

import { Client } from 'pg'
import type { Peers } from '../contract.ts'
import { clientConfig, type Address } from './address.ts'
import { requirePrimary } from './primary.ts'

/** The first half of the keys of our advisory locks: `CSTP`. The second is the process id of the connection's backend. */
const presenceLocks = 0x43535450

const channel = 'countersign'

const againAfterMs = 250

/** A silent network is noticed after this and the bound of a query. */
const heartbeatMs = 5_000

/** Words that wait for a slow connection; what is beyond them is lost, which words may be. */
const mostUnsaid = 256

/** Whom {@link Peers.others} finds. */
export const othersSql: string = `SELECT pid FROM pg_locks WHERE locktype = 'advisory' AND classid = ${presenceLocks} AND objsubid = 2 AND granted
  AND database = (SELECT oid FROM pg_database WHERE datname = current_database())`

export class Line implements Peers {
  readonly #address: Address
  readonly #list: () => Promise<readonly number[]>
  readonly #hearers = new Set<(text: string, from: number) => void>()
  #client: Client | undefined
  /** Of the connection that stands. */
  #pid: number | undefined
  #unsaid = 0
  #opening: Promise<void> | undefined
  #timer: NodeJS.Timeout | undefined
  #closed = false

  /** `list` finds the process ids behind all presence locks. */
  constructor(address: Address, list: () => Promise<readonly number[]>) {
    this.#address = address
    this.#list = list
  }

  async join(hear: (text: string, from: number) => void): Promise<() => void> {
    this.#hearers.add(hear)
    this.#opening ??= this.#open()
    await this.#opening
    return () => this.#hearers.delete(hear)
  }

  tell(text: string): void {
    const client = this.#client
    if (client === undefined || this.#unsaid >= mostUnsaid) return
    this.#unsaid += 1
    client
      .query('SELECT pg_notify($1, $2)', [channel, text])
      .catch(() => this.#drop(client))
      .finally(() => {
        this.#unsaid -= 1
      })
  }

  async others(): Promise<readonly number[]> {
    return (await this.#list()).filter((pid) => pid !== this.#pid)
  }

  async close(): Promise<void> {
    this.#closed = true
    clearTimeout(this.#timer)
    await this.#opening
    const client = this.#client
    this.#client = undefined
    await client?.end()
  }

  /** Never rejects: what cannot be had now is tried again. */
  async #open(): Promise<void> {
    const client = new Client(clientConfig(this.#address))
    client.on('error', () => this.#drop(client))
    client.on('end', () => this.#drop(client))
    client.on('notification', ({ processId, payload }) => {
      if (processId !== this.#pid && payload !== undefined) for (const hear of this.#hearers) hear(payload, processId)
    })
    try {
      await client.connect()
      await requirePrimary(client)
      // A lost word costs a quarter of a second; a word need not wait for a disk.
      await client.query('SET synchronous_commit = off')
      await client.query(`LISTEN ${channel}`)
      const { rows } = await client.query<{ pid: number }>(
        'SELECT pid FROM (SELECT pg_backend_pid() AS pid) AS own, pg_advisory_lock($1, own.pid)',
        [presenceLocks],
      )
      this.#pid = rows[0]?.pid
      this.#client = client
      this.#schedule(() => this.#beat(client), heartbeatMs)
    } catch {
      this.#again(client)
    }
    if (this.#closed) this.#drop(client)
  }

  async #beat(client: Client): Promise<void> {
    try {
      await client.query('SELECT 1')
      if (this.#client === client) this.#schedule(() => this.#beat(client), heartbeatMs)
    } catch {
      this.#drop(client)
    }
  }

  #drop(client: Client): void {
    if (this.#client !== client) return
    this.#client = undefined
    this.#pid = undefined
    this.#again(client)
  }

  #again(client: Client): void {
    client.end().catch(() => {})
    this.#schedule(() => {
      this.#opening = this.#open()
      return this.#opening
    }, againAfterMs)
  }

  #schedule(work: () => Promise<void>, ms: number): void {
    clearTimeout(this.#timer)
    if (this.#closed) return
    this.#timer = setTimeout(() => void work(), ms)
    this.#timer.unref()
  }
}
