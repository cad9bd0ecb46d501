/** The SQL of users and passwords. @module */

import type { Operation, Place, TenantId, UserId } from '#kernel'
import { statement, type Reader, type Transaction } from '#store'
import type { Kysely } from 'kysely'
import type { IdentityTables, UserRow } from './tables.ts'
import { firstVersion } from './version.ts'

/** What a sign-in needs to know about the account that was named. */
export interface SignInRow {
  readonly id: string
  readonly state: UserRow['state']
  readonly generation: number
  readonly phc: string | null
}

const signIn = statement<IdentityTables, { tenant: TenantId; kind: string; hash: Uint8Array }, SignInRow>((db, slot) =>
  db
    .selectFrom('user_lookup')
    .innerJoin('identity_user', (join) =>
      join.onRef('identity_user.tenant', '=', 'user_lookup.tenant').onRef('identity_user.id', '=', 'user_lookup.user_id'),
    )
    .leftJoin('password', (join) =>
      join.onRef('password.tenant', '=', 'user_lookup.tenant').onRef('password.user_id', '=', 'user_lookup.user_id'),
    )
    .select(['identity_user.id as id', 'identity_user.state as state', 'identity_user.generation as generation', 'password.phc as phc'])
    .where('user_lookup.tenant', '=', slot('tenant'))
    .where('user_lookup.kind', '=', slot('kind'))
    .where('user_lookup.hash', '=', slot('hash')),
)

export async function findForSignIn(
  db: Reader,
  op: Operation,
  kind: 'username' | 'email',
  hash: Uint8Array,
): Promise<SignInRow | undefined> {
  const [row] = await db.run(signIn, { tenant: op.tenant, kind, hash })
  return row
}

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

export async function insertUser(tx: Transaction, row: UserRow): Promise<void> {
  await tables(tx).insertInto('identity_user').values(row).execute()
}

/** Takes a name for a user. False if somebody has it: the key of the table decides, not a read before it. */
export async function takeName(
  tx: Transaction,
  op: Operation,
  kind: 'username' | 'email',
  hash: Uint8Array,
  user: UserId,
): Promise<boolean> {
  const taken = await tables(tx)
    .insertInto('user_lookup')
    .values({ tenant: op.tenant, kind, hash, user_id: user })
    .onConflict((conflict) => conflict.columns(['tenant', 'kind', 'hash']).doNothing())
    .returning('user_id')
    .execute()
  return taken.length === 1
}

export async function insertPrefixes(
  tx: Transaction,
  op: Operation,
  hashes: readonly Uint8Array[],
  user: UserId,
  createdAtMs: number,
): Promise<void> {
  if (hashes.length === 0) return
  const rows = hashes.map((hash) => ({ tenant: op.tenant, hash, user_created_at_ms: createdAtMs, user_id: user }))
  await tables(tx).insertInto('user_prefix').values(rows).execute()
}

/** Gives up every name of a user, in the write that takes the new ones. */
export async function releaseNames(tx: Transaction, op: Operation, user: UserId): Promise<void> {
  for (const table of ['user_lookup', 'user_prefix'] as const)
    await tables(tx).deleteFrom(table).where('tenant', '=', op.tenant).where('user_id', '=', user).execute()
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

export async function putPassword(tx: Transaction, op: Operation, user: UserId, phc: string): Promise<void> {
  await tables(tx)
    .insertInto('password')
    .values({ tenant: op.tenant, user_id: user, phc, set_at_ms: op.nowMs })
    .onConflict((conflict) => conflict.columns(['tenant', 'user_id']).doUpdateSet({ phc, set_at_ms: op.nowMs }))
    .execute()
}

/** Puts a stronger hash of the same password in place. False if the password was changed meanwhile. */
export async function replaceHash(
  tx: Transaction,
  op: Operation,
  user: UserId,
  hashes: { readonly old: string; readonly fresh: string },
): Promise<boolean> {
  const replaced = await tables(tx)
    .updateTable('password')
    .set({ phc: hashes.fresh })
    .where('tenant', '=', op.tenant)
    .where('user_id', '=', user)
    .where('phc', '=', hashes.old)
    .executeTakeFirst()
  return replaced.numUpdatedRows === 1n
}

function tables(db: Reader): Kysely<IdentityTables> {
  return db.withTables<IdentityTables>()
}
