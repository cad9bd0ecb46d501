/** The SQL of the one-time link. @module */

import type { TenantId } from '#kernel'
import type { Transaction } from '#store'

interface SetupTables {
  readonly setup_link: {
    readonly tenant: TenantId
    readonly hash: Uint8Array
    readonly expires_at_ms: number
    readonly claimed_until_ms: number | null
  }
}

/** Replaces every earlier link by this one. */
export async function replaceLink(tx: Transaction, tenant: TenantId, hash: Uint8Array, expiresAtMs: number): Promise<void> {
  const db = tx.withTables<SetupTables>()
  await db.deleteFrom('setup_link').where('tenant', '=', tenant).execute()
  await db.insertInto('setup_link').values({ tenant, hash, expires_at_ms: expiresAtMs, claimed_until_ms: null }).execute()
}

/** Claims a link for whoever comes first. False when it does not exist, has expired, or is claimed already. */
export async function claimLink(tx: Transaction, tenant: TenantId, hash: Uint8Array, nowMs: number, untilMs: number): Promise<boolean> {
  const claimed = await tx
    .withTables<SetupTables>()
    .updateTable('setup_link')
    .set({ claimed_until_ms: untilMs })
    .where('tenant', '=', tenant)
    .where('hash', '=', hash)
    .where('expires_at_ms', '>', nowMs)
    .where((row) => row.or([row('claimed_until_ms', 'is', null), row('claimed_until_ms', '<=', nowMs)]))
    .executeTakeFirst()
  return claimed.numUpdatedRows === 1n
}

/** Gives a claim back, so that a mistyped form can be sent again. */
export async function releaseLink(tx: Transaction, tenant: TenantId, hash: Uint8Array): Promise<void> {
  await tx
    .withTables<SetupTables>()
    .updateTable('setup_link')
    .set({ claimed_until_ms: null })
    .where('tenant', '=', tenant)
    .where('hash', '=', hash)
    .execute()
}

/** Removes every link. */
export async function removeLinks(tx: Transaction, tenant: TenantId): Promise<void> {
  await tx.withTables<SetupTables>().deleteFrom('setup_link').where('tenant', '=', tenant).execute()
}
