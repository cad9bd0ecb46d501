import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { MigrationStep, ModuleMigrations, TableSpec } from '../migration.ts'
import { digestOf, pendingSteps } from './plan.ts'

const fact: TableSpec = { name: 'fact', columns: { name: 'text' }, primaryKey: ['name'], tenancy: { none: 'for everybody' } }
const first: MigrationStep = { number: 1, kind: 'expand', changes: [{ createTable: fact }] }
const second: MigrationStep = { number: 2, kind: 'expand', changes: [{ addColumn: { table: 'fact', column: 'value', type: 'text?' } }] }
const modules: readonly ModuleMigrations[] = [
  { module: 'a', steps: [first, second] },
  { module: 'b', steps: [] },
]
const ran = (step: MigrationStep): { module: string; number: number; digest: string } => ({
  module: 'a',
  number: step.number,
  digest: digestOf(step),
})

const cases = [
  { says: 'an empty database runs everything', applied: [], runs: [1, 2] },
  { says: 'a database of the release before runs what is new', applied: [ran(first)], runs: [2] },
  { says: 'an up-to-date database runs nothing', applied: [ran(first), ran(second)], runs: [] },
  { says: 'a step above ours is a newer schema', applied: [ran(first), { ...ran(second), number: 3 }], code: 'store.schema_newer' },
  { says: 'a module that we do not have is a newer schema', applied: [{ ...ran(first), module: 'c' }], code: 'store.schema_newer' },
  {
    says: 'a step with other contents is another build',
    applied: [{ ...ran(first), digest: digestOf(second) }],
    code: 'store.schema_differs',
  },
] as const

for (const row of cases) {
  test(`planning: ${row.says}`, () => {
    const plan = (): readonly number[] => pendingSteps(modules, row.applied).map(({ step }) => step.number)
    if ('runs' in row) assert.deepEqual(plan(), row.runs)
    else assert.throws(plan, { name: 'StoreMistake', code: row.code })
  })
}

test('the digest of a step changes with what it does, and not with the reason for having no tenant', () => {
  const reworded: MigrationStep = { ...first, changes: [{ createTable: { ...fact, tenancy: { none: 'in other words' } } }] }
  const widened: MigrationStep = { ...first, changes: [{ createTable: { ...fact, columns: { name: 'text', more: 'text' } } }] }
  assert.equal(digestOf(reworded), digestOf(first))
  assert.notEqual(digestOf(widened), digestOf(first))
  assert.notEqual(digestOf({ ...first, kind: 'contract' }), digestOf(first))
})
