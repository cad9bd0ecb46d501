/** A PostgreSQL that turns read-only, whose clock differs, and servers on it that hear each other. */

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setTimeout as wait } from 'node:timers/promises'
import { sql } from 'kysely'
import { Client } from 'pg'
import { systemClock, type Clock } from '#kernel'
import { openStore, type Store } from '#store'
import { addBook, bookIds, shelf } from '../contracts/store-tables.ts'
import { missingPostgres, stopPostgresAfterwards } from '../postgres.ts'
import { forgetful, freshPostgres, testOperation, type FreshDatabase } from '../store.ts'

stopPostgresAfterwards()

const withPostgres = { skip: missingPostgres() }

/** Bounded, and for a condition. */
async function until(says: string, holds: () => boolean | Promise<boolean>): Promise<void> {
  for (let tries = 0; tries < 400; tries += 1) {
    if (await holds()) return
    await wait(25)
  }
  assert.fail(`not within ten seconds: ${says}`)
}

async function asSuperuser(database: FreshDatabase, ...statements: readonly string[]): Promise<Record<string, unknown>[]> {
  const client = new Client(database.superuser)
  await client.connect()
  try {
    let rows: Record<string, unknown>[] = []
    for (const statement of statements) ({ rows } = await client.query<Record<string, unknown>>(statement))
    return rows
  } finally {
    await client.end()
  }
}

async function nameOf(database: FreshDatabase): Promise<string> {
  const [row] = await asSuperuser(database, 'SELECT current_database() AS name')
  return String(row?.['name'])
}

test(
  'a database that is made read-only refuses writes, is noticed although nobody writes, and recovers by itself',
  withPostgres,
  async (t) => {
    const database = await freshPostgres()
    const store = await database.open([shelf])
    t.after(() => store.close())
    const op = testOperation(store.defaultTenant)
    await store.write(op, (tx) => addBook(tx, op.tenant, 'before'))
    const name = await nameOf(database)
    await asSuperuser(
      database,
      `ALTER DATABASE ${name} SET default_transaction_read_only = on`,
      `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()`,
    )
    await until('an idle server knows', () => !store.isHealthy())
    await assert.rejects(
      store.write(op, (tx) => addBook(tx, op.tenant, 'meanwhile')),
      { name: 'Unavailable', what: 'store' },
    )
    await until('what is written is still read', () =>
      store
        .read(op, (db) => bookIds(db, op.tenant))
        .then(
          (ids) => ids.join() === 'before',
          () => false,
        ),
    )
    assert.equal(store.isHealthy(), false)
    await asSuperuser(
      database,
      `SET default_transaction_read_only = off`,
      `ALTER DATABASE ${name} SET default_transaction_read_only = off`,
      `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()`,
    )
    await until('it is healthy again', () => store.isHealthy())
    await store.write(op, (tx) => addBook(tx, op.tenant, 'after'))
    assert.deepEqual(await store.read(op, (db) => bookIds(db, op.tenant)), ['after', 'before'])
  },
)

/** Our clock is ahead of the database's by what the test says. */
function shiftedClock(): Clock & { aheadMs: number } {
  return {
    aheadMs: 0,
    wallMs() {
      return systemClock.wallMs() + this.aheadMs
    },
    monotonicMs: () => systemClock.monotonicMs(),
  }
}

function openWith(clock: Clock, database: FreshDatabase): Promise<Store> {
  assert.ok(database.where.kind === 'postgres')
  return openStore({ ...database.where, migrations: [shelf], recorder: forgetful, clock })
}

for (const [says, aheadMs, ends] of [
  ['ahead', 125_000, 'seconds ahead of the database'],
  ['behind', -125_000, 'seconds behind the database'],
] as const) {
  test(
    `a clock that is ${says} refuses the start in one sentence, later reads and writes, and recovers by itself`,
    withPostgres,
    async (t) => {
      const database = await freshPostgres()
      const clock = shiftedClock()
      clock.aheadMs = aheadMs
      await assert.rejects(openWith(clock, database), (error) => {
        assert.ok(error instanceof Error)
        assert.match(error.message, /^[A-Z][^\n]*\.$/)
        assert.ok(error.message.includes(ends), error.message)
        return error.name === 'StoreMistake' && 'code' in error && error.code === 'store.clock_differs'
      })
      clock.aheadMs = 0
      const store = await openWith(clock, database)
      t.after(() => store.close())
      const op = testOperation(store.defaultTenant)
      // Within what is borne.
      clock.aheadMs = Math.sign(aheadMs) * 115_000
      await store.write(op, (tx) => addBook(tx, op.tenant, 'before'))
      await wait(1_200)
      assert.equal(store.isHealthy(), true)
      clock.aheadMs = aheadMs
      await until('the clock is noticed', () => store.isClockOff())
      assert.equal(store.isHealthy(), false)
      await assert.rejects(
        store.write(op, (tx) => addBook(tx, op.tenant, 'meanwhile')),
        { name: 'Unavailable', what: 'store' },
      )
      await assert.rejects(
        store.read(op, (db) => bookIds(db, op.tenant)),
        { name: 'Unavailable', what: 'store' },
      )
      clock.aheadMs = 0
      await until('it is healthy again', () => store.isHealthy())
      assert.deepEqual(await store.read(op, (db) => bookIds(db, op.tenant)), ['before'])
    },
  )
}

test('commits wait for the disk and the standby, whatever the database says', withPostgres, async (t) => {
  const database = await freshPostgres()
  await asSuperuser(database, `ALTER DATABASE ${await nameOf(database)} SET synchronous_commit = off`)
  const store = await database.open([shelf])
  t.after(() => store.close())
  const op = testOperation(store.defaultTenant)
  const seen = await store.write(op, async (tx) => {
    const { rows } = await sql<{ value: string }>`SELECT current_setting('synchronous_commit') AS value`.execute(tx.withTables())
    return rows[0]?.value
  })
  assert.equal(seen, 'on')
})

test('servers on one database see and hear each other, and whoever is cut off comes back', withPostgres, async (t) => {
  const database = await freshPostgres()
  const [one, other] = [await database.open([shelf]), await database.open([shelf])]
  t.after(() => Promise.all([one.close(), other.close()]))
  const heard: string[] = []
  assert.deepEqual(await one.peers.others(), [], 'who has not joined is not seen')
  await one.peers.join((text) => heard.push(`one heard ${text}`))
  const leave = await other.peers.join((text, from) => heard.push(`other heard ${text} from ${typeof from}`))
  const [seen] = await one.peers.others()
  assert.ok(seen !== undefined)
  assert.equal((await other.peers.others()).length, 1)

  one.peers.tell('hello')
  await until('it is heard', () => heard.length > 0)
  assert.deepEqual(heard, ['other heard hello from number'], 'nobody hears their own words')

  await asSuperuser(database, `SELECT pg_terminate_backend(${seen})`)
  await until('the lock has gone with its connection', async () => !(await one.peers.others()).includes(seen))
  await until('the other is back', async () => (await one.peers.others()).length === 1)
  one.peers.tell('again')
  await until('it is heard again', () => heard.length > 1)
  assert.deepEqual(heard.slice(1), ['other heard again from number'])

  leave()
  await other.close()
  await until('who has closed is not seen', async () => (await one.peers.others()).length === 0)
})

for (const [url, code] of [
  ['postgres://user:hunter2@db.example/countersign', 'store.unverified'],
  ['postgres://user:hunter2@10.1.2.3/countersign?sslmode=require', 'store.unverified'],
  ['postgres://user:hunter2@10.1.2.3/countersign?sslmode=verify-ca', 'store.unverified'],
  ['postgres://user:hunter2@10.1.2.3/countersign?sslmode=disable', 'store.unverified'],
  ['postgres://user:hunter2@10.1.2.3/countersign?sslmode=no-verify', 'store.unverified'],
  ['postgres://user:hunter2@localhost/countersign?sslmode=require', 'store.unverified'],
  ['postgres://user:hunter2@localhost/countersign?host=db.example', 'store.bad_url'],
  ['postgres:///countersign?host=db.example', 'store.bad_url'],
  ['postgres://user:hunter2@localhost/countersign?sslmode=disable&sslmode=verify-full', 'store.bad_url'],
  ['postgres://user:hunter2@localhost/countersign?sslrootcert=/etc/passwd', 'store.bad_url'],
  ['postgres://user:hunter2@localhost.example/countersign', 'store.unverified'],
] as const) {
  test(`the database URL ${url.replace('hunter2', '…')} is refused before anything is sent`, async () => {
    await assert.rejects(openStore({ kind: 'postgres', url, migrations: [shelf], recorder: forgetful }), (error) => {
      assert.ok(error instanceof Error && 'code' in error)
      assert.equal(error.code, code)
      assert.match(error.message, /^[A-Z][^\n]*\.$/)
      return !error.message.includes('hunter2')
    })
  })
}
