/** When two arrive at once, one write decides. @module */

import assert from 'node:assert/strict'
import { Refusal, type TenantId } from '#kernel'
import type { ModuleMigrations, Recorder, Transaction } from '#store'
import { eachEngine, testOperation } from '../store.ts'
import { addBook, bookIds, copiesOf, shelf, type ShelfTables } from './store-tables.ts'

const many = 25

eachEngine('of many that compare and set at once exactly one succeeds', [shelf], async (store) => {
  const op = testOperation(store.defaultTenant)
  await store.write(op, (tx) => addBook(tx, op.tenant, 'emma', 1))
  const spend = (tx: Transaction): Promise<boolean> =>
    tx
      .withTables<ShelfTables>()
      .updateTable('book')
      .set({ copies: 0 })
      .where('tenant', '=', op.tenant)
      .where('id', '=', 'emma')
      .where('copies', '=', 1)
      .executeTakeFirst()
      .then(({ numUpdatedRows }) => numUpdatedRows === 1n)
  const won = await Promise.all(Array.from({ length: many }, () => store.write(op, spend)))
  assert.equal(won.filter(Boolean).length, 1)
})

eachEngine('of many that delete a row at once exactly one is given it', [shelf], async (store) => {
  const op = testOperation(store.defaultTenant)
  await store.write(op, (tx) => addBook(tx, op.tenant, 'emma', 5))
  const take = (tx: Transaction): Promise<number | undefined> =>
    tx
      .withTables<ShelfTables>()
      .deleteFrom('book')
      .where('tenant', '=', op.tenant)
      .where('id', '=', 'emma')
      .returning('copies')
      .executeTakeFirst()
      .then((row) => row?.copies)
  const taken = await Promise.all(Array.from({ length: many }, () => store.write(op, take)))
  assert.deepEqual(
    taken.filter((copies) => copies !== undefined),
    [5],
  )
})

eachEngine('of many that insert the same key at once exactly one succeeds', [shelf], async (store) => {
  const op = testOperation(store.defaultTenant)
  const outcomes = await Promise.allSettled(Array.from({ length: many }, () => store.write(op, (tx) => addBook(tx, op.tenant, 'emma'))))
  const refused = outcomes.filter((outcome) => outcome.status === 'rejected')
  assert.equal(refused.length, many - 1)
  assert.ok(refused.every(({ reason }) => reason instanceof Error && reason.name === 'UniqueConflict'))
})

eachEngine('what a closure read is still true when it commits: a read before a write loses no update', [shelf], async (store) => {
  const op = testOperation(store.defaultTenant)
  await store.write(op, (tx) => addBook(tx, op.tenant, 'emma', 0))
  const addOne = async (tx: Transaction): Promise<void> => {
    const copies = (await copiesOf(tx, op.tenant, 'emma')) ?? 0
    await tx
      .withTables<ShelfTables>()
      .updateTable('book')
      .set({ copies: copies + 1 })
      .where('id', '=', 'emma')
      .execute()
  }
  await Promise.all(Array.from({ length: many }, () => store.write(op, addOne)))
  assert.equal(await store.read(op, (db) => copiesOf(db, op.tenant, 'emma')), many)
})

eachEngine('two that read what the other writes do not both go through on old news', [shelf], async (store) => {
  const op = testOperation(store.defaultTenant)
  await store.write(op, async (tx) => {
    await addBook(tx, op.tenant, 'ann', 1)
    await addBook(tx, op.tenant, 'ben', 1)
  })
  /** The last one must stay: each leaves only while it sees another. */
  const leave = async (tx: Transaction, id: string): Promise<boolean | Refusal> => {
    const there = await tx.withTables<ShelfTables>().selectFrom('book').select('id').where('copies', '>', 0).execute()
    if (there.length < 2) return new Refusal('book.last', 'The last one stays.')
    await tx.withTables<ShelfTables>().updateTable('book').set({ copies: 0 }).where('id', '=', id).execute()
    return true
  }
  const outcomes = await Promise.allSettled(['ann', 'ben'].map((id) => store.write(op, (tx) => leave(tx, id))))
  assert.deepEqual(outcomes.map(({ status }) => status).sort(), ['fulfilled', 'rejected'])
})

eachEngine(
  'a closure that collided with a neighbour is run again, and only its last run counts',
  [shelf],
  async (store, { events }, database) => {
    const op = testOperation(store.defaultTenant)
    await store.write(op, (tx) => addBook(tx, op.tenant, 'emma', 1))
    const add = (tx: Transaction, copies: number): Promise<unknown> =>
      tx
        .withTables<ShelfTables>()
        .updateTable('book')
        .set((eb) => ({ copies: eb('copies', '+', copies) }))
        .where('id', '=', 'emma')
        .execute()
    let runs = 0
    const before = await store.write(op, async (tx) => {
      runs += 1
      const seen = await copiesOf(tx, op.tenant, 'emma')
      tx.record({ what: 'book.added', about: `run ${runs}`, outcome: 'done' })
      // Only a test may do this; SQLite has one writer, who would wait for itself.
      if (runs === 1 && database.engine === 'postgres') await store.write(op, (neighbour) => add(neighbour, 10))
      await add(tx, 100)
      return seen
    })
    const expected = database.engine === 'postgres' ? { runs: 2, before: 11, after: 111 } : { runs: 1, before: 1, after: 101 }
    assert.deepEqual({ runs, before, after: await store.read(op, (db) => copiesOf(db, op.tenant, 'emma')) }, expected)
    assert.deepEqual(
      events.map(({ about }) => about),
      [`run ${expected.runs}`],
    )
  },
)

eachEngine('a row that everybody changes turns nobody away', [shelf], async (store) => {
  const op = testOperation(store.defaultTenant)
  const count = (tx: Transaction): Promise<number> => nextVisit(tx, op.tenant, 'everybody')
  const numbers = await Promise.all(Array.from({ length: 200 }, () => store.write(op, count)))
  assert.deepEqual(
    numbers.sort((left, right) => left - right),
    Array.from({ length: 200 }, (_, index) => index + 1),
  )
})

/** Numbers its events inside the transaction, as the record does. */
const journal: ModuleMigrations = {
  module: 'journal',
  steps: [
    {
      number: 1,
      kind: 'expand',
      changes: [
        {
          createTable: {
            name: 'entry',
            columns: { tenant: 'text', writer: 'text', number: 'integer' },
            primaryKey: ['tenant', 'writer', 'number'],
          },
        },
      ],
    },
  ],
}

const numbering: Recorder = {
  append: async (tx, entries) => {
    for (const { op } of entries) {
      const { tenant } = op
      const number = await nextVisit(tx, tenant, tx.writer)
      await tx
        .withTables<{ entry: { tenant: TenantId; writer: string; number: number } }>()
        .insertInto('entry')
        .values({ tenant, writer: tx.writer, number })
        .execute()
    }
  },
}

eachEngine('events that are numbered by their writer leave no gap, whatever fails and whoever restarts', [], async (first, _, database) => {
  await first.close()
  const writers = new Set<string>()
  for (const round of [1, 2]) {
    const store = await database.open([shelf, journal], numbering)
    const op = testOperation(store.defaultTenant)
    await Promise.allSettled(
      Array.from({ length: 60 }, (_, number) =>
        store.write(op, async (tx) => {
          await addBook(tx, op.tenant, `book ${round} ${number}`)
          tx.record({ what: 'book.added', about: 'x', outcome: 'done' })
          if (number % 4 === 0) throw new Error('not this one')
          if (number % 4 === 1) return new Refusal('book.stolen', 'The book is gone.')
          return undefined
        }),
      ),
    )
    const entries = await store.read(op, (db) =>
      db
        .withTables<{ entry: { tenant: TenantId; writer: string; number: number } }>()
        .selectFrom('entry')
        .select(['writer', 'number'])
        .orderBy('writer')
        .orderBy('number')
        .execute(),
    )
    assert.equal(entries.length, round * 45)
    assert.equal((await store.read(op, (db) => bookIds(db, op.tenant))).length, round * 45)
    for (const [writer, own] of Map.groupBy(entries, (entry) => entry.writer)) {
      assert.match(writer, /^wri_/)
      writers.add(writer)
      assert.deepEqual(
        own.map(({ number }) => number),
        own.map((_, index) => index + 1),
      )
    }
    await store.close()
  }
  // One on SQLite; on PostgreSQL as many as may write at once, and the second start uses the same.
  assert.ok(writers.size <= (database.engine === 'sqlite' ? 1 : 10))
})

/** One more than the last, made inside the transaction. */
async function nextVisit(tx: Transaction, tenant: TenantId, writer: string): Promise<number> {
  const { last } = await tx
    .withTables<ShelfTables>()
    .insertInto('visit')
    .values({ tenant, writer, last: 1 })
    .onConflict((conflict) => conflict.columns(['tenant', 'writer']).doUpdateSet((to) => ({ last: to('visit.last', '+', 1) })))
    .returning('last')
    .executeTakeFirstOrThrow()
  return last
}
