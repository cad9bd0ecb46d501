/** Values, counts and order come out of both engines the same. @module */

import assert from 'node:assert/strict'
import { randomBytes } from '#kernel'
import { statement } from '#store'
import type { TenantId } from '#kernel'
import { eachEngine, testOperation } from '../store.ts'
import { addBook, bookIds, copiesOf, shelf, type ShelfTables } from './store-tables.ts'

const everyByte = Uint8Array.from({ length: 256 }, (_, byte) => byte)

const rows = [
  { id: 'zero', copies: 0, note: null, cover: null },
  { id: 'empty', copies: 1, note: '', cover: new Uint8Array() },
  { id: 'bytes', copies: 2, note: 'all of them', cover: everyByte },
  { id: 'largest', copies: Number.MAX_SAFE_INTEGER, note: 'é 漢 🂡 \u{10FFFF} "quoted" \'twice\' \\ % _ ? $1', cover: null },
  { id: 'smallest', copies: Number.MIN_SAFE_INTEGER, note: 'a\nb\tc', cover: randomBytes(70_000) },
] as const

eachEngine('text, integers up to 2^53 - 1, bytes and NULL come back as they went in', [shelf], async (store) => {
  const op = testOperation(store.defaultTenant)
  const given = rows.map((row) => ({ tenant: op.tenant, ...row }))
  await store.write(op, (tx) => tx.withTables<ShelfTables>().insertInto('book').values(given).execute())
  const found = await store.read(op, (db) => db.withTables<ShelfTables>().selectFrom('book').selectAll().execute())
  const byId = new Map(found.map((row) => [row.id, row]))
  assert.deepEqual(
    given.map(({ id }) => byId.get(id)),
    given,
  )
})

eachEngine('a Buffer or a view into one is stored as its own bytes', [shelf], async (store) => {
  const op = testOperation(store.defaultTenant)
  const cover = Buffer.from('xxcoverxx').subarray(2, 7)
  const row = await store.write(op, (tx) =>
    tx
      .withTables<ShelfTables>()
      .insertInto('book')
      .values({ tenant: op.tenant, id: 'emma', copies: 1, note: null, cover })
      .returning('cover')
      .executeTakeFirstOrThrow(),
  )
  assert.deepEqual(row.cover, new TextEncoder().encode('cover'))
})

const wrong = [
  { says: 'a fraction in a column of integers', copies: 1.5, note: 'x' },
  { says: 'an undefined value', copies: undefined, note: 'x' },
  { says: 'NULL where it is not allowed', copies: null, note: 'x' },
  { says: 'text in a column of integers', copies: 'many', note: 'x' },
] as const

for (const { says, ...values } of wrong) {
  eachEngine(`${says} is refused`, [shelf], async (store) => {
    const op = testOperation(store.defaultTenant)
    const insert = statement<ShelfTables, { tenant: TenantId; id: string; copies: unknown; note: unknown }, never>((db, slot) =>
      db.insertInto('book').values({ tenant: slot('tenant'), id: slot('id'), copies: slot('copies'), note: slot('note'), cover: null }),
    )
    await assert.rejects(store.write(op, (tx) => tx.run(insert, { tenant: op.tenant, id: 'emma', ...values })))
    assert.deepEqual(await store.read(op, (db) => bookIds(db, op.tenant)), [])
    assert.equal(store.isHealthy(), true)
  })
}

eachEngine('an integer beyond 2^53 - 1 is an error and is never rounded', [shelf], async (store) => {
  const op = testOperation(store.defaultTenant)
  await store.write(op, (tx) => addBook(tx, op.tenant, 'emma', Number.MAX_SAFE_INTEGER))
  await store.write(op, (tx) =>
    tx
      .withTables<ShelfTables>()
      .updateTable('book')
      .set((eb) => ({ copies: eb('copies', '+', 1) }))
      .execute(),
  )
  await assert.rejects(store.read(op, (db) => copiesOf(db, op.tenant, 'emma')))
})

eachEngine('a statement is built once and takes other values each time', [shelf], async (store) => {
  const op = testOperation(store.defaultTenant)
  let built = 0
  const find = statement<ShelfTables, { tenant: TenantId; least: number; most: number; limit: number }, { id: string }>((db, slot) => {
    built += 1
    return db
      .selectFrom('book')
      .select('id')
      .where('tenant', '=', slot('tenant'))
      .where((eb) => eb.between('copies', slot('least'), slot('most')))
      .where('copies', '!=', 3)
      .orderBy('copies')
      .limit(slot('limit'))
  })
  await store.write(op, async (tx) => {
    for (const copies of [1, 2, 3, 4, 5]) await addBook(tx, op.tenant, `book ${copies}`, copies)
    assert.deepEqual(await tx.run(find, { tenant: op.tenant, least: 1, most: 9, limit: 1 }), [{ id: 'book 1' }])
  })
  const ask = (least: number, most: number, limit: number): Promise<readonly { id: string }[]> =>
    store.read(op, (db) => db.run(find, { most, limit, least, tenant: op.tenant }))
  assert.deepEqual(await ask(2, 4, 10), [{ id: 'book 2' }, { id: 'book 4' }])
  assert.deepEqual(await ask(4, 5, 1), [{ id: 'book 4' }])
  assert.deepEqual(await ask(6, 9, 1), [])
  assert.equal(built, 1)
})

eachEngine('a slot that is given no value is an error, not NULL', [shelf], async (store) => {
  const op = testOperation(store.defaultTenant)
  const find = statement<ShelfTables, { id: string; tenant?: TenantId }, { id: string }>((db, slot) =>
    db.selectFrom('book').select('id').where('tenant', '=', slot('tenant')).where('id', '=', slot('id')),
  )
  await assert.rejects(
    store.read(op, (db) => db.run(find, { id: 'emma' })),
    /slot tenant/,
  )
})

eachEngine('counts of inserted, updated and deleted rows are right', [shelf], async (store) => {
  const op = testOperation(store.defaultTenant)
  const counts = await store.write(op, async (tx) => {
    const tables = tx.withTables<ShelfTables>()
    const book = (id: string): ShelfTables['book'] => ({ tenant: op.tenant, id, copies: 1, note: null, cover: null })
    const inserted = await tables.insertInto('book').values(['a', 'b', 'c'].map(book)).executeTakeFirst()
    const nothing = await tables
      .insertInto('book')
      .values(['a', 'd'].map(book))
      .onConflict((conflict) => conflict.columns(['tenant', 'id']).doNothing())
      .executeTakeFirst()
    const updated = await tables.updateTable('book').set({ copies: 7 }).where('id', 'in', ['a', 'b', 'x']).executeTakeFirst()
    const untouched = await tables.updateTable('book').set({ copies: 7 }).where('id', '=', 'x').executeTakeFirst()
    const deleted = await tables.deleteFrom('book').where('copies', '=', 7).executeTakeFirst()
    return [
      inserted.numInsertedOrUpdatedRows,
      nothing.numInsertedOrUpdatedRows,
      updated.numUpdatedRows,
      untouched.numUpdatedRows,
      deleted.numDeletedRows,
    ]
  })
  assert.deepEqual(counts, [3n, 1n, 2n, 0n, 2n])
})

eachEngine('text sorts by its bytes', [shelf], async (store) => {
  const op = testOperation(store.defaultTenant)
  const sorted = ['A', 'B', 'a', 'a b', 'a-b', 'ab', 'é', '漢', '🂡']
  await store.write(op, async (tx) => {
    for (const id of sorted.toReversed()) await addBook(tx, op.tenant, id)
  })
  assert.deepEqual(await store.read(op, (db) => bookIds(db, op.tenant)), sorted)
})

eachEngine('counting, adding up, dividing and asking whether answer with the same numbers', [shelf], async (store) => {
  const op = testOperation(store.defaultTenant)
  await store.write(op, async (tx) => {
    await addBook(tx, op.tenant, 'a', 3)
    await addBook(tx, op.tenant, 'b', 4)
  })
  const row = await store.read(op, (db) =>
    db
      .withTables<ShelfTables>()
      .selectFrom('book')
      .select((eb) => [
        eb.fn.countAll<number>().as('count'),
        eb.fn.sum<number>('copies').as('sum'),
        eb.fn.max('copies').as('most'),
        eb(eb.fn.max('copies'), '/', 3).as('third'),
        eb(eb.fn.max('copies'), '>', 3).as('many'),
      ])
      .executeTakeFirst(),
  )
  assert.deepEqual(row, { count: 2, sum: 7, most: 4, third: 1, many: 1 })
})
