/** The SQL of passwords. @module */

import type { Operation, TenantId, UserId } from '#kernel'
import { statement, type Reader, type Transaction } from '#store'
import type { Kysely } from 'kysely'
import type { IdentityTables, UserRow } from './tables.ts'

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
