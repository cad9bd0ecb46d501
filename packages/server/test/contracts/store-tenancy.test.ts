/** PostgreSQL itself keeps tenants apart, whatever a query forgets to say. @module */

import assert from 'node:assert/strict'
import { before, suite, test } from 'node:test'
import { Client } from 'pg'
import { newId } from '#kernel'
import type { Store } from '#store'
import { missingPostgres, stopPostgresAfterwards } from '../postgres.ts'
import { freshPostgres, testOperation, type FreshDatabase } from '../store.ts'
import { addBook, shelf, type ShelfTables } from './store-tables.ts'

stopPostgresAfterwards()

suite('row-level security', { skip: missingPostgres() }, () => {
  let database: FreshDatabase
  let store: Store
  const other = newId('ten')

  before(async () => {
    database = await freshPostgres()
    store = await database.open([shelf])
    const op = testOperation(store.defaultTenant)
    await store.write(op, (tx) => addBook(tx, op.tenant, 'ours'))
    await store.write(testOperation(other), (tx) => addBook(tx, other, 'theirs'))
    return () => store.close()
  })

  const everything = (asked: Store, tenant: typeof other): Promise<readonly { id: string }[]> =>
    asked.read(testOperation(tenant), (db) => db.withTables<ShelfTables>().selectFrom('book').select('id').execute())

  test('a query that names no tenant sees the rows of its operation’s tenant alone', async () => {
    assert.deepEqual(await everything(store, store.defaultTenant), [{ id: 'ours' }])
    assert.deepEqual(await everything(store, other), [{ id: 'theirs' }])
    assert.deepEqual(await everything(store, newId('ten')), [])
  })

  test('an update or a delete that names no tenant leaves other tenants alone', async () => {
    const changed = await store.write(testOperation(newId('ten')), async (tx) => {
      const updated = await tx.withTables<ShelfTables>().updateTable('book').set({ copies: 0 }).executeTakeFirst()
      const deleted = await tx.withTables<ShelfTables>().deleteFrom('book').executeTakeFirst()
      return [updated.numUpdatedRows, deleted.numDeletedRows]
    })
    assert.deepEqual(changed, [0n, 0n])
  })

  test('a row cannot be written for another tenant, nor moved to one', async () => {
    const op = testOperation(store.defaultTenant)
    await assert.rejects(
      store.write(op, (tx) => addBook(tx, other, 'smuggled')),
      /row-level security/,
    )
    const moved = store.write(op, (tx) => tx.withTables<ShelfTables>().updateTable('book').set({ tenant: other }).execute())
    await assert.rejects(moved, /row-level security/)
    assert.equal(store.isHealthy(), true)
  })

  test('the same role without a tenant sees nothing, even though it owns the tables', async () => {
    const { where } = database
    assert.ok(where.kind === 'postgres')
    const client = new Client({ connectionString: where.url })
    await client.connect()
    try {
      const count = async (): Promise<string | undefined> =>
        (await client.query<{ count: string }>('SELECT count(*) FROM book')).rows[0]?.count
      assert.equal(await count(), '0')
      await client.query(`BEGIN; SET LOCAL countersign.tenant = '${other}'`)
      assert.equal(await count(), '1')
      await client.query('COMMIT')
      assert.equal(await count(), '0')
    } finally {
      await client.end()
    }
  })

  test('the tenant of one transaction is not left behind for the next on its connection', async () => {
    for (let round = 0; round < 20; round += 1) {
      const tenant = round % 2 === 0 ? other : store.defaultTenant
      assert.deepEqual(await everything(store, tenant), [{ id: round % 2 === 0 ? 'theirs' : 'ours' }])
    }
  })

  test('every table with a tenant forces row-level security', async () => {
    const client = new Client(database.superuser)
    await client.connect()
    try {
      const { rows } = await client.query<{ name: string; forced: boolean }>(
        `SELECT relname AS name, relrowsecurity AND relforcerowsecurity AS forced FROM pg_class
         JOIN pg_attribute ON attrelid = pg_class.oid AND attname = 'tenant'
         WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace ORDER BY relname`,
      )
      assert.deepEqual(rows, [
        { name: 'book', forced: true },
        { name: 'visit', forced: true },
      ])
    } finally {
      await client.end()
    }
  })
})
