/** The SQL of lists of users. @module */

import type { Operation, Place } from '#kernel'
import type { Reader } from '#store'
import type { Kysely } from 'kysely'
import type { IdentityTables, UserRow } from './tables.ts'

/** Which users a list shows: in a state, with a role, held directly or through a group. */
export interface UserFilter {
  readonly state?: 'active' | 'disabled' | undefined
  readonly role?: string | undefined
}

const everybodyThere = ['active', 'disabled'] as const

/** Whoever holds a role. Groups and clients that hold it are among them and are no users. */
function holdersOf(db: Reader, op: Operation, role: string) {
  return tables(db)
    .selectFrom('role_assignment')
    .select('role_assignment.holder as id')
    .where('role_assignment.tenant', '=', op.tenant)
    .where('role_assignment.role', '=', role)
    .union(
      tables(db)
        .selectFrom('role_assignment')
        .innerJoin('group_member', (join) =>
          join.onRef('group_member.tenant', '=', 'role_assignment.tenant').onRef('group_member.group_id', '=', 'role_assignment.holder'),
        )
        .select('group_member.user_id as id')
        .where('role_assignment.tenant', '=', op.tenant)
        .where('role_assignment.role', '=', role),
    )
}

/** Users after the given place, oldest first. */
export async function listUserRows(
  db: Reader,
  op: Operation,
  { state, role }: UserFilter,
  after: Place<'usr'> | undefined,
  limit: number,
): Promise<readonly UserRow[]> {
  let query = tables(db).selectFrom('identity_user').selectAll().where('tenant', '=', op.tenant)
  query = query.where('state', 'in', state === undefined ? everybodyThere : [state])
  if (role !== undefined) query = query.where('id', 'in', holdersOf(db, op, role))
  if (after !== undefined) {
    const { atMs, id } = after
    query = query.where((row) => row.or([row('created_at_ms', '>', atMs), row.and([row('created_at_ms', '=', atMs), row('id', '>', id)])]))
  }
  return query.orderBy('created_at_ms').orderBy('id').limit(limit).execute()
}

/** Users of whose names one begins with the hashed prefix, after the given place, oldest first. */
export async function searchUserRows(
  db: Reader,
  op: Operation,
  hash: Uint8Array,
  { state, role }: UserFilter,
  after: Place<'usr'> | undefined,
  limit: number,
): Promise<readonly UserRow[]> {
  let query = tables(db)
    .selectFrom('user_prefix')
    .innerJoin('identity_user', (join) =>
      join.onRef('identity_user.tenant', '=', 'user_prefix.tenant').onRef('identity_user.id', '=', 'user_prefix.user_id'),
    )
    .selectAll('identity_user')
    .where('user_prefix.tenant', '=', op.tenant)
    .where('user_prefix.hash', '=', hash)
    .where('identity_user.state', 'in', state === undefined ? everybodyThere : [state])
  if (role !== undefined) query = query.where('identity_user.id', 'in', holdersOf(db, op, role))
  if (after !== undefined) {
    const { atMs, id } = after
    query = query.where((row) =>
      row.or([
        row('user_prefix.user_created_at_ms', '>', atMs),
        row.and([row('user_prefix.user_created_at_ms', '=', atMs), row('user_prefix.user_id', '>', id)]),
      ]),
    )
  }
  return query.orderBy('user_prefix.user_created_at_ms').orderBy('user_prefix.user_id').limit(limit).execute()
}

function tables(db: Reader): Kysely<IdentityTables> {
  return db.withTables<IdentityTables>()
}
