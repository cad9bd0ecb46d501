/**
 * The SQL of the tree and its checkpoints; what transactions append is in
 * `recorder.ts`.
 *
 * @module
 */

import type { TenantId } from '#kernel'
import { statement, type Reader, type Statement, type Transaction } from '#store'
import type { AuditTables, CheckpointTable, RunTable, TreeTable, WriterTable } from './tables.ts'
import type { Tile } from './tree.ts'

/** The most rows of one INSERT: five columns each, far below the parameters that either engine takes. */
const mostRowsAtOnce = 500

export type TreeRow = Pick<TreeTable, 'size' | 'holder'>

export async function findTree(db: Reader, tenant: TenantId): Promise<TreeRow | undefined> {
  return db.withTables<AuditTables>().selectFrom('audit_tree').select(['size', 'holder']).where('tenant', '=', tenant).executeTakeFirst()
}

/** The row that the tree grows in, empty. Does nothing where there is one. */
export async function plantTree(tx: Transaction, tenant: TenantId, holder: string): Promise<void> {
  await tx
    .withTables<AuditTables>()
    .insertInto('audit_tree')
    .values({ tenant, size: 0, holder })
    .onConflict((conflict) => conflict.columns(['tenant']).doNothing())
    .execute()
}

/** Grows the tree from one size to another. False when somebody else has grown it meanwhile. */
export async function growTree(tx: Transaction, tenant: TenantId, from: number, to: number, holder: string): Promise<boolean> {
  const grown = await tx
    .withTables<AuditTables>()
    .updateTable('audit_tree')
    .set({ size: to, holder })
    .where('tenant', '=', tenant)
    .where('size', '=', from)
    .executeTakeFirst()
  return grown.numUpdatedRows === 1n
}

/** The counters of all writers: as many as connections ever wrote at one time. */
export async function listWriters(db: Reader, tenant: TenantId): Promise<readonly Pick<WriterTable, 'writer' | 'next'>[]> {
  return db
    .withTables<AuditTables>()
    .selectFrom('audit_writer')
    .select(['writer', 'next'])
    .where('tenant', '=', tenant)
    .orderBy('writer')
    .execute()
}

/** The number of the writer's last event in the tree; 0 where there is none. */
export async function lastInTree(db: Reader, tenant: TenantId, writer: string): Promise<number> {
  const run = await db
    .withTables<AuditTables>()
    .selectFrom('audit_run')
    .select(['number', 'count'])
    .where('tenant', '=', tenant)
    .where('writer', '=', writer)
    .orderBy('number', 'desc')
    .limit(1)
    .executeTakeFirst()
  return run === undefined ? 0 : run.number + run.count - 1
}

export interface PendingEvent {
  readonly number: number
  readonly at_ms: number
  readonly hash: Uint8Array
}

/** A writer's events above `after` and below `before`, the oldest first. */
export const pendingEvents: Statement<PendingSlots, PendingEvent> = statement<AuditTables, PendingSlots, PendingEvent>((db, slot) =>
  db
    .selectFrom('audit_event')
    .select(['number', 'at_ms', 'hash'])
    .where('tenant', '=', slot('tenant'))
    .where('writer', '=', slot('writer'))
    .where('number', '>', slot('after'))
    .where('number', '<', slot('before'))
    .orderBy('number')
    .limit(slot('limit')),
)

interface PendingSlots {
  readonly tenant: TenantId
  readonly writer: string
  readonly after: number
  readonly before: number
  readonly limit: number
}

export type Run = Omit<RunTable, 'tenant'>

export async function insertRuns(tx: Transaction, tenant: TenantId, runs: readonly Run[]): Promise<void> {
  const db = tx.withTables<AuditTables>()
  for (let first = 0; first < runs.length; first += mostRowsAtOnce) {
    const rows = runs.slice(first, first + mostRowsAtOnce).map((run) => ({ tenant, ...run }))
    await db.insertInto('audit_run').values(rows).execute()
  }
}

export async function storeTiles(tx: Transaction, tenant: TenantId, tiles: readonly Tile[]): Promise<void> {
  for (const tile of tiles) await tx.run(storeTile, { tenant, ...tile })
}

const storeTile: Statement<Tile & { tenant: TenantId }, never> = statement<AuditTables, Tile & { tenant: TenantId }, never>((db, slot) =>
  db
    .insertInto('audit_tile')
    .values({ tenant: slot('tenant'), level: slot('level'), number: slot('number'), hashes: slot('hashes') })
    .onConflict((conflict) =>
      conflict.columns(['tenant', 'level', 'number']).doUpdateSet((row) => ({ hashes: row.ref('excluded.hashes') })),
    ),
)

export async function findTile(db: Reader, tenant: TenantId, level: number, number: number): Promise<Uint8Array | undefined> {
  const [tile] = await db.run(tileAt, { tenant, level, number })
  return tile?.hashes
}

interface TileSlots {
  readonly tenant: TenantId
  readonly level: number
  readonly number: number
}

const tileAt: Statement<TileSlots, { hashes: Uint8Array }> = statement<AuditTables, TileSlots, { hashes: Uint8Array }>((db, slot) =>
  db
    .selectFrom('audit_tile')
    .select('hashes')
    .where('tenant', '=', slot('tenant'))
    .where('level', '=', slot('level'))
    .where('number', '=', slot('number')),
)

export type CheckpointRow = Omit<CheckpointTable, 'tenant'>

/** Two servers may sign the same tree at once; they sign the same. */
export async function insertCheckpoint(tx: Transaction, tenant: TenantId, row: CheckpointRow): Promise<void> {
  await tx
    .withTables<AuditTables>()
    .insertInto('audit_checkpoint')
    .values({ tenant, ...row })
    .onConflict((conflict) => conflict.columns(['tenant', 'size']).doNothing())
    .execute()
}

export async function latestCheckpoint(db: Reader, tenant: TenantId): Promise<CheckpointRow | undefined> {
  return db
    .withTables<AuditTables>()
    .selectFrom('audit_checkpoint')
    .select(['size', 'at_ms', 'root', 'note'])
    .where('tenant', '=', tenant)
    .orderBy('size', 'desc')
    .limit(1)
    .executeTakeFirst()
}

/** Checkpoints of trees larger than `after`, the smallest first. */
export async function checkpointsAfter(db: Reader, tenant: TenantId, after: number, limit: number): Promise<readonly CheckpointRow[]> {
  return db
    .withTables<AuditTables>()
    .selectFrom('audit_checkpoint')
    .select(['size', 'at_ms', 'root', 'note'])
    .where('tenant', '=', tenant)
    .where('size', '>', after)
    .orderBy('size')
    .limit(limit)
    .execute()
}

export async function deleteCheckpoints(tx: Transaction, tenant: TenantId, sizes: readonly number[]): Promise<number> {
  if (sizes.length === 0) return 0
  const deleted = await tx
    .withTables<AuditTables>()
    .deleteFrom('audit_checkpoint')
    .where('tenant', '=', tenant)
    .where('size', 'in', sizes)
    .executeTakeFirst()
  return Number(deleted.numDeletedRows)
}
