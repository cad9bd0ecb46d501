import type { TenantId, UserId } from '#kernel'
import { statement, type Reader, type Statement, type Transaction } from '#store'

export type KeyState = 'next' | 'active' | 'retired'

export interface PurposeKeyRow {
  readonly tenant: TenantId
  readonly purpose: string
  /** The `kid` of a signing key, `key_…` of another. */
  readonly id: string
  /** RS256 and the like, `XAES-256-GCM`, `HMAC-SHA-256`. */
  readonly algorithm: string
  /** Counts the keys of a purpose from 1. */
  readonly version: number
  readonly state: KeyState
  readonly vault_key: string
  /** The wrapped key; of a retired signing key only its public half, so that nothing can sign with it again. */
  readonly wrapped: Uint8Array
  readonly created_at_ms: number
  /** For a next key the earliest moment at which it may sign; for others when they did. */
  readonly activates_at_ms: number
  readonly retired_at_ms: number | null
  /** When a retired key ends; NULL means never. */
  readonly usable_until_ms: number | null
}

export interface PersonKeyRow {
  readonly tenant: TenantId
  readonly person: UserId
  readonly wrapped: Uint8Array
  readonly created_at_ms: number
}

interface KeyTables {
  purpose_key: PurposeKeyRow
  person_key: PersonKeyRow
}

/** Every key of the tenant that is not over, oldest version first. */
export async function listPurposeKeys(db: Reader, tenant: TenantId, nowMs: number): Promise<readonly PurposeKeyRow[]> {
  return db
    .withTables<KeyTables>()
    .selectFrom('purpose_key')
    .selectAll()
    .where('tenant', '=', tenant)
    .where((row) => row.or([row('usable_until_ms', 'is', null), row('usable_until_ms', '>', nowMs)]))
    .orderBy('purpose')
    .orderBy('version')
    .execute()
}

/** How many of them were new. A purpose that has an active or next key already keeps it. */
export async function keepPurposeKeys(tx: Transaction, rows: readonly PurposeKeyRow[]): Promise<number> {
  let kept = 0
  for (const row of rows) {
    const { numInsertedOrUpdatedRows = 0n } = await tx
      .withTables<KeyTables>()
      .insertInto('purpose_key')
      .values(row)
      .onConflict((conflict) => conflict.doNothing())
      .executeTakeFirst()
    kept += Number(numInsertedOrUpdatedRows)
  }
  return kept
}

/** False when it was not active any more. */
export async function retirePurposeKey(
  tx: Transaction,
  key: Pick<PurposeKeyRow, 'tenant' | 'purpose' | 'id' | 'vault_key' | 'wrapped'>,
  atMs: number,
  usableUntilMs: number | null,
): Promise<boolean> {
  const { numUpdatedRows } = await tx
    .withTables<KeyTables>()
    .updateTable('purpose_key')
    .set({ state: 'retired', retired_at_ms: atMs, usable_until_ms: usableUntilMs, vault_key: key.vault_key, wrapped: key.wrapped })
    .where('tenant', '=', key.tenant)
    .where('purpose', '=', key.purpose)
    .where('id', '=', key.id)
    .where('state', '=', 'active')
    .executeTakeFirst()
  return numUpdatedRows === 1n
}

/** False when it was not the next key any more. */
export async function activatePurposeKey(
  tx: Transaction,
  key: Pick<PurposeKeyRow, 'tenant' | 'purpose' | 'id'>,
  atMs: number,
): Promise<boolean> {
  const { numUpdatedRows } = await tx
    .withTables<KeyTables>()
    .updateTable('purpose_key')
    .set({ state: 'active', activates_at_ms: atMs })
    .where('tenant', '=', key.tenant)
    .where('purpose', '=', key.purpose)
    .where('id', '=', key.id)
    .where('state', '=', 'next')
    .executeTakeFirst()
  return numUpdatedRows === 1n
}

/** Deletes retired keys that are over, at most `limit`. */
export async function deleteSpentKeys(tx: Transaction, tenant: TenantId, nowMs: number, limit: number): Promise<number> {
  const db = tx.withTables<KeyTables>()
  const spent = await db
    .selectFrom('purpose_key')
    .select(['purpose', 'id'])
    .where('tenant', '=', tenant)
    .where('state', '=', 'retired')
    .where('usable_until_ms', '<=', nowMs)
    .limit(limit)
    .execute()
  for (const { purpose, id } of spent) {
    await db.deleteFrom('purpose_key').where('tenant', '=', tenant).where('purpose', '=', purpose).where('id', '=', id).execute()
  }
  return spent.length
}

/** Throws when the person has a key already: it is never replaced. */
export async function keepPersonKey(tx: Transaction, tenant: TenantId, person: UserId, wrapped: Uint8Array, atMs: number): Promise<void> {
  await tx.withTables<KeyTables>().insertInto('person_key').values({ tenant, person, wrapped, created_at_ms: atMs }).execute()
}

const personKey: Statement<{ tenant: TenantId; person: UserId }, { readonly wrapped: Uint8Array }> = statement<
  KeyTables,
  { tenant: TenantId; person: UserId },
  { readonly wrapped: Uint8Array }
>((db, slot) => db.selectFrom('person_key').select('wrapped').where('tenant', '=', slot('tenant')).where('person', '=', slot('person')))

export async function findPersonKey(db: Reader, tenant: TenantId, person: UserId): Promise<Uint8Array | undefined> {
  const [row] = await db.run(personKey, { tenant, person })
  return row?.wrapped
}

export async function findPersonKeys(
  db: Reader,
  tenant: TenantId,
  people: readonly UserId[],
): Promise<readonly { readonly person: UserId; readonly wrapped: Uint8Array }[]> {
  if (people.length === 0) return []
  return db
    .withTables<KeyTables>()
    .selectFrom('person_key')
    .select(['person', 'wrapped'])
    .where('tenant', '=', tenant)
    .where('person', 'in', people)
    .execute()
}

export async function deletePersonKey(tx: Transaction, tenant: TenantId, person: UserId): Promise<void> {
  await tx.withTables<KeyTables>().deleteFrom('person_key').where('tenant', '=', tenant).where('person', '=', person).execute()
}

/** Keys of people after a person, in the order of their ids. */
export async function listPersonKeys(
  db: Reader,
  tenant: TenantId,
  after: UserId | undefined,
  limit: number,
): Promise<readonly PersonKeyRow[]> {
  const keys = db.withTables<KeyTables>().selectFrom('person_key').selectAll().where('tenant', '=', tenant)
  return (after === undefined ? keys : keys.where('person', '>', after)).orderBy('person').limit(limit).execute()
}

/** Puts the keys of people where a restore that was interrupted may have put them already. */
export async function putPersonKeys(tx: Transaction, rows: readonly PersonKeyRow[]): Promise<void> {
  for (const row of rows) {
    await tx
      .withTables<KeyTables>()
      .insertInto('person_key')
      .values(row)
      .onConflict((conflict) =>
        conflict.columns(['tenant', 'person']).doUpdateSet({ wrapped: row.wrapped, created_at_ms: row.created_at_ms }),
      )
      .execute()
  }
}

/** Of a tenant that has none. False, and nothing changes, when it has. */
export async function putPurposeKeys(tx: Transaction, tenant: TenantId, rows: readonly PurposeKeyRow[]): Promise<boolean> {
  const db = tx.withTables<KeyTables>()
  const there = await db.selectFrom('purpose_key').select('id').where('tenant', '=', tenant).limit(1).executeTakeFirst()
  if (there !== undefined) return false
  for (const row of rows) await db.insertInto('purpose_key').values(row).execute()
  return true
}

/** Which of these people have no key. */
export async function peopleWithoutKey(db: Reader, tenant: TenantId, people: readonly UserId[]): Promise<readonly UserId[]> {
  const found = new Set((await findPersonKeys(db, tenant, people)).map(({ person }) => person))
  return people.filter((person) => !found.has(person))
}
