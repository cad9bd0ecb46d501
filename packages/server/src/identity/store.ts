/** The SQL of users. @module */

import type { Operation, TenantId, UserId } from '#kernel'
import { statement, type Reader, type Transaction } from '#store'
import type { Kysely } from 'kysely'
import type { IdentityTables, UserRow } from './tables.ts'
import { firstVersion } from './version.ts'

const generation = statement<IdentityTables, { tenant: TenantId; id: UserId }, { readonly generation: number }>((db, slot) =>
  db
    .selectFrom('identity_user')
    .select('generation')
    .where('tenant', '=', slot('tenant'))
    .where('id', '=', slot('id'))
    .where('state', '=', 'active'),
)

/** The generation of an active user. */
export async function findGeneration(db: Reader, op: Operation, id: UserId): Promise<number | undefined> {
  const [row] = await db.run(generation, { tenant: op.tenant, id })
  return row?.generation
}

const byId = statement<IdentityTables, { tenant: TenantId; id: UserId }, UserRow>((db, slot) =>
  db
    .selectFrom('identity_user')
    .selectAll()
    .where('tenant', '=', slot('tenant'))
    .where('id', '=', slot('id'))
    .where('state', '!=', 'deleted'),
)

export async function findUserRow(db: Reader, op: Operation, id: UserId): Promise<UserRow | undefined> {
  const [row] = await db.run(byId, { tenant: op.tenant, id })
  return row
}

export async function insertUser(tx: Transaction, row: UserRow): Promise<void> {
  await tables(tx).insertInto('identity_user').values(row).execute()
}

export interface UserRowChange {
  readonly state?: 'active' | 'disabled' | undefined
  readonly profile?: Uint8Array | undefined
  /** `everything` that was given out before now, or nothing. */
  readonly ending: 'everything' | 'nothing'
}

/** Changes a row and raises its version. False if there is no such user. */
export async function updateUser(tx: Transaction, op: Operation, id: UserId, { state, profile, ending }: UserRowChange): Promise<boolean> {
  const updated = await tables(tx)
    .updateTable('identity_user')
    .set((row) => ({
      version: row(row.fn.coalesce('version', row.lit(firstVersion)), '+', 1),
      generation: row('generation', '+', ending === 'everything' ? 1 : 0),
      ...(state === undefined ? {} : { state }),
      ...(profile === undefined ? {} : { profile }),
    }))
    .where('tenant', '=', op.tenant)
    .where('id', '=', id)
    .where('state', '!=', 'deleted')
    .executeTakeFirst()
  return updated.numUpdatedRows === 1n
}

/** Leaves a tombstone and takes everything else away. False if there is no such user. */
export async function buryUser(tx: Transaction, op: Operation, id: UserId): Promise<boolean> {
  const db = tables(tx)
  const buried = await db
    .updateTable('identity_user')
    .set((row) => ({ state: 'deleted' as const, generation: row('generation', '+', 1), profile: null, deleted_at_ms: op.nowMs }))
    .where('tenant', '=', op.tenant)
    .where('id', '=', id)
    .where('state', '!=', 'deleted')
    .executeTakeFirst()
  if (buried.numUpdatedRows !== 1n) return false
  const left = db.selectFrom('group_member').select('group_id').where('tenant', '=', op.tenant).where('user_id', '=', id)
  await db
    .updateTable('identity_group')
    .set((row) => ({ version: row(row.fn.coalesce('version', row.lit(firstVersion)), '+', 1) }))
    .where('tenant', '=', op.tenant)
    .where('id', 'in', left)
    .execute()
  for (const table of ['user_lookup', 'user_prefix', 'password', 'group_member'] as const) {
    await db.deleteFrom(table).where('tenant', '=', op.tenant).where('user_id', '=', id).execute()
  }
  await db.deleteFrom('role_assignment').where('tenant', '=', op.tenant).where('holder', '=', id).execute()
  return true
}

function tables(db: Reader): Kysely<IdentityTables> {
  return db.withTables<IdentityTables>()
}
