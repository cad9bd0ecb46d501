/**
 * Brings a PostgreSQL database to the schema of this program, in one
 * transaction, under a lock that makes servers that start together take turns.
 *
 * @module
 */

import { Client, type ClientBase } from 'pg'
import type { TenantId } from '#kernel'
import { begunSql, checkExpected, type Expected } from '../expected.ts'
import { settleInstance } from '../instance.ts'
import type { ModuleMigrations, TableSpec } from '../migration.ts'
import { StoreMistake } from '../mistakes.ts'
import { sqlOf } from '../schema/ddl.ts'
import { nameOf, pendingSteps, type AppliedStep, type PendingStep } from '../schema/plan.ts'
import { createStepTable, type StoreTables } from '../table.ts'
import { kyselyOver } from '../wire.ts'
import { clientConfig, type Address } from './address.ts'
import { PostgresConnection } from './connection.ts'
import { requirePrimary } from './primary.ts'

/** `CSTM`; the second half of the key is not used. */
const migrationLock = 0x4353544d

/** Another server may be making an index on a large table: a minute for the lock, ten for a statement. */
const patience = { lock_timeout: 60_000, statement_timeout: 600_000, query_timeout: 660_000 } as const

export interface MigrateWishes {
  /** The role of the running server where it is another one: it is given what it needs. */
  readonly runsAs?: string | undefined
  readonly expects?: Expected | undefined
}

/**
 * Throws `StoreMistake`: `store.above_row_security`, `store.not_migrated`, `store.schema_newer`, `store.schema_differs`, and
 * whatever `pg` throws, and those of {@link checkExpected}.
 */
export async function migratePostgres(
  address: Address,
  modules: readonly ModuleMigrations[],
  nowMs: number,
  { runsAs, expects }: MigrateWishes = {},
): Promise<TenantId> {
  const client = new Client({ ...clientConfig(address), ...patience })
  // What breaks between two statements is met again by the next one.
  client.on('error', () => {})
  try {
    await client.connect()
    await requirePrimary(client)
    await requireOrdinaryRole(client)
    await client.query('SELECT pg_advisory_lock($1, 0)', [migrationLock])
    checkExpected(expects, await isBegun(client), `the database ${address.shown}`)
    await client.query('BEGIN')
    const tenant = await migrate(client, modules, nowMs)
    if (runsAs !== undefined) await grant(client, modules, runsAs)
    await client.query('COMMIT')
    return tenant
  } finally {
    // Ending the session gives up its lock and whatever was not committed.
    await client.end()
  }
}

/** Row-level security does not bind these, not even by FORCE; a slip in one query would then show every tenant. */
export async function requireOrdinaryRole(client: ClientBase): Promise<void> {
  const { rows } = await client.query<{ name: string }>(
    'SELECT rolname AS name FROM pg_roles WHERE rolname = current_user AND (rolsuper OR rolbypassrls)',
  )
  const [above] = rows
  if (above === undefined) return
  throw new StoreMistake(
    'store.above_row_security',
    `The database user ${above.name} is a superuser or bypasses row-level security; use an ordinary user that owns the database.`,
  )
}

async function migrate(client: ClientBase, modules: readonly ModuleMigrations[], nowMs: number): Promise<TenantId> {
  const { rows: found } = await client.query<{ there: number; may: number | null }>(
    "SELECT to_regclass('schema_step') IS NOT NULL AS there, has_schema_privilege(current_schema(), 'CREATE') AS may",
  )
  const may = found[0]?.may === 1
  const there = found[0]?.there === 1
  if (!there && may) await client.query(createStepTable)
  if (!there && !may) throw notMigrated()
  const steps = await pendingHere(client, modules)
  if (steps.length > 0 && !may) throw notMigrated()
  for (const { module, step, digest } of steps) {
    for (const change of step.changes) for (const sql of sqlOf(change, 'postgres')) await client.query(sql)
    await client.query('INSERT INTO schema_step (module, number, digest, at_ms) VALUES ($1, $2, $3, $4)', [
      module,
      step.number,
      digest,
      nowMs,
    ])
    if (step.kind === 'contract')
      await client.query('INSERT INTO instance (name, value) VALUES ($1, $2)', [nameOf(module, step.number), String(nowMs)])
  }
  const connection = new PostgresConnection(client)
  const tables = kyselyOver<StoreTables>(connection.dialect, {
    executeQuery: ({ sql, parameters }) => connection.execute(sql, parameters),
    streamQuery: () => {
      throw new Error('nothing is streamed here')
    },
  })
  return settleInstance(tables, nowMs)
}

async function isBegun(client: ClientBase): Promise<boolean> {
  const { rows } = await client.query<{ there: number }>("SELECT to_regclass('instance') IS NOT NULL AS there")
  if (rows[0]?.there !== 1) return false
  const { rows: facts } = await client.query<{ count: number }>(begunSql)
  return facts[0]?.count === 1
}

/** What is still to run. A server of the release before starts beside ours: what we added does not disturb it, what we took away would. */
async function pendingHere(client: ClientBase, modules: readonly ModuleMigrations[]): Promise<readonly PendingStep[]> {
  const { rows: applied } = await client.query<AppliedStep>('SELECT module, number, digest FROM schema_step')
  if (applied.length === 0) return pendingSteps(modules, applied)
  const { rows: facts } = await client.query<{ name: string }>("SELECT name FROM instance WHERE name LIKE 'contract %'")
  return pendingSteps(modules, applied, new Set(facts.map(({ name }) => name)))
}

function notMigrated(): StoreMistake {
  return new StoreMistake(
    'store.not_migrated',
    'The database lacks tables of this version and its user may not make them: run countersign migrate first, or set database.migrateUrl.',
  )
}

/** Rows, and nothing of the schema. What is not granted cannot be had back: only the owner grants. */
async function grant(client: ClientBase, modules: readonly ModuleMigrations[], runsAs: string): Promise<void> {
  const role = client.escapeIdentifier(runsAs)
  const { rows } = await client.query<{ schema: string }>('SELECT current_schema() AS schema')
  await client.query(`GRANT USAGE ON SCHEMA ${client.escapeIdentifier(rows[0]?.schema ?? 'public')} TO ${role}`)
  await client.query(`GRANT SELECT ON schema_step TO ${role}`)
  for (const table of tablesOf(modules)) {
    const name = client.escapeIdentifier(table.name)
    await client.query(`REVOKE ALL ON ${name} FROM ${role}`)
    await client.query(`GRANT SELECT, INSERT${table.rows === 'appended' ? '' : ', UPDATE, DELETE'} ON ${name} TO ${role}`)
  }
}

function tablesOf(modules: readonly ModuleMigrations[]): readonly TableSpec[] {
  return modules.flatMap(({ steps }) =>
    steps.flatMap(({ changes }) => changes.flatMap((change) => ('createTable' in change ? [change.createTable] : []))),
  )
}
