/**
 * Brings a PostgreSQL database to the schema of this program, in one
 * transaction, under a lock that makes servers that start together take turns.
 *
 * @module
 */

import { Client, type ClientBase } from 'pg'
import type { TenantId } from '#kernel'
import { settleInstance } from '../instance.ts'
import type { ModuleMigrations } from '../migration.ts'
import { StoreMistake } from '../mistakes.ts'
import { sqlOf } from '../schema/ddl.ts'
import { pendingSteps, type AppliedStep } from '../schema/plan.ts'
import { createStepTable, type StoreTables } from '../table.ts'
import { kyselyOver } from '../wire.ts'
import { clientConfig, type Address } from './address.ts'
import { PostgresConnection } from './connection.ts'
import { requirePrimary } from './primary.ts'

/** `CSTM`; the second half of the key is not used. */
const migrationLock = 0x4353544d

/** Another server may be making an index on a large table: a minute for the lock, ten for a statement. */
const patience = { lock_timeout: 60_000, statement_timeout: 600_000, query_timeout: 660_000 } as const

/** Throws `StoreMistake`: `store.above_row_security`, `store.schema_newer`, `store.schema_differs`, and whatever `pg` throws. */
export async function migratePostgres(address: Address, modules: readonly ModuleMigrations[], nowMs: number): Promise<TenantId> {
  const client = new Client({ ...clientConfig(address), ...patience })
  // What breaks between two statements is met again by the next one.
  client.on('error', () => {})
  try {
    await client.connect()
    await requirePrimary(client)
    await requireOrdinaryRole(client)
    await client.query('SELECT pg_advisory_lock($1, 0)', [migrationLock])
    await client.query('BEGIN')
    const tenant = await migrate(client, modules, nowMs)
    await client.query('COMMIT')
    return tenant
  } finally {
    // Ending the session gives up its lock and whatever was not committed.
    await client.end()
  }
}

/** Row-level security does not bind these, not even by FORCE; a slip in one query would then show every tenant. */
async function requireOrdinaryRole(client: ClientBase): Promise<void> {
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
  const { rows: found } = await client.query<{ there: number }>("SELECT to_regclass('schema_step') IS NOT NULL AS there")
  if (found[0]?.there !== 1) await client.query(createStepTable)
  const { rows: applied } = await client.query<AppliedStep>('SELECT module, number, digest FROM schema_step')
  for (const { module, step, digest } of pendingSteps(modules, applied)) {
    for (const change of step.changes) for (const sql of sqlOf(change, 'postgres')) await client.query(sql)
    await client.query('INSERT INTO schema_step (module, number, digest, at_ms) VALUES ($1, $2, $3, $4)', [
      module,
      step.number,
      digest,
      nowMs,
    ])
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
