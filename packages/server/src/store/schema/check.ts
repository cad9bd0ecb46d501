/**
 * What a module's description of its tables must keep to. A description that
 * does not is a defect of the program, found at its first start.
 *
 * @module
 */

import type { Change, ModuleMigrations, TableSpec } from '../migration.ts'

/** PostgreSQL cuts longer names off; lower case spares both engines the question of quoting. */
const nameShape = /^[a-z][a-z0-9_]{0,62}$/

/** Throws an `Error` that names the module, the step and what is wrong. */
export function checkMigrations(modules: readonly ModuleMigrations[]): void {
  const names = modules.map(({ module }) => module)
  const twice = names.find((name, index) => names.indexOf(name) !== index)
  if (twice !== undefined) throw new Error(`the migrations of ${twice} are given twice`)
  const tables = new Set<string>()
  for (const { module, steps } of modules) {
    for (const [index, { number, changes }] of steps.entries()) {
      const wrong =
        number === index + 1 ? changes.map((change) => wrongWith(change, tables)).find((text) => text !== undefined) : 'is out of order'
      if (wrong !== undefined) throw new Error(`step ${number} of ${module}: ${wrong}`)
    }
  }
}

function wrongWith(change: Change, tables: Set<string>): string | undefined {
  if ('createTable' in change) {
    const { name } = change.createTable
    if (tables.has(name)) return `the table ${name} is made twice`
    tables.add(name)
    return wrongWithTable(change.createTable)
  }
  if ('addColumn' in change) return wrongNames(change.addColumn.table, change.addColumn.column)
  if ('createIndex' in change) return wrongNames(change.createIndex.table, ...change.createIndex.columns)
  return undefined
}

function wrongWithTable({ name, columns, primaryKey, unique = [], indexes = [], tenancy }: TableSpec): string | undefined {
  const keys = [primaryKey, ...unique.map((key) => key.columns)]
  const all = [...keys, ...indexes.map((index) => index.columns)]
  const unknown = all.flat().find((column) => columns[column] === undefined)
  if (unknown !== undefined) return `${name} has no column ${unknown}`
  const nullable = primaryKey.find((column) => columns[column]?.endsWith('?'))
  if (nullable !== undefined) return `${nullable} is part of the primary key of ${name} and may not be NULL`
  if (all.some((list) => list.length === 0)) return `a key or an index of ${name} has no columns`
  if (tenancy === undefined) {
    if (Object.keys(columns)[0] !== 'tenant' || columns['tenant'] !== 'text') return `the first column of ${name} must be tenant, text`
    if (keys.some(([first]) => first !== 'tenant')) return `every key of ${name} must begin with tenant`
  } else if (columns['tenant'] !== undefined) return `${name} has a tenant and says that it has none`
  return wrongNames(name, ...Object.keys(columns))
}

function wrongNames(...names: readonly string[]): string | undefined {
  const wrong = names.find((name) => !nameShape.test(name))
  return wrong === undefined ? undefined : `"${wrong}" is not a name for a table or a column`
}
