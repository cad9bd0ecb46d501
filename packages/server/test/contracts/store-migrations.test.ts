/** A database is brought forward, step by step, and never back. @module */

import assert from 'node:assert/strict'
import { statSync } from 'node:fs'
import { join } from 'node:path'
import { findInstanceFact, replaceInstanceFact, setInstanceFact, type Change, type ModuleMigrations, type Store } from '#store'
import { eachEngine, testOperation, type FreshDatabase } from '../store.ts'
import { addBook, bookIds, shelf } from './store-tables.ts'

const stepTwo: Change = { addColumn: { table: 'book', column: 'language', type: 'text?' } }
const stepThree: Change = { createIndex: { table: 'book', columns: ['tenant', 'language'], where: 'language IS NOT NULL' } }

function shelfWith(...later: readonly Change[]): ModuleMigrations {
  const steps = later.map((change, index) => ({ number: index + 2, kind: 'expand', changes: [change] }) as const)
  return { module: 'shelf', steps: [...shelf.steps, ...steps] }
}

const loans: ModuleMigrations = {
  module: 'loans',
  steps: [
    {
      number: 1,
      kind: 'expand',
      changes: [{ createTable: { name: 'loan', columns: { tenant: 'text', id: 'text' }, primaryKey: ['tenant', 'id'] } }],
    },
  ],
}

async function reopen(store: Store, database: FreshDatabase, migrations: readonly ModuleMigrations[]): Promise<Store> {
  await store.close()
  return database.open(migrations)
}

eachEngine('later steps and new modules are added to a database with rows', [shelf], async (store, _, database) => {
  const op = testOperation(store.defaultTenant)
  await store.write(op, (tx) => addBook(tx, op.tenant, 'emma'))
  const later = await reopen(store, database, [shelfWith(stepTwo, stepThree), loans])
  try {
    const rows = await later.read(op, (db) =>
      db
        .withTables<{ book: { id: string; language: string | null }; loan: { id: string } }>()
        .selectFrom('book')
        .leftJoin('loan', 'loan.id', 'book.id')
        .select(['book.id', 'language'])
        .execute(),
    )
    assert.deepEqual(rows, [{ id: 'emma', language: null }])
  } finally {
    await later.close()
  }
})

eachEngine(
  'a program that does not know a step, or a module, refuses the database in one sentence; where servers run side by side it bears what only adds',
  [shelf],
  async (store, _, database) => {
    if (database.engine === 'postgres') {
      await bears(store, database)
      return
    }
    await reopen(store, database, [shelfWith(stepTwo), loans]).then((newer) => newer.close())
    for (const [older, names] of [
      [[shelf, loans], /shelf step 2/],
      [[shelfWith(stepTwo)], /loans step 1/],
    ] as const) {
      await assert.rejects(database.open(older), (error) => {
        assert.ok(error instanceof Error)
        assert.match(error.message, names)
        assert.match(
          error.message,
          /^The database was last used by a newer version of Countersign \(.*\); start that version or a later one\.$/,
        )
        return error.name === 'StoreMistake' && 'code' in error && error.code === 'store.schema_newer'
      })
    }
    const again = await database.open([shelfWith(stepTwo), loans])
    await again.close()
  },
)

/** A server of this release and one of the next on the same database, the older one started last. */
async function bears(store: Store, database: FreshDatabase): Promise<void> {
  const op = testOperation(store.defaultTenant)
  const newer = await database.open([shelfWith(stepTwo), loans])
  const older = await database.open([shelf])
  await older.write(op, (tx) => addBook(tx, op.tenant, 'emma'))
  assert.deepEqual(await newer.read(op, (db) => bookIds(db, op.tenant)), ['emma'])
  await Promise.all([newer.close(), older.close()])
  const drop: Change = { sql: { sqlite: [], postgres: ['ALTER TABLE book DROP COLUMN language'] } }
  const taking: ModuleMigrations = {
    module: 'shelf',
    steps: [...shelfWith(stepTwo).steps, { number: 3, kind: 'contract', changes: [drop] }],
  }
  await (await database.open([taking, loans])).close()
  await (await database.open([taking])).close()
  await assert.rejects(database.open([shelfWith(stepTwo), loans]), (error) => {
    assert.ok(error instanceof Error)
    assert.match(error.message, /^The database was last used by a newer version of Countersign \(shelf step 3\); start/)
    return 'code' in error && error.code === 'store.schema_newer'
  })
}

eachEngine('a step that ran here with other contents is refused', [shelf], async (store, _, database) => {
  await reopen(store, database, [shelfWith(stepTwo)]).then((later) => later.close())
  await assert.rejects(database.open([shelfWith(stepThree)]), { name: 'StoreMistake', code: 'store.schema_differs' })
})

eachEngine('steps that fail leave nothing behind, not even the steps before them', [shelf], async (store, _, database) => {
  const op = testOperation(store.defaultTenant)
  await store.write(op, (tx) => addBook(tx, op.tenant, 'emma'))
  const broken: Change = { sql: { sqlite: ['CREATE TABLE loan (nonsense'], postgres: ['CREATE TABLE loan (nonsense'] } }
  await assert.rejects(reopen(store, database, [shelfWith(stepTwo, broken)]), /syntax|incomplete/)
  const again = await database.open([shelfWith(stepTwo)])
  try {
    assert.deepEqual(await again.read(op, (db) => bookIds(db, op.tenant)), ['emma'])
  } finally {
    await again.close()
  }
})

eachEngine('facts about the database are set once and changed by comparing', [shelf], async (store, _, database) => {
  const op = testOperation(store.defaultTenant)
  assert.match((await store.read(op, (db) => findInstanceFact(db, 'id'))) ?? '', /^ins_[0-9A-Za-z]{22}$/)
  assert.equal(await store.read(op, (db) => findInstanceFact(db, 'epoch')), '1')
  assert.equal(await store.read(op, (db) => findInstanceFact(db, 'stamp')), undefined)
  const set = await store.write(op, async (tx) => [
    await setInstanceFact(tx, 'stamp', 'demo'),
    await setInstanceFact(tx, 'stamp', 'production'),
  ])
  assert.deepEqual(set, [true, false])
  const replaced = await store.write(op, async (tx) => [
    await replaceInstanceFact(tx, 'epoch', '1', '2'),
    await replaceInstanceFact(tx, 'epoch', '1', '3'),
  ])
  assert.deepEqual(replaced, [true, false])
  const again = await reopen(store, database, [shelf])
  try {
    assert.equal(again.defaultTenant, op.tenant)
    assert.equal(await again.read(op, (db) => findInstanceFact(db, 'stamp')), 'demo')
    assert.equal(await again.read(op, (db) => findInstanceFact(db, 'epoch')), '2')
  } finally {
    await again.close()
  }
})

eachEngine('files of the data directory are for their owner alone', [shelf], async (store, _, { where }) => {
  const op = testOperation(store.defaultTenant)
  await store.write(op, (tx) => addBook(tx, op.tenant, 'emma'))
  if (where.kind === 'postgres') return
  for (const file of ['countersign.db', 'countersign.db-wal', 'countersign.db-shm', 'lock']) {
    assert.equal(statSync(join(where.directory, file)).mode & 0o777, 0o600, file)
  }
})
