/** The SQL of roles and who holds them. @module */

import type { ClientId, GroupId, Operation, TenantId, UserId } from '#kernel'
import { statement, type Reader, type Transaction } from '#store'
import type { Kysely } from 'kysely'
import type { IdentityTables } from './tables.ts'

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

/** Which roles anybody holds, at most so many, in alphabetical order. */
export async function listHeldRoles(db: Reader, op: Operation, limit: number): Promise<readonly string[]> {
  const rows = await tables(db)
    .selectFrom('role_assignment')
    .select('role')
    .distinct()
    .where('tenant', '=', op.tenant)
    .orderBy('role')
    .limit(limit)
    .execute()
  return rows.map(({ role }) => role)
}

/** Who holds a role themself, by id, after an id of an earlier page. */
export async function listHolders(
  db: Reader,
  op: Operation,
  role: string,
  { after, limit }: { readonly after: string | undefined; readonly limit: number },
): Promise<readonly RoleHolder[]> {
  const rows = await tables(db)
    .selectFrom('role_assignment')
    .select('holder')
    .where('tenant', '=', op.tenant)
    .where('role', '=', role)
    .where('holder', '>', after ?? '')
    .orderBy('holder')
    .limit(limit)
    .execute()
  return rows.map(({ holder }) => holder as RoleHolder)
}

/** Whether an active user, other than `besides`, holds the role directly. It reads every assignment of the tenant: for set-up and deletions. */
export async function isHeldByUser(db: Reader, op: Operation, role: string, besides?: UserId): Promise<boolean> {
  const others = activeHolders(db, op, role).where('identity_user.id', '!=', besides ?? '')
  return (await others.limit(1).executeTakeFirst()) !== undefined
}

/** Whether a user who may sign in holds the role itself, and not through a group. */
export async function holdsDirectly(db: Reader, op: Operation, user: UserId, role: string): Promise<boolean> {
  return (await activeHolders(db, op, role).where('role_assignment.holder', '=', user).executeTakeFirst()) !== undefined
}

/** Users who may sign in and hold the role directly. */
function activeHolders(db: Reader, op: Operation, role: string) {
  return tables(db)
    .selectFrom('role_assignment')
    .innerJoin('identity_user', (join) =>
      join.onRef('identity_user.tenant', '=', 'role_assignment.tenant').onRef('identity_user.id', '=', 'role_assignment.holder'),
    )
    .select('role_assignment.holder')
    .where('role_assignment.tenant', '=', op.tenant)
    .where('role_assignment.role', '=', role)
    .where('identity_user.state', '=', 'active')
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

function tables(db: Reader): Kysely<IdentityTables> {
  return db.withTables<IdentityTables>()
}
