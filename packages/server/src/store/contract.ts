/**
 * What the rest of the house sees of a database, whichever engine stands behind it.
 *
 * @module
 */

import type { AuditEvent, Operation, Refusal, TenantId, WriterId } from '#kernel'
import type { Kysely } from 'kysely'
import type { Statement } from './statement.ts'

export type Engine = 'sqlite' | 'postgres'

/** Reads committed rows of the operation's tenant. */
export interface Reader {
  readonly engine: Engine
  /** A typed view for building queries. Name only the tables of your own module. */
  withTables<Tables>(): Kysely<Tables>
  /** Runs a statement that was built once. For hot paths; the result is its rows. */
  run<Parameters extends object, Row>(statement: Statement<Parameters, Row>, parameters: Parameters): Promise<readonly Row[]>
}

/** A {@link Reader} that sees its own changes, makes them, and records events that commit with them. */
export interface Transaction extends Reader {
  /** The numbered stream of events that this transaction's connection writes. */
  readonly writer: WriterId
  record(event: AuditEvent): void
}

/**
 * The database of this server.
 *
 * INVARIANT (acknowledged means durable): `write` resolves only after COMMIT
 * has reached the disk; when it rejects with `Unavailable`, the caller must not
 * claim success.
 */
export interface Store {
  readonly engine: Engine

  /** The one tenant until organizations come, named `default`; made when the database is. */
  readonly defaultTenant: TenantId

  /**
   * Runs `work` in a transaction and resolves after COMMIT.
   *
   * A refusal that `work` returns is thrown after its changes were committed;
   * whatever it throws undoes them. `work` awaits nothing but `tx`, has no
   * other effect, and may run more than once.
   */
  write<Result>(op: Operation, work: (tx: Transaction) => Promise<Result | Refusal>): Promise<Result>

  /** Records an event that no change goes with, and resolves when it is durable. Cheaper than a `write` that only records. */
  record(op: Operation, event: AuditEvent): Promise<void>

  /** Runs `work` against committed rows, in one snapshot. */
  read<Result>(op: Operation, work: (db: Reader) => Promise<Result>): Promise<Result>

  /** False after a failed COMMIT or a lost connection, until a write goes through again, and while clocks differ. The store probes by itself. */
  isHealthy(): boolean

  /** Whether the database's clock and ours differ by more than what is written here may bear: then nothing is read or written. */
  isClockOff(): boolean

  /** The other servers on this database. */
  readonly peers: Peers

  /** Waits for the writes under way, refuses new ones with `Unavailable`, closes. */
  close(): Promise<void>
}

/**
 * The other servers on the same database, and words to them. Words may be lost,
 * and whoever can open the database can say them: they may make things quicker,
 * but nothing may rest on them. On SQLite there is nobody.
 */
export interface Peers {
  /**
   * From now on the others see us and we hear them; `from` names one connection of one server. Resolves when that is so, or
   * when it cannot be had for now and is tried again by itself. What it answers ends the hearing.
   */
  join(hear: (text: string, from: number) => void): Promise<() => void>
  /** Says it to all who have joined. At most 7,999 bytes. */
  tell(text: string): void
  /** Who has joined and is connected now, ourselves left out. Rejects with `Unavailable`. */
  others(): Promise<readonly number[]>
}

/** An event and the operation that it happened in. */
export interface Recorded {
  readonly op: Operation
  readonly event: AuditEvent
}

/** Lands the events of a write inside its transaction. The audit module provides it. */
export interface Recorder {
  append(tx: Transaction, entries: readonly Recorded[]): Promise<void>
}
