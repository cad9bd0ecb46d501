/**
 * A log on a real database of each engine, with a clock that tests set, and the
 * means to do to it what somebody with the database's password could.
 *
 * @module
 */

import { after, before, suite, test } from 'node:test'
import type { Kysely } from 'kysely'
import { createAudit, createRecorder, migrations as auditMigrations, type Audit, type AuditOptions } from '#audit'
import { systemOperation, type AuditEvent, type Clock, type Operation } from '#kernel'
import { migrations as keysMigrations } from '#keys'
import type { Store } from '#store'
import type { AuditTables } from '../src/audit/tables.ts'
import { openTestKeys, type TestKeys } from './keys.ts'
import { missingPostgres, stopPostgresAfterwards } from './postgres.ts'
import { freshPostgres, freshSqlite, type FreshDatabase } from './store.ts'

/** Waits for what the jobs do by themselves, ten seconds at most. */
export async function until(condition: () => boolean | Promise<boolean>): Promise<void> {
  const endMs = performance.now() + 10_000
  while (!(await condition())) {
    if (performance.now() > endMs) throw new Error('what was waited for did not come')
    await new Promise(setImmediate)
  }
}

/** Starts at a time that looks like one, and stands still until it is told. */
export interface TestClock extends Clock {
  pass(ms: number): void
}

export function testClock(): TestClock {
  let nowMs = 1_767_225_600_000
  return {
    wallMs: () => nowMs,
    monotonicMs: () => nowMs,
    pass: (ms) => {
      nowMs += ms
    },
  }
}

export const publicName = 'id.example'

/** An open log. */
export interface TestLog {
  readonly store: Store
  readonly keys: TestKeys
  readonly audit: Audit
  readonly clock: TestClock
  readonly alarms: string[]
  readonly database: FreshDatabase
  readonly op: () => Operation
  /** Records `count` events, each in a write of its own, one millisecond apart. */
  readonly record: (count: number, event?: Partial<AuditEvent>) => Promise<void>
  /** Changes the log's tables behind its back. */
  readonly tamper: (change: (db: Kysely<AuditTables>) => Promise<unknown>) => Promise<void>
  /** A process that starts anew on the same database, its keys included. Close this one first on SQLite. */
  readonly reopen: () => Promise<TestLog>
  /** Another server on the same store. */
  readonly another: () => Audit
}

const migrations = [keysMigrations, auditMigrations]

/** What an audit tells its operator, kept in `said`. */
export function tellingInto(said: string[]): Pick<AuditOptions, 'alarm' | 'trouble'> {
  const keep = (says: string): void => void said.push(says)
  return { alarm: keep, trouble: { failed: keep, worked: () => {} } }
}

type AtEnd = (close: () => Promise<void>) => unknown

async function openLog(atEnd: AtEnd, database: FreshDatabase, clock: TestClock, vault?: TestKeys['vault']): Promise<TestLog> {
  const store = await database.open(migrations, createRecorder())
  atEnd(() => store.close())
  const keys = await openTestKeys(store, { clock, ...(vault && { vault }) })
  const alarms: string[] = []
  const op = (): Operation => systemOperation('test', store.defaultTenant, () => {}, clock)
  const another = (): Audit =>
    createAudit({ store, keys: keys.keys, clock, tenants: [store.defaultTenant], publicName, ...tellingInto(alarms) })
  return {
    store,
    keys,
    audit: another(),
    clock,
    alarms,
    database,
    op,
    record: async (count, event = {}) => {
      for (let number = 1; number <= count; number++) {
        clock.pass(1)
        await store.write(op(), async (tx) => {
          tx.record({ what: 'session.ended', about: `ses_${number}`, outcome: 'done', facts: { why: 'test' }, ...event })
        })
      }
    },
    tamper: async (change) => store.write(op(), async (tx) => void (await change(tx.withTables<AuditTables>()))),
    reopen: async () => {
      await store.close()
      return openLog(atEnd, database, clock, keys.vault)
    },
    another,
  }
}

let stopping = false

function stopOnce(): void {
  if (!stopping) stopPostgresAfterwards()
  stopping = true
}

/** Registers one test for each engine. */
export function eachLog(name: string, body: (log: TestLog) => Promise<void>): void {
  stopOnce()
  test(`${name}, on SQLite`, async (t) => body(await openLog((close) => t.after(close), freshSqlite(), testClock())))
  test(`${name}, on PostgreSQL`, { skip: missingPostgres() }, async (t) =>
    body(await openLog((close) => t.after(close), await freshPostgres(), testClock())),
  )
}

/** Registers a suite for each engine whose tests share one log. Call the function that they are given inside of tests only. */
export function eachSharedLog(name: string, tests: (log: () => TestLog) => void): void {
  stopOnce()
  const register = (engine: string, skip: string | false, fresh: () => () => Promise<FreshDatabase>): void => {
    suite(`${name}, on ${engine}`, { skip }, () => {
      const database = fresh()
      const closings: (() => Promise<void>)[] = []
      let log: TestLog | undefined
      before(async () => {
        log = await openLog((close) => closings.push(close), await database(), testClock())
      })
      after(async () => {
        for (const close of closings) await close()
      })
      tests(() => {
        if (log === undefined) throw new Error('the log is opened when the tests run')
        return log
      })
    })
  }
  register('SQLite', false, () => {
    const database = freshSqlite() // here, so that its folder goes when the suite has ended
    return async () => database
  })
  register('PostgreSQL', missingPostgres(), () => freshPostgres)
}
