/**
 * The one writer of a SQLite database, with group commit.
 *
 * Writes wait in a queue until the event loop comes round, and then run one
 * after the other, each in a savepoint, in one transaction with one fsync. On
 * the disk that this was measured on, that turns 5,000 writes a second into
 * more than 25,000; a lone write waits for nobody. Events that no change goes
 * with (most tokens) need no savepoint: they land together at the end.
 *
 * INVARIANT (acknowledged means durable): no caller hears anything, good or
 * bad, before COMMIT. A refusal may rest on what a neighbour in the same batch
 * has just written, so it too is worth nothing until that is on disk.
 *
 * @module
 */

import { Unavailable, type AuditEvent, type Operation, type WriterId } from '#kernel'
import type { Recorded, Recorder } from '../contract.ts'
import { OpenTransaction } from '../hold.ts'
import { land, perform, type Work } from '../perform.ts'
import type { CompiledStatements } from '../wire.ts'
import type { SqliteConnection } from './connection.ts'

/** Enough to make the fsync cheap for each; few enough that the event loop is held for a few milliseconds at most. */
const mostInBatch = 64

/** A tenth of a second of work at the measured rate is far below this; whoever would wait longer is told so instead. */
const mostWaiting = 4096

interface Waiting {
  readonly op: Operation
  readonly task: Work<unknown> | AuditEvent
  readonly resolve: (result: unknown) => void
  readonly reject: (error: unknown) => void
}

/** An event that no change goes with. */
interface Recording {
  /** Which of the batch it is. */
  readonly place: number
  readonly entry: Recorded
  readonly reject: (error: unknown) => void
}

export class SqliteWriter {
  readonly #connection: SqliteConnection
  readonly #statements: CompiledStatements
  readonly #writer: WriterId
  readonly #recorder: Recorder
  readonly #onHealth: (healthy: boolean) => void
  readonly #onCommit: ((writes: number) => void) | undefined
  readonly #waiting: Waiting[] = []
  #scheduled = false
  #closing = false
  #drained: (() => void) | undefined

  constructor(
    connection: SqliteConnection,
    statements: CompiledStatements,
    writer: WriterId,
    recorder: Recorder,
    onHealth: (healthy: boolean) => void,
    onCommit?: (writes: number) => void,
  ) {
    this.#connection = connection
    this.#statements = statements
    this.#writer = writer
    this.#recorder = recorder
    this.#onHealth = onHealth
    this.#onCommit = onCommit
  }

  write<Result>(op: Operation, work: Work<Result>): Promise<Result> {
    return this.#enqueue(op, work)
  }

  record(op: Operation, event: AuditEvent): Promise<void> {
    return this.#enqueue(op, event)
  }

  #enqueue<Result>(op: Operation, task: Work<Result> | AuditEvent): Promise<Result> {
    return new Promise<Result>((resolve, reject) => {
      if (this.#closing || this.#waiting.length >= mostWaiting) {
        reject(new Unavailable('store'))
        return
      }
      this.#waiting.push({ op, task, resolve: resolve as (result: unknown) => void, reject })
      if (this.#scheduled) return
      this.#scheduled = true
      setImmediate(() => void this.#flush())
    })
  }

  /** Takes nothing new and lets the queue run out. */
  async drain(): Promise<void> {
    this.#closing = true
    if (this.#scheduled) await new Promise<void>((resolve) => (this.#drained = resolve))
  }

  /** After {@link drain}. The last connection to close folds the log into the database. */
  close(): void {
    this.#connection.close()
  }

  /** One batch for each turn of the event loop, so that requests come in while writes go out. Never rejects. */
  async #flush(): Promise<void> {
    const batch = this.#waiting.splice(0, mostInBatch)
    const settle = await this.#commit(batch)
    for (const tell of settle) tell()
    if (this.#waiting.length > 0) setImmediate(() => void this.#flush())
    else {
      this.#scheduled = false
      this.#drained?.()
    }
  }

  async #commit(batch: readonly Waiting[]): Promise<readonly (() => void)[]> {
    const connection = this.#connection
    const settle: (() => void)[] = []
    try {
      connection.begin('BEGIN IMMEDIATE')
      const recordings: Recording[] = []
      for (const { op, task, resolve, reject } of batch) {
        if (typeof task === 'function') settle.push(await this.#perform(op, task, resolve, reject))
        else {
          recordings.push({ place: settle.length, entry: { op, event: task }, reject })
          settle.push(() => resolve(undefined))
        }
      }
      await this.#record(recordings, settle)
      connection.frame('COMMIT')
      this.#onHealth(true)
      this.#onCommit?.(batch.length)
      return settle
    } catch (error) {
      this.#abandon()
      this.#onHealth(false)
      const out = error instanceof Unavailable ? error : new Unavailable('store', error)
      return batch.map(
        ({ reject }) =>
          () =>
            reject(out),
      )
    }
  }

  /** Throws only when the whole batch is lost: after an error of the disk SQLite may have undone all of it, and advises to. */
  async #perform(op: Operation, work: Work<unknown>, resolve: Waiting['resolve'], reject: Waiting['reject']): Promise<() => void> {
    this.#connection.frame('SAVEPOINT one')
    try {
      const performed = await perform(op, this.#open(), work, this.#recorder)
      this.#connection.frame('RELEASE one')
      return performed.is === 'refusal' ? () => reject(performed.refusal) : () => resolve(performed.result)
    } catch (error) {
      if (this.#connection.outage !== undefined) throw this.#connection.outage
      this.#undo()
      return () => reject(error)
    }
  }

  /** Lands what was only recorded. One event that cannot be written must not take its neighbours with it. */
  async #record(recordings: readonly Recording[], settle: (() => void)[]): Promise<void> {
    if (recordings.length === 0) return
    const together = await this.#land(recordings.map(({ entry }) => entry))
    if (together === undefined) return
    for (const { place, entry, reject } of recordings) {
      const alone = await this.#land([entry])
      if (alone !== undefined) settle[place] = () => reject(alone.error)
    }
  }

  /** Undefined when the entries are in; otherwise why not, and nothing of them is. */
  async #land(entries: readonly Recorded[]): Promise<{ readonly error: unknown } | undefined> {
    const tx = this.#open()
    this.#connection.frame('SAVEPOINT one')
    try {
      await land(tx, entries, this.#recorder)
      this.#connection.frame('RELEASE one')
      return undefined
    } catch (error) {
      if (this.#connection.outage !== undefined) throw this.#connection.outage
      this.#undo()
      return { error }
    } finally {
      tx.hold.end()
    }
  }

  #open(): OpenTransaction {
    return new OpenTransaction(this.#connection, this.#statements, this.#writer)
  }

  #undo(): void {
    this.#connection.frame('ROLLBACK TO one')
    this.#connection.frame('RELEASE one')
  }

  /** A rollback that fails leaves a transaction open; the next BEGIN fails then, and the one after this tries again. */
  #abandon(): void {
    try {
      this.#connection.rollback()
    } catch {
      // Said already: the batch is lost, the store is not healthy.
    }
  }
}
