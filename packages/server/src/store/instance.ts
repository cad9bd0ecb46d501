/**
 * Facts about the whole database, by name: who it is, what life it is in, what
 * it was made for.
 *
 * @module
 */

import { newId, Unavailable, type Clock, type InstanceId, type TenantId } from '#kernel'
import type { Kysely } from 'kysely'
import type { Reader, Transaction } from './contract.ts'
import type { StoreTables } from './table.ts'

/**
 * `id`, `epoch` (1, 2, … one for each restore) and `created_at_ms` are set by
 * the store when it makes the database; the others by whoever starts it first.
 */
export type InstanceFact = 'id' | 'epoch' | 'created_at_ms' | 'stamp' | 'issuer' | 'root_key' | 'root_key_check'

/** A fact, or undefined when nobody has set it. */
export async function findInstanceFact(db: Reader, name: InstanceFact): Promise<string | undefined> {
  const row = await db.withTables<StoreTables>().selectFrom('instance').select('value').where('name', '=', name).executeTakeFirst()
  return row?.value
}

/** Sets a fact that is not set yet. False, and nothing changes, when it is. */
export async function setInstanceFact(tx: Transaction, name: InstanceFact, value: string): Promise<boolean> {
  const set = await tx
    .withTables<StoreTables>()
    .insertInto('instance')
    .values({ name, value })
    .onConflict((conflict) => conflict.column('name').doNothing())
    .executeTakeFirst()
  return set.numInsertedOrUpdatedRows === 1n
}

/** Changes a fact from one value to another. False, and nothing changes, when it is not the first. */
export async function replaceInstanceFact(tx: Transaction, name: InstanceFact, from: string, to: string): Promise<boolean> {
  const replaced = await tx
    .withTables<StoreTables>()
    .updateTable('instance')
    .set({ value: to })
    .where('name', '=', name)
    .where('value', '=', from)
    .executeTakeFirst()
  return replaced.numUpdatedRows === 1n
}

/** A write that proves that writes go through. Its value differs each time: SQLite writes no page that has not changed. */
export async function touchInstance(tx: Transaction, clock: Clock): Promise<void> {
  const value = `${clock.wallMs()} ${clock.monotonicMs()}`
  const touched = await tx
    .withTables<StoreTables>()
    .insertInto('instance')
    .values({ name: 'probed', value })
    .onConflict((conflict) => conflict.column('name').doUpdateSet({ value }))
    .executeTakeFirst()
  if (touched.numInsertedOrUpdatedRows !== 1n) throw new Unavailable('store')
}

/** The name of the one tenant until organizations come. Its id is made at random, like any other. */
const defaultTenantName = 'default'

/** Makes the rows that every database has, where they are missing, and answers with the id of the default tenant. */
export async function settleInstance(db: Kysely<StoreTables>, nowMs: number): Promise<TenantId> {
  const facts = { id: newId('ins') satisfies InstanceId, epoch: '1', created_at_ms: String(nowMs) }
  await db
    .insertInto('instance')
    .values(Object.entries(facts).map(([name, value]) => ({ name, value })))
    .onConflict((conflict) => conflict.column('name').doNothing())
    .execute()
  await db
    .insertInto('tenant')
    .values({ id: newId('ten'), name: defaultTenantName, created_at_ms: nowMs })
    .onConflict((conflict) => conflict.column('name').doNothing())
    .execute()
  const { id } = await db.selectFrom('tenant').select('id').where('name', '=', defaultTenantName).executeTakeFirstOrThrow()
  return id
}
