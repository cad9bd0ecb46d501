/** The SQL of consents. @module */

import type { ClientId, ConsentId, Operation, Place, TenantId, UserId } from '#kernel'
import { deleteOver, type Reader, type Transaction } from '#store'
import type { SelectQueryBuilder } from 'kysely'
import type { ConsentTable, OAuthTables } from '../table.ts'

/** What a person allowed a client. */
export interface RememberedConsent {
  readonly id: ConsentId
  readonly user: UserId
  readonly client: ClientId
  readonly scopes: readonly string[]
  /** Claims that they allowed singly, beside what the scopes tell. */
  readonly claims: readonly string[]
  readonly givenAtMs: number
}

/** A year: a person who allowed something that long ago is asked again, and rows of people who are gone go too. */
export const consentForMs: number = 365 * 24 * 3_600_000

/** What a person allowed a client, while that is remembered. */
export async function findConsent(
  db: Reader,
  tenant: TenantId,
  user: UserId,
  client: ClientId,
  nowMs: number,
): Promise<RememberedConsent | undefined> {
  const row = await db
    .withTables<OAuthTables>()
    .selectFrom('consent')
    .selectAll()
    .where('tenant', '=', tenant)
    .where('user_id', '=', user)
    .where('client', '=', client)
    .where('given_at_ms', '>', nowMs - consentForMs)
    .executeTakeFirst()
  return row === undefined ? undefined : consentOf(row)
}

/** What is asked for: scopes, and claims that none of them tells. */
export type AskedConsent = Pick<RememberedConsent, 'scopes' | 'claims'>

/** Whether everything that is asked for was allowed. A claim that a scope told once is asked for anew when it is asked for singly. */
export function covers(consent: RememberedConsent | undefined, { scopes, claims }: AskedConsent): boolean {
  return scopes.every((scope) => consent?.scopes.includes(scope)) && claims.every((name) => consent?.claims.includes(name))
}

/** Which consents a list shows. */
export interface ConsentFilter {
  readonly user?: UserId | undefined
  readonly client?: ClientId | undefined
  readonly before?: Place<'con'> | undefined
  readonly limit: number
}

/** What is remembered, the newest first. */
export async function listConsents(db: Reader, op: Operation, filter: ConsentFilter): Promise<readonly RememberedConsent[]> {
  const { user, client, before, limit } = filter
  let query = remembered(db, op)
  if (user !== undefined) query = query.where('user_id', '=', user)
  if (client !== undefined) query = query.where('client', '=', client)
  if (before !== undefined) {
    const { atMs, id } = before
    query = query.where((row) => row.or([row('given_at_ms', '<', atMs), row.and([row('given_at_ms', '=', atMs), row('id', '<', id)])]))
  }
  const rows = await query.orderBy('given_at_ms', 'desc').orderBy('id', 'desc').limit(limit).execute()
  return rows.map(consentOf)
}

export async function findConsentById(db: Reader, op: Operation, id: ConsentId): Promise<RememberedConsent | undefined> {
  const row = await remembered(db, op).where('id', '=', id).executeTakeFirst()
  return row === undefined ? undefined : consentOf(row)
}

function remembered(db: Reader, op: Operation): SelectQueryBuilder<OAuthTables, 'consent', ConsentTable> {
  return db
    .withTables<OAuthTables>()
    .selectFrom('consent')
    .selectAll()
    .where('tenant', '=', op.tenant)
    .where('given_at_ms', '>', op.nowMs - consentForMs)
}

/** How many people allowed a client something that is remembered, counted as far as `most`. */
export async function countConsents(db: Reader, op: Operation, client: ClientId, most: number): Promise<number> {
  const rows = await db
    .withTables<OAuthTables>()
    .selectFrom('consent')
    .select('id')
    .where('tenant', '=', op.tenant)
    .where('client', '=', client)
    .where('given_at_ms', '>', op.nowMs - consentForMs)
    .limit(most)
    .execute()
  return rows.length
}

/** Remembers a consent in place of an earlier one. */
export async function putConsent(tx: Transaction, tenant: TenantId, consent: RememberedConsent): Promise<void> {
  const { id, user, client, givenAtMs } = consent
  const scopes = consent.scopes.join(' ')
  const claims = consent.claims.length === 0 ? null : consent.claims.join(' ')
  await tx
    .withTables<OAuthTables>()
    .insertInto('consent')
    .values({ tenant, id, user_id: user, client, scopes, claims, given_at_ms: givenAtMs })
    .onConflict((conflict) => conflict.columns(['tenant', 'user_id', 'client']).doUpdateSet({ scopes, claims, given_at_ms: givenAtMs }))
    .execute()
}

/** False when there was nothing to take back. */
export async function deleteConsent(tx: Transaction, tenant: TenantId, user: UserId, client: ClientId): Promise<boolean> {
  const deleted = await tx
    .withTables<OAuthTables>()
    .deleteFrom('consent')
    .where('tenant', '=', tenant)
    .where('user_id', '=', user)
    .where('client', '=', client)
    .executeTakeFirst()
  return deleted.numDeletedRows === 1n
}

export async function deleteConsentsOf(tx: Transaction, tenant: TenantId, client: ClientId): Promise<void> {
  await tx.withTables<OAuthTables>().deleteFrom('consent').where('tenant', '=', tenant).where('client', '=', client).execute()
}

/** Deletes at most `limit` consents that are no longer remembered. */
export async function sweepConsents(tx: Transaction, tenant: TenantId, nowMs: number, limit: number): Promise<number> {
  return deleteOver(tx, tenant, { table: 'consent', key: 'id', over: 'given_at_ms' }, nowMs - consentForMs, limit)
}

function consentOf(row: ConsentTable): RememberedConsent {
  const claims = row.claims?.split(' ') ?? []
  return { id: row.id, user: row.user_id, client: row.client, scopes: row.scopes.split(' '), claims, givenAtMs: row.given_at_ms }
}
