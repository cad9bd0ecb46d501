/** How every table is rid of what is over. @module */

import type { TenantId } from '#kernel'
import type { Transaction } from './contract.ts'

/** A table whose rows have a time after which they say nothing any more. */
export interface Passing {
  readonly table: string
  /** Names a row of one tenant. */
  readonly key: string
  /** The column with that time, in milliseconds since the Unix epoch. It needs an index. */
  readonly over: string
}

/** Deletes at most `limit` rows that were over by then, the oldest first. Says how many. */
export async function deleteOver(
  tx: Transaction,
  tenant: TenantId,
  { table, key, over }: Passing,
  beforeMs: number,
  limit: number,
): Promise<number> {
  const db = tx.withTables<Readonly<Record<string, Record<string, unknown>>>>()
  const oldest = db.selectFrom(table).select(key).where('tenant', '=', tenant).where(over, '<=', beforeMs).orderBy(over).limit(limit)
  const deleted = await db.deleteFrom(table).where('tenant', '=', tenant).where(key, 'in', oldest).executeTakeFirst()
  return Number(deleted.numDeletedRows)
}
