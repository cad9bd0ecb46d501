/** The SQL of sessions. @module */

import type { Operation, Place, SessionId, TenantId, UserId } from '#kernel'
import { statement, type Reader, type Transaction } from '#store'
import type { Kysely } from 'kysely'
import type { SessionRow, SessionTables } from './table.ts'

const bySecret = statement<SessionTables, { tenant: TenantId; hash: Uint8Array }, SessionRow>((db, slot) =>
  db.selectFrom('session').selectAll().where('tenant', '=', slot('tenant')).where('secret_hash', '=', slot('hash')),
)

export async function findBySecret(db: Reader, op: Operation, hash: Uint8Array): Promise<SessionRow | undefined> {
  const [row] = await db.run(bySecret, { tenant: op.tenant, hash })
  return row
}

const byId = statement<SessionTables, { tenant: TenantId; id: SessionId }, SessionRow>((db, slot) =>
  db.selectFrom('session').selectAll().where('tenant', '=', slot('tenant')).where('id', '=', slot('id')),
)

export async function findById(db: Reader, op: Operation, id: SessionId): Promise<SessionRow | undefined> {
  const [row] = await db.run(byId, { tenant: op.tenant, id })
  return row
}

export async function insertSession(tx: Transaction, row: SessionRow): Promise<void> {
  await tables(tx).insertInto('session').values(row).execute()
}

/** A session that was just ended, and whose it was. */
export interface EndedRow {
  readonly id: SessionId
  readonly user: UserId
}

/**
 * Ends a session. Undefined if it had already ended, so the caller can tell the
 * first sign-out from the second without reading first.
 */
export async function endSession(tx: Transaction, op: Operation, id: SessionId, why: string): Promise<EndedRow | undefined> {
  const ended = await tables(tx)
    .updateTable('session')
    .set({ ended_at_ms: op.nowMs, end_reason: why })
    .where('tenant', '=', op.tenant)
    .where('id', '=', id)
    .where('ended_at_ms', 'is', null)
    .returning(['id', 'user_id'])
    .executeTakeFirst()
  return ended && { id: ended.id as SessionId, user: ended.user_id as UserId }
}

/** Ids of the user's sessions that have not been ended, newest first. Those that ran out are among them until they are swept. */
export async function unendedOf(tx: Transaction, op: Operation, user: UserId, skip: number, limit: number): Promise<readonly SessionId[]> {
  const rows = await tables(tx)
    .selectFrom('session')
    .select('id')
    .where('tenant', '=', op.tenant)
    .where('user_id', '=', user)
    .where('ended_at_ms', 'is', null)
    .orderBy('started_at_ms', 'desc')
    .orderBy('id', 'desc')
    .offset(skip)
    .limit(limit)
    .execute()
  return rows.map((row) => row.id as SessionId)
}

/** Sessions that have neither been ended nor run out, newest first. */
export async function listUnended(
  db: Reader,
  op: Operation,
  filter: { readonly user: UserId | undefined; readonly before: Place<'ses'> | undefined; readonly limit: number },
): Promise<readonly SessionRow[]> {
  let query = tables(db)
    .selectFrom('session')
    .selectAll()
    .where('tenant', '=', op.tenant)
    .where('ended_at_ms', 'is', null)
    .where('idle_until_ms', '>', op.nowMs)
    .where('ends_at_ms', '>', op.nowMs)
  if (filter.user !== undefined) query = query.where('user_id', '=', filter.user)
  if (filter.before !== undefined) {
    const { atMs, id } = filter.before
    query = query.where((row) => row.or([row('started_at_ms', '<', atMs), row.and([row('started_at_ms', '=', atMs), row('id', '<', id)])]))
  }
  return query.orderBy('started_at_ms', 'desc').orderBy('id', 'desc').limit(filter.limit).execute()
}

/** Notes that a live session was used. Only ever later: two servers may write in any order. */
export async function prolongSession(tx: Transaction, op: Operation, id: SessionId, idleUntilMs: number): Promise<void> {
  await tables(tx)
    .updateTable('session')
    .set({ idle_until_ms: idleUntilMs })
    .where('tenant', '=', op.tenant)
    .where('id', '=', id)
    .where('ended_at_ms', 'is', null)
    .where('idle_until_ms', '<', idleUntilMs)
    .execute()
}

/** Sessions that ran out and were not ended yet. */
export async function findOverdue(
  tx: Transaction,
  op: Operation,
  limit: number,
): Promise<readonly { readonly id: SessionId; readonly why: 'idle' | 'expired' }[]> {
  const overdue = async (column: 'idle_until_ms' | 'ends_at_ms', why: 'idle' | 'expired') => {
    const rows = await tables(tx)
      .selectFrom('session')
      .select('id')
      .where('tenant', '=', op.tenant)
      .where('ended_at_ms', 'is', null)
      .where(column, '<=', op.nowMs)
      .orderBy(column)
      .limit(limit)
      .execute()
    return rows.map((row) => ({ id: row.id as SessionId, why }))
  }
  return [...(await overdue('ends_at_ms', 'expired')), ...(await overdue('idle_until_ms', 'idle'))].slice(0, limit)
}

/** Deletes sessions that ended before the given time, at most so many. Returns how many. */
export async function deleteEnded(tx: Transaction, op: Operation, beforeMs: number, limit: number): Promise<number> {
  const db = tables(tx)
  const rows = await db
    .selectFrom('session')
    .select('id')
    .where('tenant', '=', op.tenant)
    .where('ended_at_ms', 'is not', null)
    .where('ended_at_ms', '<', beforeMs)
    .orderBy('ended_at_ms')
    .limit(limit)
    .execute()
  if (rows.length === 0) return 0
  const ids = rows.map((row) => row.id)
  await db.deleteFrom('session').where('tenant', '=', op.tenant).where('id', 'in', ids).execute()
  return ids.length
}

function tables(db: Reader): Kysely<SessionTables> {
  return db.withTables<SessionTables>()
}
