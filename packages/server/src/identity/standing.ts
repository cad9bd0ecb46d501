/**
 * What everybody may still do, as lines for the file of keys, and taking from a
 * restored database what has been taken away since its backup.
 *
 * Only ever taken, never given: a role, a membership, an account that is active.
 * The one thing that is replaced is a password, by the hash that came after it: the
 * older one may have been changed because somebody else knew it.
 *
 * @module
 */

import { type ClientId, type GroupId, type Operation, type UserId } from '#kernel'
import type { Reader, Transaction } from '#store'
import { deleteGroupRow, deleteMember } from './store-groups.ts'
import { deleteRole, type RoleHolder } from './store-roles.ts'
import { findUserRow, updateUser } from './store.ts'
import type { IdentityTables } from './tables.ts'

export interface UserStanding {
  readonly is: 'user'
  readonly id: UserId
  readonly state: 'active' | 'disabled'
  readonly generation: number
  /** The hash of the password and when it was set; undefined where there is none. */
  readonly password: { readonly phc: string; readonly setAtMs: number } | undefined
  readonly roles: readonly string[]
  readonly groups: readonly string[]
}

/** A group, or a client, whose registration is kept elsewhere. */
export interface HolderStanding {
  readonly is: 'group' | 'client'
  readonly id: GroupId | RoleHolder
  readonly roles: readonly string[]
}

/** Users who were not deleted, after one of them, in the order of their ids. */
export async function listUserStandings(
  db: Reader,
  op: Operation,
  after: UserId | undefined,
  limit: number,
): Promise<readonly UserStanding[]> {
  const tables = db.withTables<IdentityTables>()
  const users = tables
    .selectFrom('identity_user')
    .leftJoin('password', (join) =>
      join.onRef('password.tenant', '=', 'identity_user.tenant').onRef('password.user_id', '=', 'identity_user.id'),
    )
    .select(['identity_user.id', 'identity_user.state', 'identity_user.generation', 'password.phc', 'password.set_at_ms'])
    .where('identity_user.tenant', '=', op.tenant)
    .where('identity_user.state', '!=', 'deleted')
  const rows = await (after === undefined ? users : users.where('identity_user.id', '>', after))
    .orderBy('identity_user.id')
    .limit(limit)
    .execute()
  // PostgreSQL knows no empty list after IN.
  if (rows.length === 0) return []
  const ids = rows.map(({ id }) => id)
  const roles = await rolesBy(db, op, ids)
  const groups = Map.groupBy(
    await tables.selectFrom('group_member').selectAll().where('tenant', '=', op.tenant).where('user_id', 'in', ids).execute(),
    (row) => row.user_id,
  )
  return rows.map(({ id, state, generation, phc, set_at_ms: setAtMs }) => ({
    is: 'user' as const,
    id: id as UserId,
    state: state === 'active' ? 'active' : 'disabled',
    generation,
    password: phc === null || setAtMs === null ? undefined : { phc, setAtMs },
    roles: roles.get(id) ?? [],
    groups: (groups.get(id) ?? []).map(({ group_id: group }) => group),
  }))
}

/** Every group with its roles. */
export async function listGroupStandings(db: Reader, op: Operation): Promise<readonly HolderStanding[]> {
  const rows = await db.withTables<IdentityTables>().selectFrom('identity_group').select('id').where('tenant', '=', op.tenant).execute()
  return standingsOf(db, op, 'group', rows.map(({ id }) => id) as GroupId[])
}

/** These holders with the roles that they hold directly. */
export async function standingsOf(
  db: Reader,
  op: Operation,
  is: HolderStanding['is'],
  ids: readonly RoleHolder[],
): Promise<readonly HolderStanding[]> {
  const roles = await rolesBy(db, op, ids)
  return ids.map((id) => ({ is, id, roles: roles.get(id) ?? [] }))
}

async function rolesBy(db: Reader, op: Operation, holders: readonly string[]): Promise<ReadonlyMap<string, readonly string[]>> {
  if (holders.length === 0) return new Map()
  const rows = await db
    .withTables<IdentityTables>()
    .selectFrom('role_assignment')
    .selectAll()
    .where('tenant', '=', op.tenant)
    .where('holder', 'in', holders)
    .execute()
  return new Map([...Map.groupBy(rows, (row) => row.holder)].map(([holder, own]) => [holder, own.map(({ role }) => role)]))
}

/** Takes from a user what is not theirs any more. Says how many things that were. */
export async function withdrawFromUser(tx: Transaction, op: Operation, standing: UserStanding): Promise<number> {
  const { id, state, generation, password, groups } = standing
  const tables = tx.withTables<IdentityTables>()
  let taken = 0
  if (state === 'disabled' && (await findUserRow(tx, op, id))?.state === 'active') {
    await updateUser(tx, op, id, { state, ending: 'everything' })
    tx.record({ what: 'user.disabled', about: id, outcome: 'done', facts: again })
    taken += 1
  }
  const raised = await tables
    .updateTable('identity_user')
    .set({ generation })
    .where('tenant', '=', op.tenant)
    .where('id', '=', id)
    .where('state', '!=', 'deleted')
    .where('generation', '<', generation)
    .executeTakeFirst()
  // Whatever raised it ended everything before it: a password that was replaced is among that.
  if (raised.numUpdatedRows === 1n && (await replacePassword(tx, op, id, password))) {
    tx.record({ what: 'password.set', about: id, outcome: 'done', facts: again })
    taken += 1
  }
  const members = await tables
    .selectFrom('group_member')
    .select('group_id')
    .where('tenant', '=', op.tenant)
    .where('user_id', '=', id)
    .execute()
  for (const { group_id: group } of members) {
    if (groups.includes(group) || !(await deleteMember(tx, op, group as GroupId, id))) continue
    tx.record({ what: 'group.left', about: group, outcome: 'done', facts: { user: id, ...again } })
    taken += 1
  }
  return taken + (await withdrawRoles(tx, op, id, standing.roles))
}

/** Takes from a group or a client the roles that it does not hold any more. */
export async function withdrawRoles(tx: Transaction, op: Operation, holder: RoleHolder, roles: readonly string[]): Promise<number> {
  return withdrawRolesBut(tx, op, holder, roles, again)
}

/** Takes from a client that goes every role, within the write that it goes in. */
export async function withdrawEveryRole(tx: Transaction, op: Operation, client: ClientId): Promise<number> {
  return withdrawRolesBut(tx, op, client, [], {})
}

async function withdrawRolesBut(
  tx: Transaction,
  op: Operation,
  holder: RoleHolder,
  kept: readonly string[],
  facts: { readonly again?: true },
): Promise<number> {
  let taken = 0
  for (const role of (await rolesBy(tx, op, [holder])).get(holder) ?? []) {
    if (kept.includes(role) || !(await deleteRole(tx, op, holder, role))) continue
    tx.record({ what: 'role.withdrawn', about: holder, outcome: 'done', facts: { role, ...facts } })
    taken += 1
  }
  return taken
}

/** Takes from a group the roles that it holds no more, or deletes it where it stands nowhere. */
export async function withdrawFromGroup(
  tx: Transaction,
  op: Operation,
  id: GroupId,
  standing: HolderStanding | undefined,
): Promise<number> {
  if (standing !== undefined) return withdrawRoles(tx, op, id, standing.roles)
  if (!(await deleteGroupRow(tx, op, id))) return 0
  tx.record({ what: 'group.deleted', about: id, outcome: 'done', facts: again })
  return 1
}

/** What happened before the restore, and happens to the restored system once more. */
const again = { again: true } as const

async function replacePassword(tx: Transaction, op: Operation, id: UserId, password: UserStanding['password']): Promise<boolean> {
  const tables = tx.withTables<IdentityTables>()
  const there = await tables
    .selectFrom('password')
    .select('phc')
    .where('tenant', '=', op.tenant)
    .where('user_id', '=', id)
    .executeTakeFirst()
  if (there?.phc === password?.phc) return false
  await tables.deleteFrom('password').where('tenant', '=', op.tenant).where('user_id', '=', id).execute()
  if (password !== undefined)
    await tables.insertInto('password').values({ tenant: op.tenant, user_id: id, phc: password.phc, set_at_ms: password.setAtMs }).execute()
  return true
}
