/** The SQL of groups. @module */

import type { GroupId, Operation, Place, UserId } from '#kernel'
import type { Reader, Transaction } from '#store'
import type { Kysely } from 'kysely'
import type { GroupRow, IdentityTables } from './tables.ts'
import { firstVersion } from './version.ts'

/** False if there is a group of that name. */
export async function insertGroup(tx: Transaction, row: GroupRow): Promise<boolean> {
  const inserted = await tables(tx)
    .insertInto('identity_group')
    .values(row)
    .onConflict((conflict) => conflict.columns(['tenant', 'name_key']).doNothing())
    .returning('id')
    .execute()
  return inserted.length === 1
}

export async function findGroupRow(db: Reader, op: Operation, id: GroupId): Promise<GroupRow | undefined> {
  return tables(db).selectFrom('identity_group').selectAll().where('tenant', '=', op.tenant).where('id', '=', id).executeTakeFirst()
}

/** Takes a group away with its memberships and roles. False if there is none. */
export async function deleteGroupRow(tx: Transaction, op: Operation, id: GroupId): Promise<boolean> {
  const db = tables(tx)
  const deleted = await db.deleteFrom('identity_group').where('tenant', '=', op.tenant).where('id', '=', id).executeTakeFirst()
  if (deleted.numDeletedRows !== 1n) return false
  await db.deleteFrom('group_member').where('tenant', '=', op.tenant).where('group_id', '=', id).execute()
  await db.deleteFrom('role_assignment').where('tenant', '=', op.tenant).where('holder', '=', id).execute()
  return true
}

/** Raises the version of a group, under another name where one is given; throws a unique conflict if that is another group's. */
export async function updateGroup(
  tx: Transaction,
  op: Operation,
  id: GroupId,
  named: Pick<GroupRow, 'name' | 'name_key'> | undefined,
): Promise<void> {
  await tables(tx)
    .updateTable('identity_group')
    .set((row) => ({ version: row(row.fn.coalesce('version', row.lit(firstVersion)), '+', 1), ...named }))
    .where('tenant', '=', op.tenant)
    .where('id', '=', id)
    .execute()
}

/** Groups after the given place, oldest first, of whose folded names the beginning is `prefix` where one is given. */
export async function listGroupRows(
  db: Reader,
  op: Operation,
  after: Place<'grp'> | undefined,
  limit: number,
  prefix?: string,
): Promise<readonly GroupRow[]> {
  let query = tables(db).selectFrom('identity_group').selectAll().where('tenant', '=', op.tenant)
  if (after !== undefined) {
    const { atMs, id } = after
    query = query.where((row) => row.or([row('created_at_ms', '>', atMs), row.and([row('created_at_ms', '=', atMs), row('id', '>', id)])]))
  }
  // Both engines count code points here, and neither reads a pattern out of what was typed.
  if (prefix !== undefined)
    query = query.where((row) => row(row.fn<string>('substr', ['name_key', row.lit(1), row.lit(Array.from(prefix).length)]), '=', prefix))
  return query.orderBy('created_at_ms').orderBy('id').limit(limit).execute()
}

/** Members of a group after one of them, in the order of their ids. */
export async function listMemberIds(
  db: Reader,
  op: Operation,
  group: GroupId,
  after: UserId | undefined,
  limit: number,
): Promise<readonly UserId[]> {
  const members = tables(db).selectFrom('group_member').select('user_id').where('tenant', '=', op.tenant).where('group_id', '=', group)
  const rows = await (after === undefined ? members : members.where('user_id', '>', after)).orderBy('user_id').limit(limit).execute()
  return rows.map(({ user_id: user }) => user as UserId)
}

/** False if the user was a member already. */
export async function insertMember(tx: Transaction, op: Operation, group: GroupId, user: UserId): Promise<boolean> {
  const inserted = await tables(tx)
    .insertInto('group_member')
    .values({ tenant: op.tenant, group_id: group, user_id: user })
    .onConflict((conflict) => conflict.columns(['tenant', 'group_id', 'user_id']).doNothing())
    .returning('user_id')
    .execute()
  return inserted.length === 1
}

/** False if the user was no member. */
export async function deleteMember(tx: Transaction, op: Operation, group: GroupId, user: UserId): Promise<boolean> {
  const deleted = await tables(tx)
    .deleteFrom('group_member')
    .where('tenant', '=', op.tenant)
    .where('group_id', '=', group)
    .where('user_id', '=', user)
    .executeTakeFirst()
  return deleted.numDeletedRows === 1n
}

/** The groups of a user, by id. */
export async function listGroupsOf(db: Reader, op: Operation, user: UserId): Promise<readonly string[]> {
  const rows = await tables(db)
    .selectFrom('group_member')
    .select('group_id')
    .where('tenant', '=', op.tenant)
    .where('user_id', '=', user)
    .orderBy('group_id')
    .execute()
  return rows.map((row) => row.group_id)
}

/** Their names. */
export async function listGroupNamesOf(db: Reader, op: Operation, user: UserId): Promise<readonly string[]> {
  const rows = await tables(db)
    .selectFrom('group_member as member')
    .innerJoin('identity_group as own', (join) => join.onRef('own.tenant', '=', 'member.tenant').onRef('own.id', '=', 'member.group_id'))
    .select('own.name')
    .where('member.tenant', '=', op.tenant)
    .where('member.user_id', '=', user)
    .orderBy('own.name')
    .execute()
  return rows.map((row) => row.name)
}

function tables(db: Reader): Kysely<IdentityTables> {
  return db.withTables<IdentityTables>()
}
