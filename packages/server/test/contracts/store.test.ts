/** What a write and a read promise, whichever engine stands behind them. @module */

import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Kysely } from 'kysely'
import { Refusal, Unavailable, type AuditEvent } from '#kernel'
import { openStore, UniqueConflict, type Recorder, type Transaction } from '#store'
import { eachEngine, forgetful, temporaryDirectory, testOperation } from '../store.ts'
import { addBook, bookIds, copiesOf, shelf, type ShelfTables } from './store-tables.ts'

const happened = (about: string): AuditEvent => ({ what: 'book.added', about, outcome: 'done' })

eachEngine('a write answers with its result, and the next read sees it', [shelf], async (store) => {
  const op = testOperation(store.defaultTenant)
  const result = await store.write(op, async (tx) => {
    await addBook(tx, op.tenant, 'emma', 3)
    return copiesOf(tx, op.tenant, 'emma')
  })
  assert.equal(result, 3)
  assert.equal(await store.read(op, (db) => copiesOf(db, op.tenant, 'emma')), 3)
})

eachEngine('a read sees committed rows only, and one snapshot to its end', [shelf], async (store) => {
  const op = testOperation(store.defaultTenant)
  const seen: unknown[] = []
  await store.write(op, async (tx) => {
    await addBook(tx, op.tenant, 'emma')
    seen.push(await bookIds(tx, op.tenant))
    // Only a test may do this: a closure awaits nothing but its transaction.
    seen.push(await store.read(op, (db) => bookIds(db, op.tenant)))
  })
  assert.deepEqual(seen, [['emma'], []])
  await store.read(op, async (db) => {
    const before = await bookIds(db, op.tenant)
    await store.write(op, (tx) => addBook(tx, op.tenant, 'persuasion'))
    assert.deepEqual(await bookIds(db, op.tenant), before)
  })
  assert.deepEqual(await store.read(op, (db) => bookIds(db, op.tenant)), ['emma', 'persuasion'])
})

eachEngine('what the closure throws reaches the caller as it is, and undoes everything', [shelf], async (store, { events }) => {
  const op = testOperation(store.defaultTenant)
  const thrown = new Error('out of shelves')
  await assert.rejects(
    store.write(op, async (tx) => {
      await addBook(tx, op.tenant, 'emma')
      tx.record(happened('emma'))
      throw thrown
    }),
    (error) => error === thrown,
  )
  assert.deepEqual(await store.read(op, (db) => bookIds(db, op.tenant)), [])
  assert.deepEqual(events, [])
})

eachEngine('a refusal that the closure returns is thrown after its changes were committed', [shelf], async (store, recording) => {
  const op = testOperation(store.defaultTenant)
  const refusal = new Refusal('book.stolen', 'The book is gone.')
  const write = store.write(op, async (tx) => {
    await addBook(tx, op.tenant, 'emma')
    tx.record(happened('emma'))
    return refusal
  })
  await assert.rejects(write, (error) => error === refusal)
  assert.deepEqual(await store.read(op, (db) => bookIds(db, op.tenant)), ['emma'])
  assert.deepEqual(recording.names(), ['book.added'])
})

eachEngine('a refusal that the closure throws undoes its changes', [shelf], async (store, { events }) => {
  const op = testOperation(store.defaultTenant)
  const write = store.write(op, async (tx) => {
    await addBook(tx, op.tenant, 'emma')
    tx.record(happened('emma'))
    throw new Refusal('book.stolen', 'The book is gone.')
  })
  await assert.rejects(write, { name: 'Refusal', code: 'book.stolen' })
  assert.deepEqual(await store.read(op, (db) => bookIds(db, op.tenant)), [])
  assert.deepEqual(events, [])
})

eachEngine('a write that fails does not hurt those beside it', [shelf], async (store, { events }) => {
  const op = testOperation(store.defaultTenant)
  const outcomes = await Promise.allSettled(
    Array.from({ length: 30 }, (_, number) =>
      store.write(op, async (tx) => {
        await addBook(tx, op.tenant, `book ${number}`)
        tx.record(happened(`book ${number}`))
        if (number % 3 === 1) throw new Error('not this one')
        if (number % 3 === 2) await addBook(tx, op.tenant, `book ${number}`)
        return number
      }),
    ),
  )
  const kept = Array.from({ length: 10 }, (_, third) => `book ${third * 3}`).sort()
  assert.deepEqual(
    outcomes.map(({ status }) => status),
    Array.from({ length: 30 }, (_, number) => (number % 3 === 0 ? 'fulfilled' : 'rejected')),
  )
  assert.deepEqual(await store.read(op, (db) => bookIds(db, op.tenant)), kept)
  assert.deepEqual(events.map(({ about }) => about).sort(), kept)
})

eachEngine('a second row with the same key is a UniqueConflict that names its table', [shelf], async (store) => {
  const op = testOperation(store.defaultTenant)
  await store.write(op, (tx) => addBook(tx, op.tenant, 'emma'))
  const again = store.write(op, (tx) => addBook(tx, op.tenant, 'emma'))
  await assert.rejects(again, (error) => error instanceof UniqueConflict && error.table === 'book')
  const sameNote = store.write(op, (tx) =>
    tx
      .withTables<ShelfTables>()
      .insertInto('book')
      .values(['a', 'b'].map((id) => ({ tenant: op.tenant, id, copies: 1, note: 'same', cover: null })))
      .execute(),
  )
  await assert.rejects(sameNote, (error) => error instanceof UniqueConflict && error.table === 'book')
  assert.deepEqual(await store.read(op, (db) => bookIds(db, op.tenant)), ['emma'])
})

eachEngine(
  'a write in which a statement failed does not commit, even if its closure caught the error',
  [shelf],
  async (store, { events }) => {
    const op = testOperation(store.defaultTenant)
    const write = store.write(op, async (tx) => {
      await addBook(tx, op.tenant, 'emma')
      tx.record(happened('emma'))
      await addBook(tx, op.tenant, 'emma').catch(() => {})
    })
    await assert.rejects(write, UniqueConflict)
    assert.deepEqual(await store.read(op, (db) => bookIds(db, op.tenant)), [])
    assert.deepEqual(events, [])
  },
)

eachEngine('what the recorder throws undoes the write', [], async (_store, _recording, database) => {
  await _store.close()
  const recorder: Recorder = {
    append: async (tx, entries) => {
      for (const { op, event } of entries) {
        await addBook(tx, op.tenant, 'record')
        if (event.about === 'bad') throw new Unavailable('audit')
      }
    },
  }
  const store = await database.open([shelf], recorder)
  const op = testOperation(store.defaultTenant)
  try {
    const write = store.write(op, async (tx) => {
      await addBook(tx, op.tenant, 'emma')
      tx.record(happened('bad'))
    })
    await assert.rejects(write, { name: 'Unavailable', what: 'audit' })
    assert.deepEqual(await store.read(op, (db) => bookIds(db, op.tenant)), [])
    await store.write(op, async (tx) => tx.record(happened('good')))
    assert.deepEqual(await store.read(op, (db) => bookIds(db, op.tenant)), ['record'])
    await store.write(op, (tx) => addBook(tx, op.tenant, 'silent'))
    assert.deepEqual(await store.read(op, (db) => bookIds(db, op.tenant)), ['record', 'silent'])
  } finally {
    await store.close()
  }
})

eachEngine('events reach the recorder in their order, once, with the transaction they belong to', [shelf], async (store, { events }) => {
  const op = testOperation(store.defaultTenant)
  const writer = await store.write(op, async (tx) => {
    for (const about of ['first', 'second', 'third']) tx.record(happened(about))
    return tx.writer
  })
  assert.deepEqual(
    events.map(({ about }) => about),
    ['first', 'second', 'third'],
  )
  assert.deepEqual(
    events.map((event) => [event.writer, event.request, event.tenant]),
    events.map(() => [writer, op.id, op.tenant]),
  )
})

eachEngine('a transaction that is used after its closure ended throws', [shelf], async (store, { events }) => {
  const op = testOperation(store.defaultTenant)
  let kept: Transaction | undefined
  let tables: Kysely<ShelfTables> | undefined
  await store.write(op, async (tx) => {
    kept = tx
    tables = tx.withTables<ShelfTables>()
  })
  assert.ok(kept !== undefined && tables !== undefined)
  const [late, query] = [kept, tables]
  await assert.rejects(addBook(late, op.tenant, 'late'), /after the closure/)
  await assert.rejects(query.selectFrom('book').selectAll().execute(), /after the closure/)
  await assert.rejects(late.withTables<ShelfTables>().deleteFrom('book').execute(), /after the closure/)
  assert.throws(() => late.record(happened('late')), /after the closure/)
  await store.read(op, async (db) => {
    kept = db as Transaction
  })
  await assert.rejects(bookIds(kept, op.tenant), /after the closure/)
  assert.deepEqual(await store.read(op, (db) => bookIds(db, op.tenant)), [])
  assert.deepEqual(events, [])
})

eachEngine('a read cannot write, and a closure cannot begin a transaction of its own', [shelf], async (store) => {
  const op = testOperation(store.defaultTenant)
  await assert.rejects(store.read(op, (db) => addBook(db as Transaction, op.tenant, 'sly')))
  await assert.rejects(
    store.write(op, (tx) =>
      tx
        .withTables<ShelfTables>()
        .transaction()
        .execute(() => Promise.resolve()),
    ),
    /begins no other/,
  )
  assert.deepEqual(await store.read(op, (db) => bookIds(db, op.tenant)), [])
  assert.equal(store.isHealthy(), true)
})

eachEngine('reads and writes within reads go on side by side', [shelf], async (store) => {
  const op = testOperation(store.defaultTenant)
  const counts = await Promise.all(
    Array.from({ length: 40 }, async (_, number) => {
      await store.write(op, (tx) => addBook(tx, op.tenant, `book ${number}`))
      const ids = await store.read(op, (db) => bookIds(db, op.tenant))
      return ids.includes(`book ${number}`)
    }),
  )
  assert.ok(counts.every(Boolean))
})

eachEngine('closing lets the writes under way finish and refuses new ones', [shelf], async (store, _recording, database) => {
  const op = testOperation(store.defaultTenant)
  // More than a pool has connections, or a batch places.
  const ids = Array.from({ length: 100 }, (_, number) => `book ${String(number).padStart(3, '0')}`)
  const underWay = Promise.all(ids.map((id) => store.write(op, (tx) => addBook(tx, op.tenant, id))))
  const closing = store.close()
  await assert.rejects(
    store.write(op, (tx) => addBook(tx, op.tenant, 'late')),
    { name: 'Unavailable', what: 'store' },
  )
  await underWay
  await closing
  await store.close()
  assert.equal(store.isHealthy(), false)
  await assert.rejects(
    store.read(op, (db) => bookIds(db, op.tenant)),
    { name: 'Unavailable', what: 'store' },
  )
  const again = await database.open([shelf])
  try {
    assert.equal(again.defaultTenant, op.tenant)
    assert.deepEqual(await again.read(op, (db) => bookIds(db, op.tenant)), ids)
  } finally {
    await again.close()
  }
})

eachEngine('of events that no change goes with, one that cannot be written fails alone', [], async (_store, _recording, database) => {
  await _store.close()
  const landed: string[] = []
  const recorder: Recorder = {
    append: async (tx, entries) => {
      const names: string[] = []
      for (const { op, event } of entries) {
        await addBook(tx, op.tenant, event.about)
        if (event.about === 'bad') throw new RangeError('an event that is no event')
        names.push(event.about)
      }
      landed.push(...names)
    },
  }
  const store = await database.open([shelf], recorder)
  const op = testOperation(store.defaultTenant)
  try {
    const record = async (about: string): Promise<void> => store.record(op, happened(about))
    const ended = await Promise.allSettled(['one', 'bad', 'two', 'three'].map(record))
    assert.deepEqual(
      ended.map(({ status }) => status),
      ['fulfilled', 'rejected', 'fulfilled', 'fulfilled'],
    )
    assert.deepEqual([...(await store.read(op, (db) => bookIds(db, op.tenant)))].sort(), ['one', 'three', 'two'])
    assert.deepEqual([...landed].sort(), ['one', 'three', 'two'])
  } finally {
    await store.close()
  }
})

test('on SQLite, writes that are asked for together share a commit, and it is told how many did', async () => {
  const told: number[] = []
  const store = await openStore({
    kind: 'sqlite',
    directory: temporaryDirectory(),
    migrations: [shelf],
    recorder: forgetful,
    onCommit: (writes) => told.push(writes),
  })
  const op = testOperation(store.defaultTenant)
  told.length = 0
  await Promise.all(['emma', 'persuasion', 'sanditon'].map(async (book) => store.write(op, (tx) => addBook(tx, op.tenant, book))))
  await store.write(op, (tx) => addBook(tx, op.tenant, 'evelina'))
  assert.deepEqual(told, [3, 1])
  await store.close()
})
