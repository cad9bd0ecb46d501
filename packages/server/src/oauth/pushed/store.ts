/** The SQL of pushed requests. @module */

import type { ClientId, TenantId } from '#kernel'
import { deleteOver, type Transaction } from '#store'
import type { OAuthTables } from '../table.ts'

export interface PushedRequest {
  readonly client: ClientId
  /** The parameters as they were sent. */
  readonly parameters: Readonly<Record<string, string>>
  readonly expiresAtMs: number
}

export async function insertPushed(tx: Transaction, tenant: TenantId, hash: Uint8Array, pushed: PushedRequest): Promise<void> {
  const { client, parameters, expiresAtMs } = pushed
  await tx
    .withTables<OAuthTables>()
    .insertInto('pushed_request')
    .values({ tenant, hash, client, parameters: JSON.stringify(parameters), expires_at_ms: expiresAtMs })
    .execute()
}

/** Takes the request out: of two who come with one reference, one gets it. Another client's is neither told nor taken. */
export async function takePushed(
  tx: Transaction,
  tenant: TenantId,
  asked: { readonly hash: Uint8Array; readonly client: ClientId; readonly nowMs: number },
): Promise<PushedRequest['parameters'] | undefined> {
  const taken = await tx
    .withTables<OAuthTables>()
    .deleteFrom('pushed_request')
    .where('tenant', '=', tenant)
    .where('hash', '=', asked.hash)
    .where('client', '=', asked.client)
    .where('expires_at_ms', '>', asked.nowMs)
    .returning('parameters')
    .executeTakeFirst()
  return taken && (JSON.parse(taken.parameters) as PushedRequest['parameters'])
}

/** Deletes at most `limit` that are over. */
export async function sweepPushed(tx: Transaction, tenant: TenantId, nowMs: number, limit: number): Promise<number> {
  return deleteOver(tx, tenant, { table: 'pushed_request', key: 'hash', over: 'expires_at_ms' }, nowMs, limit)
}
