import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Change, ModuleMigrations, TableSpec } from '../migration.ts'
import { checkMigrations } from './check.ts'

const table: TableSpec = { name: 'book', columns: { tenant: 'text', id: 'text', note: 'text?' }, primaryKey: ['tenant', 'id'] }
const noTenant: TableSpec = { name: 'book', columns: { id: 'text' }, primaryKey: ['id'], tenancy: { none: 'for everybody' } }

const cases: readonly { readonly says: string; readonly table: TableSpec; readonly wrong?: RegExp }[] = [
  { says: 'a table that begins with its tenant', table },
  { says: 'a table that has no tenant and says why', table: noTenant },
  { says: 'a name of 63 letters', table: { ...table, name: 'b'.repeat(63) } },
  { says: 'a name of 64 letters', table: { ...table, name: 'b'.repeat(64) }, wrong: /not a name/ },
  { says: 'a name with a quote', table: { ...table, name: 'bo"ok' }, wrong: /not a name/ },
  { says: 'a name in capitals', table: { ...table, columns: { ...table.columns, Note: 'text' } }, wrong: /not a name/ },
  {
    says: 'a table that does not say that it has no tenant',
    table: { name: 'book', columns: { id: 'text' }, primaryKey: ['id'] },
    wrong: /first column/,
  },
  { says: 'a tenant that is not first', table: { ...table, columns: { id: 'text', tenant: 'text' } }, wrong: /first column/ },
  {
    says: 'a tenant that may be missing',
    table: { ...table, columns: { tenant: 'text?', id: 'text' }, primaryKey: ['id'] },
    wrong: /first column/,
  },
  { says: 'a primary key that does not begin with the tenant', table: { ...table, primaryKey: ['id', 'tenant'] }, wrong: /every key/ },
  { says: 'a unique key that does not begin with the tenant', table: { ...table, unique: [{ columns: ['note'] }] }, wrong: /every key/ },
  { says: 'a tenant in a table that says it has none', table: { ...table, tenancy: { none: 'it says' } }, wrong: /has a tenant/ },
  { says: 'a primary key of a column that may be NULL', table: { ...table, primaryKey: ['tenant', 'note'] }, wrong: /may not be NULL/ },
  { says: 'a key of a column that is not there', table: { ...table, indexes: [{ columns: ['tenant', 'page'] }] }, wrong: /no column page/ },
  { says: 'an index without columns', table: { ...table, indexes: [{ columns: [] }] }, wrong: /no columns/ },
]

for (const row of cases) {
  test(`tables: ${row.says}`, () => {
    const check = (): void => checkMigrations([oneStep('shelf', { createTable: row.table })])
    if (row.wrong === undefined) check()
    else assert.throws(check, row.wrong)
  })
}

test('steps are numbered from 1 without a gap', () => {
  const step = { kind: 'expand', changes: [] } as const
  checkMigrations([
    {
      module: 'shelf',
      steps: [
        { number: 1, ...step },
        { number: 2, ...step },
      ],
    },
  ])
  assert.throws(() => checkMigrations([{ module: 'shelf', steps: [{ number: 2, ...step }] }]), /step 2 of shelf: is out of order/)
  assert.throws(
    () =>
      checkMigrations([
        {
          module: 'shelf',
          steps: [
            { number: 1, ...step },
            { number: 1, ...step },
          ],
        },
      ]),
    /out of order/,
  )
})

test('a table belongs to one module, and a module is given once', () => {
  const change = { createTable: table }
  assert.throws(() => checkMigrations([oneStep('shelf', change), oneStep('loans', change)]), /made twice/)
  assert.throws(() => checkMigrations([oneStep('shelf', change), oneStep('shelf', change)]), /given twice/)
})

function oneStep(module: string, change: Change): ModuleMigrations {
  return { module, steps: [{ number: 1, kind: 'expand', changes: [change] }] }
}
