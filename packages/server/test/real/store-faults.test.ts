/** What breaks under a running store: a full disk, a failing COMMIT, connections that die. */

import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { statSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { setTimeout as wait } from 'node:timers/promises'
import { Client } from 'pg'
import { Unavailable } from '#kernel'
import type { Store, Transaction } from '#store'
import { addBook, bookIds, shelf, type ShelfTables } from '../contracts/store-tables.ts'
import { missing } from '../parts.ts'
import { missingPostgres, stopPostgresAfterwards } from '../postgres.ts'
import { freshPostgres, freshSqlite, testOperation, type FreshDatabase } from '../store.ts'

stopPostgresAfterwards()

/** Bounded, and for a condition: the store comes back by itself. */
async function becomesHealthy(store: Store): Promise<void> {
  for (let tries = 0; tries < 400 && !store.isHealthy(); tries += 1) await wait(25)
  assert.equal(store.isHealthy(), true, 'the store did not come back within ten seconds')
}

/** The operating system lets no file of this process grow beyond so many bytes: writes to disk fail as on a full one. */
function limitFiles(bytes: number | 'unlimited'): void {
  execFileSync('prlimit', ['--pid', String(process.pid), `--fsize=${bytes}:unlimited`])
}

const fillers = Array.from({ length: 40 }, (_, number) => `filler ${String(number).padStart(2, '0')}`)

async function addLarge(tx: Transaction, tenant: ShelfTables['book']['tenant'], id: string): Promise<void> {
  const cover = new Uint8Array(100_000)
  await tx.withTables<ShelfTables>().insertInto('book').values({ tenant, id, copies: 1, note: null, cover }).execute()
}

test(
  'a disk that is full refuses with 503 what it cannot keep, keeps what it acknowledged, and recovers by itself',
  { skip: missing('prlimit') },
  async (t) => {
    const database = freshSqlite()
    let store = await database.open([shelf])
    t.after(() => store.close())
    const op = testOperation(store.defaultTenant)
    await store.write(op, (tx) => addBook(tx, op.tenant, 'before'))
    assert.ok(database.where.kind === 'sqlite')
    const { size } = statSync(join(database.where.directory, 'countersign.db-wal'))

    // The default action of this signal ends the process; ignored, the write fails with EFBIG.
    process.on('SIGXFSZ', () => {})
    limitFiles(size + 10_000)
    t.after(() => limitFiles('unlimited'))
    const outcomes = await Promise.allSettled(fillers.map((id) => store.write(op, (tx) => addLarge(tx, op.tenant, id))))
    assert.ok(
      outcomes.every(
        (outcome) => outcome.status === 'rejected' && outcome.reason instanceof Unavailable && outcome.reason.what === 'store',
      ),
    )
    assert.equal(store.isHealthy(), false)
    // What is written is still read.
    assert.deepEqual(await store.read(op, (db) => bookIds(db, op.tenant)), ['before'])

    limitFiles('unlimited')
    await becomesHealthy(store)
    await store.write(op, (tx) => addLarge(tx, op.tenant, 'after'))
    assert.deepEqual(await store.read(op, (db) => bookIds(db, op.tenant)), ['after', 'before'])
    await store.close()
    store = await database.open([shelf])
    assert.deepEqual(await store.read(op, (db) => bookIds(db, op.tenant)), ['after', 'before'])
  },
)

test('a COMMIT that fails refuses every write of its batch, the ones that said no included', { skip: missing('prlimit') }, async (t) => {
  const database = freshSqlite()
  const store = await database.open([shelf])
  t.after(() => store.close())
  const op = testOperation(store.defaultTenant)
  assert.ok(database.where.kind === 'sqlite')
  const { size } = statSync(join(database.where.directory, 'countersign.db-wal'))
  process.on('SIGXFSZ', () => {})
  // One small row fits in memory, so that nothing is written to disk before COMMIT.
  limitFiles(size)
  t.after(() => limitFiles('unlimited'))
  const outcomes = await Promise.allSettled([
    store.write(op, (tx) => addBook(tx, op.tenant, 'one')),
    store.write(op, () => Promise.reject(new Error('changed its mind on what it saw'))),
    store.write(op, (tx) => addBook(tx, op.tenant, 'two')),
  ])
  assert.deepEqual(
    outcomes.map((outcome) => outcome.status === 'rejected' && outcome.reason instanceof Unavailable),
    [true, true, true],
  )
  assert.equal(store.isHealthy(), false)
  limitFiles('unlimited')
  await becomesHealthy(store)
  assert.deepEqual(await store.read(op, (db) => bookIds(db, op.tenant)), [])
})

test('an error of the disk inside one write gives its whole batch up', { skip: missing('prlimit') }, async (t) => {
  const database = freshSqlite()
  const store = await database.open([shelf])
  t.after(() => store.close())
  const op = testOperation(store.defaultTenant)
  process.on('SIGXFSZ', () => {})
  // More than fits in memory before COMMIT, and more than may be written; the small rows alone would fit.
  limitFiles(1_000_000)
  t.after(() => limitFiles('unlimited'))
  const outcomes = await Promise.allSettled([
    store.write(op, (tx) => addBook(tx, op.tenant, 'before')),
    store.write(op, async (tx) => {
      for (const id of fillers) await addLarge(tx, op.tenant, id)
    }),
    store.write(op, (tx) => addBook(tx, op.tenant, 'behind')),
  ])
  assert.deepEqual(
    outcomes.map((outcome) => outcome.status === 'rejected' && outcome.reason instanceof Unavailable),
    [true, true, true],
  )
  limitFiles('unlimited')
  await becomesHealthy(store)
  assert.deepEqual(await store.read(op, (db) => bookIds(db, op.tenant)), [])
})

test('a closure that waits for something else is undone after a bounded time, and the others go on', async (t) => {
  const store = await freshSqlite().open([shelf])
  t.after(() => store.close())
  const op = testOperation(store.defaultTenant)
  const never = new Promise<never>(() => {})
  const stuck = store.write(op, async (tx) => {
    await addBook(tx, op.tenant, 'stuck')
    return never
  })
  const neighbour = store.write(op, (tx) => addBook(tx, op.tenant, 'neighbour'))
  await assert.rejects(stuck, /awaited something other than its database/)
  await neighbour
  await assert.rejects(
    store.read(op, () => never),
    /awaited something other than its database/,
  )
  assert.deepEqual(await store.read(op, (db) => bookIds(db, op.tenant)), ['neighbour'])
  assert.equal(store.isHealthy(), true)
})

test('a queue that is full refuses at once and forgets nothing that it took', async (t) => {
  const store = await freshSqlite().open([shelf])
  t.after(() => store.close())
  const op = testOperation(store.defaultTenant)
  const outcomes = await Promise.allSettled(Array.from({ length: 4097 }, (_, number) => store.write(op, () => Promise.resolve(number))))
  assert.deepEqual(
    outcomes.flatMap((outcome, index) => (outcome.status === 'rejected' ? [[index, outcome.reason instanceof Unavailable]] : [])),
    [[4096, true]],
  )
  assert.equal(await store.write(op, () => Promise.resolve('next')), 'next')
})

async function terminateOthers({ superuser }: FreshDatabase, where: string): Promise<number> {
  const client = new Client(superuser)
  await client.connect()
  try {
    const { rowCount } = await client.query(
      `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid() AND ${where}`,
    )
    return rowCount ?? 0
  } finally {
    await client.end()
  }
}

const withPostgres = { skip: missingPostgres() }

test('a connection that dies inside a write makes it Unavailable, undone, and the next one goes through', withPostgres, async (t) => {
  const database = await freshPostgres()
  const store = await database.open([shelf])
  t.after(() => store.close())
  const op = testOperation(store.defaultTenant)
  const cut = store.write(op, async (tx) => {
    await addBook(tx, op.tenant, 'cut')
    assert.equal(await terminateOthers(database, `state = 'idle in transaction'`), 1)
    await addBook(tx, op.tenant, 'never')
  })
  await assert.rejects(cut, { name: 'Unavailable', what: 'store' })
  assert.equal(store.isHealthy(), false)
  await becomesHealthy(store)
  await store.write(op, (tx) => addBook(tx, op.tenant, 'after'))
  assert.deepEqual(await store.read(op, (db) => bookIds(db, op.tenant)), ['after'])
})

test('a connection that dies before COMMIT is answered leaves the outcome open: Unavailable, never success', withPostgres, async (t) => {
  const database = await freshPostgres()
  const store = await database.open([shelf])
  t.after(() => store.close())
  const op = testOperation(store.defaultTenant)
  const cut = store.write(op, async (tx) => {
    await addBook(tx, op.tenant, 'cut')
    await terminateOthers(database, `state = 'idle in transaction'`)
    return 'done'
  })
  await assert.rejects(cut, { name: 'Unavailable', what: 'store' })
  await becomesHealthy(store)
  assert.deepEqual(await store.read(op, (db) => bookIds(db, op.tenant)), [])
})

test('connections that die while nobody uses them are noticed by nobody but the pool', withPostgres, async (t) => {
  const database = await freshPostgres()
  const store = await database.open([shelf])
  t.after(() => store.close())
  const op = testOperation(store.defaultTenant)
  await Promise.all(['a', 'b', 'c'].map((id) => store.write(op, (tx) => addBook(tx, op.tenant, id))))
  assert.ok((await terminateOthers(database, `state = 'idle'`)) > 0)
  // The pool may hand out one of them before its end has been read; that write fails and is tried again by its caller.
  for (let tries = 0; tries < 20; tries += 1) {
    const outcome = await store.write(op, (tx) => addBook(tx, op.tenant, 'd')).catch((error: unknown) => error)
    if (outcome === undefined) break
    assert.ok(outcome instanceof Unavailable)
  }
  assert.deepEqual(await store.read(op, (db) => bookIds(db, op.tenant)), ['a', 'b', 'c', 'd'])
})

test('a statement that waits too long for a lock is given up, and so is its write', withPostgres, async (t) => {
  const database = await freshPostgres()
  const store = await database.open([shelf])
  t.after(() => store.close())
  const op = testOperation(store.defaultTenant)
  const blocker = new Client(database.superuser)
  await blocker.connect()
  await blocker.query('BEGIN; LOCK TABLE book IN ACCESS EXCLUSIVE MODE')
  await assert.rejects(
    store.write(op, (tx) => addBook(tx, op.tenant, 'waits')),
    { name: 'Unavailable', what: 'store' },
  )
  await blocker.end()
  await becomesHealthy(store)
  assert.deepEqual(await store.read(op, (db) => bookIds(db, op.tenant)), [])
})
