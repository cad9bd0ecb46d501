/** The SQL of refresh families. @module */

import type { ClientId, FamilyId, SessionId, TenantId, UserId } from '#kernel'
import { deleteOver, statement, type Reader, type Transaction } from '#store'
import type { Expression, ExpressionBuilder, Insertable, SqlBool } from 'kysely'
import type { FamilyTable, RefreshTokenTable, TokenTables } from '../table.ts'
import type { AuthorizationDetail } from '../access.ts'
import type { Family, FamilyEnd, GrantedClaims, StoredToken } from './family.ts'

/** A token and the family that it belongs to. */
export interface FoundToken {
  readonly family: Family
  readonly token: StoredToken
}

type FoundRow = FamilyTable &
  Pick<RefreshTokenTable, 'number' | 'expires_at_ms' | 'spent_at_ms' | 'spent_by' | 'successor' | 'sender'> & {
    readonly successor_spent_at_ms: number | null
  }

const selectToken = statement<TokenTables, { tenant: TenantId; hash: Uint8Array }, FoundRow>((db, slot) =>
  db
    .selectFrom('refresh_token as token')
    .innerJoin('refresh_family as family', (join) =>
      join.onRef('family.tenant', '=', 'token.tenant').onRef('family.id', '=', 'token.family'),
    )
    .leftJoin('refresh_token as next', (join) =>
      join
        .onRef('next.tenant', '=', 'token.tenant')
        .onRef('next.family', '=', 'token.family')
        .on((on) => on('next.number', '=', on('token.number', '+', 1))),
    )
    .selectAll('family')
    .select([
      'token.number',
      'token.expires_at_ms',
      'token.spent_at_ms',
      'token.spent_by',
      'token.successor',
      'token.sender',
      'next.spent_at_ms as successor_spent_at_ms',
    ])
    .where('token.tenant', '=', slot('tenant'))
    .where('token.hash', '=', slot('hash')),
)

export async function findToken(db: Reader, tenant: TenantId, hash: Uint8Array): Promise<FoundToken | undefined> {
  const [row] = await db.run(selectToken, { tenant, hash })
  return row === undefined ? undefined : { family: familyOf(row), token: tokenFrom(row) }
}

export async function insertFamily(tx: Transaction, tenant: TenantId, family: Family): Promise<void> {
  const row: Insertable<FamilyTable> = {
    tenant,
    id: family.id,
    client: family.client,
    user_id: family.user,
    session: family.session,
    scopes: family.scopes.join(' '),
    audience: JSON.stringify(family.audience),
    resources: family.resources === undefined ? null : JSON.stringify(family.resources),
    claims: family.claims === undefined ? null : JSON.stringify(family.claims),
    details: family.details === undefined ? null : JSON.stringify(family.details),
    offline: family.lives === 'offline' ? 1 : 0,
    proof: JSON.stringify(family.proof),
    started_at_ms: family.startedAtMs,
    ends_at_ms: family.endsAtMs,
    ended_at_ms: null,
    ended_why: null,
  }
  await tx.withTables<TokenTables>().insertInto('refresh_family').values(row).execute()
}

/** A token before its first use. Two of one number in a family are refused by the database. */
export interface NewToken {
  readonly family: FamilyId
  readonly number: number
  readonly hash: Uint8Array
  readonly issuedAtMs: number
  readonly expiresAtMs: number
  readonly sender: string | undefined
}

const insertTokenRow = statement<TokenTables, { tenant: TenantId } & Omit<NewToken, 'sender'> & { sender: string | null }, never>(
  (db, slot) =>
    db.insertInto('refresh_token').values({
      tenant: slot('tenant'),
      hash: slot('hash'),
      family: slot('family'),
      number: slot('number'),
      issued_at_ms: slot('issuedAtMs'),
      expires_at_ms: slot('expiresAtMs'),
      spent_at_ms: null,
      spent_by: null,
      successor: null,
      sender: slot('sender'),
    }),
)

export async function insertToken(tx: Transaction, tenant: TenantId, token: NewToken): Promise<void> {
  await tx.run(insertTokenRow, { tenant, ...token, sender: token.sender ?? null })
}

const spendTokenRow = statement<
  TokenTables,
  { tenant: TenantId; hash: Uint8Array; spentAtMs: number; spentBy: string; successor: Uint8Array },
  { number: number }
>((db, slot) =>
  db
    .updateTable('refresh_token')
    .set({ spent_at_ms: slot('spentAtMs'), spent_by: slot('spentBy'), successor: slot('successor') })
    .where('tenant', '=', slot('tenant'))
    .where('hash', '=', slot('hash'))
    .where('spent_at_ms', 'is', null)
    .returning('number'),
)

/** Spends a token (compare and set). False if somebody else already had. */
export async function spendToken(
  tx: Transaction,
  tenant: TenantId,
  spent: { readonly hash: Uint8Array; readonly spentAtMs: number; readonly spentBy: string; readonly successor: Uint8Array },
): Promise<boolean> {
  return (await tx.run(spendTokenRow, { tenant, ...spent })).length === 1
}

/** When a token dies that is used and not spent. */
export async function prolongToken(tx: Transaction, tenant: TenantId, hash: Uint8Array, expiresAtMs: number): Promise<void> {
  await tx
    .withTables<TokenTables>()
    .updateTable('refresh_token')
    .set({ expires_at_ms: expiresAtMs })
    .where('tenant', '=', tenant)
    .where('hash', '=', hash)
    .where('spent_at_ms', 'is', null)
    .execute()
}

/** Which families end together. */
export type FamilyFilter =
  | { readonly by: 'id'; readonly id: FamilyId }
  /** Those that live with the session; what was granted offline stays. */
  | { readonly by: 'session'; readonly session: SessionId }
  | { readonly by: 'user'; readonly user: UserId }
  | { readonly by: 'client'; readonly client: ClientId }
  | { readonly by: 'consent'; readonly user: UserId; readonly client: ClientId }

/** Ends the families that have not ended yet, at most `limit` of them where there is one, and says which those were. */
export async function endFamilies(
  tx: Transaction,
  tenant: TenantId,
  filter: FamilyFilter,
  why: FamilyEnd,
  atMs: number,
  limit?: number,
): Promise<readonly FamilyId[]> {
  const tables = tx.withTables<TokenTables>()
  const some = limit === undefined ? undefined : await unendedFamilies(tx, tenant, filter, limit)
  if (some?.length === 0) return []
  const rows = await tables
    .updateTable('refresh_family')
    .set({ ended_at_ms: atMs, ended_why: why })
    .where('tenant', '=', tenant)
    .where('ended_at_ms', 'is', null)
    .where((has) => (some === undefined ? fits(has, filter) : has('id', 'in', some)))
    .returning('id')
    .execute()
  return rows.map((row) => row.id)
}

async function unendedFamilies(tx: Transaction, tenant: TenantId, filter: FamilyFilter, limit: number): Promise<readonly FamilyId[]> {
  const rows = await tx
    .withTables<TokenTables>()
    .selectFrom('refresh_family')
    .select('id')
    .where('tenant', '=', tenant)
    .where('ended_at_ms', 'is', null)
    .where((has) => fits(has, filter))
    .limit(limit)
    .execute()
  return rows.map((row) => row.id)
}

/** How many families are alive, counted as far as `most`. */
export async function countFamilies(db: Reader, tenant: TenantId, filter: FamilyFilter, nowMs: number, most: number): Promise<number> {
  const rows = await db
    .withTables<TokenTables>()
    .selectFrom('refresh_family')
    .select('id')
    .where('tenant', '=', tenant)
    .where('ended_at_ms', 'is', null)
    .where('ends_at_ms', '>', nowMs)
    .where((has) => fits(has, filter))
    .limit(most)
    .execute()
  return rows.length
}

function fits(has: ExpressionBuilder<TokenTables, 'refresh_family'>, filter: FamilyFilter): Expression<SqlBool> {
  if (filter.by === 'id') return has('id', '=', filter.id)
  if (filter.by === 'session') return has.and([has('session', '=', filter.session), has('offline', '=', 0)])
  if (filter.by === 'user') return has('user_id', '=', filter.user)
  if (filter.by === 'client') return has('client', '=', filter.client)
  return has.and([has('user_id', '=', filter.user), has('client', '=', filter.client)])
}

/** Deletes at most `limit` tokens that have been dead for a while. */
export async function sweepTokens(tx: Transaction, tenant: TenantId, beforeMs: number, limit: number): Promise<number> {
  return deleteOver(tx, tenant, { table: 'refresh_token', key: 'hash', over: 'expires_at_ms' }, beforeMs, limit)
}

/** Deletes at most `limit` families that are over. */
export async function sweepFamilies(tx: Transaction, tenant: TenantId, beforeMs: number, limit: number): Promise<number> {
  return deleteOver(tx, tenant, { table: 'refresh_family', key: 'id', over: 'ends_at_ms' }, beforeMs, limit)
}

/** A family as it is stored. */
export function familyOf(row: FamilyTable): Family {
  return {
    id: row.id,
    client: row.client,
    user: row.user_id,
    session: row.session,
    scopes: row.scopes === '' ? [] : row.scopes.split(' '),
    audience: JSON.parse(row.audience) as readonly string[],
    ...(row.resources === null ? {} : { resources: JSON.parse(row.resources) as readonly string[] }),
    ...(row.claims === null ? {} : { claims: JSON.parse(row.claims) as GrantedClaims }),
    ...(row.details === null ? {} : { details: JSON.parse(row.details) as readonly AuthorizationDetail[] }),
    lives: row.offline === 1 ? 'offline' : 'with-session',
    proof: JSON.parse(row.proof) as Family['proof'],
    startedAtMs: row.started_at_ms,
    endsAtMs: row.ends_at_ms,
    endedAtMs: row.ended_at_ms ?? undefined,
  }
}

function tokenFrom(row: FoundRow): StoredToken {
  return {
    number: row.number,
    expiresAtMs: row.expires_at_ms,
    spentAtMs: row.spent_at_ms ?? undefined,
    spentBy: row.spent_by ?? undefined,
    successor: row.successor ?? undefined,
    sender: row.sender ?? undefined,
    successorSpent: row.successor_spent_at_ms !== null,
  }
}
