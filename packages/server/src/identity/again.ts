/**
 * People of a restored database: who is there, and whose data must not be.
 *
 * @module
 */

import type { Operation, UserId } from '#kernel'
import type { Reader, Transaction } from '#store'
import { buryUser } from './store.ts'
import type { IdentityTables } from './tables.ts'

export interface LivingUser {
  readonly id: UserId
  readonly createdAtMs: number
}

/** Users who were not deleted, after one of them, in the order of their ids. */
export async function listLiving(db: Reader, op: Operation, after: UserId | undefined, limit: number): Promise<readonly LivingUser[]> {
  const users = db
    .withTables<IdentityTables>()
    .selectFrom('identity_user')
    .select(['id', 'created_at_ms'])
    .where('tenant', '=', op.tenant)
    .where('state', '!=', 'deleted')
  const rows = await (after === undefined ? users : users.where('id', '>', after)).orderBy('id').limit(limit).execute()
  return rows.map(({ id, created_at_ms: createdAtMs }) => ({ id: id as UserId, createdAtMs }))
}

/** Which of these people were not deleted. */
export async function whoLives(db: Reader, op: Operation, people: readonly UserId[]): Promise<ReadonlySet<UserId>> {
  const rows = await db
    .withTables<IdentityTables>()
    .selectFrom('identity_user')
    .select('id')
    .where('tenant', '=', op.tenant)
    .where('state', '!=', 'deleted')
    .where('id', 'in', people)
    .execute()
  return new Set(rows.map(({ id }) => id as UserId))
}

/** Leaves the tombstone of somebody who was deleted after the backup. */
export async function deleteAgain(tx: Transaction, op: Operation, id: UserId): Promise<void> {
  if (await buryUser(tx, op, id)) tx.record({ what: 'user.deleted', about: id, outcome: 'done', facts: { again: true } })
}
