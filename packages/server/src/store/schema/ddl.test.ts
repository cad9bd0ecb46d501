import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Change } from '../migration.ts'
import { sqlOf } from './ddl.ts'

const book: Change = {
  createTable: {
    name: 'book',
    columns: { tenant: 'text', id: 'text', copies: 'integer', cover: 'bytes?' },
    primaryKey: ['tenant', 'id'],
    unique: [{ columns: ['tenant', 'cover'] }],
    indexes: [{ columns: ['tenant', 'copies'], where: 'copies > 0' }],
  },
}

test('a table on SQLite is STRICT', () => {
  assert.deepEqual(sqlOf(book, 'sqlite'), [
    'CREATE TABLE "book" ("tenant" TEXT NOT NULL, "id" TEXT NOT NULL, "copies" INTEGER NOT NULL, "cover" BLOB, PRIMARY KEY ("tenant", "id")) STRICT',
    'CREATE UNIQUE INDEX "book_tenant_cover_key" ON "book" ("tenant", "cover")',
    'CREATE INDEX "book_tenant_copies_index_9c2Oebmw" ON "book" ("tenant", "copies") WHERE copies > 0',
  ])
})

test('a table on PostgreSQL sorts by bytes and is guarded by its tenant', () => {
  assert.deepEqual(sqlOf(book, 'postgres'), [
    'CREATE TABLE "book" ("tenant" text COLLATE "C" NOT NULL, "id" text COLLATE "C" NOT NULL, "copies" bigint NOT NULL, "cover" bytea, PRIMARY KEY ("tenant", "id"))',
    'CREATE UNIQUE INDEX "book_tenant_cover_key" ON "book" ("tenant", "cover")',
    'CREATE INDEX "book_tenant_copies_index_9c2Oebmw" ON "book" ("tenant", "copies") WHERE copies > 0',
    'ALTER TABLE "book" ENABLE ROW LEVEL SECURITY',
    'ALTER TABLE "book" FORCE ROW LEVEL SECURITY',
    `CREATE POLICY own_tenant ON "book" USING (tenant = current_setting('countersign.tenant', true)) WITH CHECK (tenant = current_setting('countersign.tenant', true))`,
  ])
})

test('a table for everybody is not guarded', () => {
  const change: Change = {
    createTable: { name: 'fact', columns: { name: 'text' }, primaryKey: ['name'], tenancy: { none: 'for everybody' } },
  }
  assert.deepEqual(sqlOf(change, 'postgres'), ['CREATE TABLE "fact" ("name" text COLLATE "C" NOT NULL, PRIMARY KEY ("name"))'])
})

test('names of indexes fit in the 63 bytes of PostgreSQL and stay apart', () => {
  const names = ['a', 'b'].map((last) => {
    const change: Change = {
      createIndex: { table: 'a_table_with_a_long_name', columns: ['tenant', 'a_column_with_a_long_name', `another_long_name_${last}`] },
    }
    return /INDEX "([^"]+)"/.exec(sqlOf(change, 'sqlite')[0] ?? '')?.[1] ?? ''
  })
  assert.equal(new Set(names).size, 2)
  for (const name of names) assert.ok(name.length <= 63 && name.length > 0, name)
})

test('each engine gets its own SQL where a step says so', () => {
  const change: Change = { sql: { sqlite: ['one'], postgres: ['two', 'three'] } }
  assert.deepEqual([sqlOf(change, 'sqlite'), sqlOf(change, 'postgres')], [['one'], ['two', 'three']])
})
