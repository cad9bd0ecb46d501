/** The SQL of the names under which users are found. @module */

import type { Operation, UserId } from '#kernel'
import type { Reader, Transaction } from '#store'
import type { Kysely } from 'kysely'
import type { IdentityTables } from './tables.ts'

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

function tables(db: Reader): Kysely<IdentityTables> {
  return db.withTables<IdentityTables>()
}
