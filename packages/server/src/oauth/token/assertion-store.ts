/** The SQL of assertions that were used. @module */

import { sha256, utf8, type ClientId, type TenantId } from '#kernel'
import type { Transaction } from '#store'
import type { OAuthTables } from '../table.ts'

/** Marks an assertion as used. False if it was already: the database decides who was first. */
export async function spendAssertion(tx: Transaction, tenant: TenantId, client: ClientId, jti: string, overAtMs: number): Promise<boolean> {
  const spent = await tx
    .withTables<OAuthTables>()
    .insertInto('client_assertion')
    .values({ tenant, client, jti_hash: sha256(utf8(jti)), over_at_ms: overAtMs })
    .onConflict((conflict) => conflict.columns(['tenant', 'client', 'jti_hash']).doNothing())
    .returning('client')
    .executeTakeFirst()
  return spent !== undefined
}

/** Deletes at most `limit` that are over: they are refused by their time. */
export async function sweepAssertions(tx: Transaction, tenant: TenantId, nowMs: number, limit: number): Promise<number> {
  const tables = tx.withTables<OAuthTables>()
  const over = await tables
    .selectFrom('client_assertion')
    .select(['client', 'jti_hash'])
    .where('tenant', '=', tenant)
    .where('over_at_ms', '<=', nowMs)
    .orderBy('over_at_ms')
    .limit(limit)
    .execute()
  for (const { client, jti_hash: hash } of over) {
    const one = tables.deleteFrom('client_assertion').where('tenant', '=', tenant)
    await one.where('client', '=', client).where('jti_hash', '=', hash).execute()
  }
  return over.length
}
