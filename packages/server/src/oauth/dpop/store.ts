/** The SQL of proofs that were used. @module */

import { sha256, utf8, type TenantId } from '#kernel'
import { deleteOver, type Transaction } from '#store'
import type { OAuthTables } from '../table.ts'

/**
 * Marks a proof as used. False if it was already: the database decides who was
 * first, on whichever server. A `jti` is the key's own, so that nobody can use
 * up another's.
 */
export async function spendProof(
  tx: Transaction,
  tenant: TenantId,
  { thumbprint, jti, overAtMs }: { readonly thumbprint: string; readonly jti: string; readonly overAtMs: number },
): Promise<boolean> {
  const spent = await tx
    .withTables<OAuthTables>()
    .insertInto('dpop_proof')
    .values({ tenant, hash: sha256(utf8(`${thumbprint} ${jti}`)), over_at_ms: overAtMs })
    .onConflict((conflict) => conflict.columns(['tenant', 'hash']).doNothing())
    .returning('hash')
    .executeTakeFirst()
  return spent !== undefined
}

/** Deletes at most `limit` that are over: they are refused by their age. */
export async function sweepProofs(tx: Transaction, tenant: TenantId, nowMs: number, limit: number): Promise<number> {
  return deleteOver(tx, tenant, { table: 'dpop_proof', key: 'hash', over: 'over_at_ms' }, nowMs, limit)
}
