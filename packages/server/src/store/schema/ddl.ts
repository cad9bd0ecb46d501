/**
 * SQL of both engines from one description.
 *
 * @module
 */

import { base64url, sha256 } from '#kernel'
import type { Engine } from '../contract.ts'
import type { Change, ColumnType, IndexSpec, TableSpec } from '../migration.ts'

/** PostgreSQL's setting that row-level security compares with. Set for each transaction, never for a connection. */
export const tenantSetting = 'countersign.tenant'

type PlainType = 'text' | 'integer' | 'bytes'

/** STRICT makes SQLite hold types too. The collation makes both engines sort text by its bytes, whatever the database's locale. */
const types: Readonly<Record<Engine, Readonly<Record<PlainType, string>>>> = {
  sqlite: { text: 'TEXT', integer: 'INTEGER', bytes: 'BLOB' },
  postgres: { text: 'text COLLATE "C"', integer: 'bigint', bytes: 'bytea' },
}

/** The statements of one change, in their order. */
export function sqlOf(change: Change, engine: Engine): readonly string[] {
  if ('createTable' in change) return createTable(change.createTable, engine)
  if ('createIndex' in change) return [createIndex('INDEX', change.createIndex.table, change.createIndex)]
  if ('addColumn' in change) {
    const { table, column, type } = change.addColumn
    return [`ALTER TABLE ${quote(table)} ADD COLUMN ${columnSql(column, type, engine)}`]
  }
  return change.sql[engine]
}

function createTable(table: TableSpec, engine: Engine): readonly string[] {
  const columns = Object.entries(table.columns).map(([name, type]) => columnSql(name, type, engine))
  const body = [...columns, `PRIMARY KEY (${list(table.primaryKey)})`].join(', ')
  return [
    `CREATE TABLE ${quote(table.name)} (${body})${engine === 'sqlite' ? ' STRICT' : ''}`,
    ...(table.unique ?? []).map((key) => createIndex('UNIQUE INDEX', table.name, key)),
    ...(table.indexes ?? []).map((index) => createIndex('INDEX', table.name, index)),
    ...(engine === 'postgres' && table.tenancy === undefined ? guardRows(table.name) : []),
  ]
}

/** `FORCE` binds the owner of the table too, which is who we are. Without a tenant the setting is NULL or empty, and no row is seen. */
function guardRows(name: string): readonly string[] {
  const own = `(tenant = current_setting('${tenantSetting}', true))`
  return [
    `ALTER TABLE ${quote(name)} ENABLE ROW LEVEL SECURITY`,
    `ALTER TABLE ${quote(name)} FORCE ROW LEVEL SECURITY`,
    `CREATE POLICY own_tenant ON ${quote(name)} USING ${own} WITH CHECK ${own}`,
  ]
}

function createIndex(kind: 'INDEX' | 'UNIQUE INDEX', table: string, { columns, where }: IndexSpec): string {
  const condition = where === undefined ? '' : ` WHERE ${where}`
  return `CREATE ${kind} ${quote(indexName(kind, table, columns, where))} ON ${quote(table)} (${list(columns)})${condition}`
}

/** Says what it is for as long as PostgreSQL's 63 bytes allow, and is never the same for two indexes of a table. */
function indexName(kind: string, table: string, columns: readonly string[], where: string | undefined): string {
  const words = [table, ...columns, kind === 'INDEX' ? 'index' : 'key'].join('_')
  if (words.length <= 63 && where === undefined) return words
  const digest = base64url(sha256(JSON.stringify([kind, table, columns, where ?? null]))).slice(0, 8)
  return `${words.slice(0, 54)}_${digest}`
}

function columnSql(name: string, type: ColumnType, engine: Engine): string {
  const plain = (type.endsWith('?') ? type.slice(0, -1) : type) as PlainType
  return `${quote(name)} ${types[engine][plain]}${type.endsWith('?') ? '' : ' NOT NULL'}`
}

function list(names: readonly string[]): string {
  return names.map(quote).join(', ')
}

function quote(name: string): string {
  return `"${name}"`
}
