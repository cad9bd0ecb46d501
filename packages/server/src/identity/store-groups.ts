/** The SQL of groups and roles. @module */

import type { ClientId, GroupId, Operation, Place, TenantId, UserId } from '#kernel'
import { statement, type Reader, type Transaction } from '#store'
import type { Kysely } from 'kysely'
import type { GroupRow, IdentityTables } from './tables.ts'
import { firstVersion } from './version.ts'

/** Who may hold a role. */
export type RoleHolder = UserId | GroupId | ClientId

const rolesOf = statement<IdentityTables, { tenant: TenantId; holder: string }, { readonly role: string }>((db, slot) =>
  db
    .selectFrom('role_assignment')
    .select('role')
    .where('tenant', '=', slot('tenant'))
    .where('holder', '=', slot('holder'))
    .union(
      db
        .selectFrom('group_member')
        .innerJoin('role_assignment', (join) =>
          join.onRef('role_assignment.tenant', '=', 'group_member.tenant').onRef('role_assignment.holder', '=', 'group_member.group_id'),
        )
        .select('role_assignment.role as role')
        .where('group_member.tenant', '=', slot('tenant'))
        .where('group_member.user_id', '=', slot('holder')),
    ),
)

/** Roles held directly and through groups, each once, in alphabetical order. */
export async function listRoles(db: Reader, op: Operation, holder: RoleHolder): Promise<readonly string[]> {
  const rows = await db.run(rolesOf, { tenant: op.tenant, holder })
  return rows.map((row) => row.role).sort()
}

/** False if the holder had the role already. */
export async function insertRole(tx: Transaction, op: Operation, holder: RoleHolder, role: string): Promise<boolean> {
  const inserted = await tables(tx)
    .insertInto('role_assignment')
    .values({ tenant: op.tenant, holder, role })
    .onConflict((conflict) => conflict.columns(['tenant', 'holder', 'role']).doNothing())
    .returning('role')
    .execute()
  return inserted.length === 1
}

/** False if the holder did not have the role. */
export async function deleteRole(tx: Transaction, op: Operation, holder: RoleHolder, role: string): Promise<boolean> {
  const deleted = await tables(tx)
    .deleteFrom('role_assignment')
    .where('tenant', '=', op.tenant)
    .where('holder', '=', holder)
    .where('role', '=', role)
    .executeTakeFirst()
  return deleted.numDeletedRows === 1n
}

/** Whether an active user, other than `besides`, holds the role directly. It reads every assignment of the tenant: for set-up and deletions. */
export async function isHeldByUser(db: Reader, op: Operation, role: string, besides?: UserId): Promise<boolean> {
  const holder = await tables(db)
    .selectFrom('role_assignment')
    .innerJoin('identity_user', (join) =>
      join.onRef('identity_user.tenant', '=', 'role_assignment.tenant').onRef('identity_user.id', '=', 'role_assignment.holder'),
    )
    .select('role_assignment.holder')
    .where('role_assignment.tenant', '=', op.tenant)
    .where('role_assignment.role', '=', role)
    .where('identity_user.state', '=', 'active')
    .where('identity_user.id', '!=', besides ?? '')
    .limit(1)
    .executeTakeFirst()
  return holder !== undefined
}

/** Whether a user who may sign in holds the role itself, and not through a group. */
export async function holdsDirectly(db: Reader, op: Operation, user: UserId, role: string): Promise<boolean> {
  const holder = await tables(db)
    .selectFrom('role_assignment')
    .innerJoin('identity_user', (join) =>
      join.onRef('identity_user.tenant', '=', 'role_assignment.tenant').onRef('identity_user.id', '=', 'role_assignment.holder'),
    )
    .select('role_assignment.holder')
    .where('role_assignment.tenant', '=', op.tenant)
    .where('role_assignment.holder', '=', user)
    .where('role_assignment.role', '=', role)
    .where('identity_user.state', '=', 'active')
    .executeTakeFirst()
  return holder !== undefined
}

/** Roles held directly, in alphabetical order. */
export async function listOwnRoles(db: Reader, op: Operation, holder: RoleHolder): Promise<readonly string[]> {
  const rows = await tables(db)
    .selectFrom('role_assignment')
    .select('role')
    .where('tenant', '=', op.tenant)
    .where('holder', '=', holder)
    .orderBy('role')
    .execute()
  return rows.map(({ role }) => role)
}

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

function tables(db: Reader): Kysely<IdentityTables> {
  return db.withTables<IdentityTables>()
}
