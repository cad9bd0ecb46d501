/**
 * Browsers that have signed an account in before. They are kept so that a flood
 * of strangers who guess at somebody's password neither slows that person down
 * nor takes their place in the queue; they prove nothing about who sits there.
 *
 * @module
 */

import { sha256, type Operation, type TenantId, type UserId } from '#kernel'
import { statement, type Reader, type Transaction } from '#store'
import type { Kysely } from 'kysely'
import type { SessionTables } from './table.ts'

/** Half a year without a sign-in, and a browser is a stranger again. */
const rememberedMs = 180 * 24 * 3_600_000

/** More browsers than any person uses; the least recently used goes. */
const mostPerUser = 20

/** 128 random bits and a version take 25 letters; nothing much longer is ours. */
const cookieShape = /^[A-Za-z0-9._-]{20,128}$/

const known = statement<SessionTables, { tenant: TenantId; user: UserId; hash: Uint8Array }, { readonly last_used_ms: number }>(
  (db, slot) =>
    db
      .selectFrom('known_browser')
      .select('last_used_ms')
      .where('tenant', '=', slot('tenant'))
      .where('user_id', '=', slot('user'))
      .where('hash', '=', slot('hash')),
)

/** The hash of a browser cookie as it is stored. Undefined if no cookie of ours looks like that. */
export function readBrowser(cookie: string): Uint8Array | undefined {
  return cookieShape.test(cookie) ? sha256(cookie) : undefined
}

export async function isKnown(db: Reader, op: Operation, user: UserId, hash: Uint8Array): Promise<boolean> {
  const [row] = await db.run(known, { tenant: op.tenant, user, hash })
  return row !== undefined && row.last_used_ms > op.nowMs - rememberedMs
}

/** Remembers the browser of a sign-in, in the write of that sign-in. */
export async function remember(tx: Transaction, op: Operation, user: UserId, hash: Uint8Array): Promise<void> {
  const db = tables(tx)
  await db
    .insertInto('known_browser')
    .values({ tenant: op.tenant, user_id: user, hash, last_used_ms: op.nowMs })
    .onConflict((conflict) => conflict.columns(['tenant', 'user_id', 'hash']).doUpdateSet({ last_used_ms: op.nowMs }))
    .execute()
  const surplus = await db
    .selectFrom('known_browser')
    .select('hash')
    .where('tenant', '=', op.tenant)
    .where('user_id', '=', user)
    .orderBy('last_used_ms', 'desc')
    .offset(mostPerUser)
    .limit(mostPerUser)
    .execute()
  for (const row of surplus) {
    await db.deleteFrom('known_browser').where('tenant', '=', op.tenant).where('user_id', '=', user).where('hash', '=', row.hash).execute()
  }
}

/** Forgets browsers that nobody signed in from for too long, at most so many. Returns how many. */
export async function forgetUnused(tx: Transaction, op: Operation, limit: number): Promise<number> {
  const db = tables(tx)
  const rows = await db
    .selectFrom('known_browser')
    .select(['user_id', 'hash'])
    .where('tenant', '=', op.tenant)
    .where('last_used_ms', '<=', op.nowMs - rememberedMs)
    .orderBy('last_used_ms')
    .limit(limit)
    .execute()
  for (const row of rows) {
    await db
      .deleteFrom('known_browser')
      .where('tenant', '=', op.tenant)
      .where('user_id', '=', row.user_id)
      .where('hash', '=', row.hash)
      .execute()
  }
  return rows.length
}

function tables(db: Reader): Kysely<SessionTables> {
  return db.withTables<SessionTables>()
}
