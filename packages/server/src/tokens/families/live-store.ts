/** The SQL of families that have not ended, with the latest token of each. @module */

import type { ClientId, FamilyId, Operation, Place, UserId } from '#kernel'
import type { Reader } from '#store'
import type { SelectQueryBuilder } from 'kysely'
import type { FamilyTable, TokenTables } from '../table.ts'

/** A family and what its latest refresh token says; null where none was given out. */
export type FamilyRow = FamilyTable & {
  readonly token_number: number | null
  readonly token_issued_at_ms: number | null
  readonly token_expires_at_ms: number | null
}

export interface UnendedFilter {
  readonly user?: UserId | undefined
  readonly client?: ClientId | undefined
  readonly before?: Place<'fam'> | undefined
  readonly limit: number
}

/** Families that neither ended nor are over, the newest first. The token of some may have expired. */
export async function listUnended(db: Reader, op: Operation, filter: UnendedFilter): Promise<readonly FamilyRow[]> {
  const { user, client, before } = filter
  let query = unended(db, op)
  if (user !== undefined) query = query.where('family.user_id', '=', user)
  if (client !== undefined) query = query.where('family.client', '=', client)
  if (before !== undefined) {
    const { atMs, id } = before
    query = query.where((row) =>
      row.or([row('family.started_at_ms', '<', atMs), row.and([row('family.started_at_ms', '=', atMs), row('family.id', '<', id)])]),
    )
  }
  return query.orderBy('family.started_at_ms', 'desc').orderBy('family.id', 'desc').limit(filter.limit).execute()
}

export async function findUnended(db: Reader, op: Operation, id: FamilyId): Promise<FamilyRow | undefined> {
  return unended(db, op).where('family.id', '=', id).executeTakeFirst()
}

type Tables = TokenTables & { readonly family: FamilyTable; readonly token: TokenTables['refresh_token'] | null }

function unended(db: Reader, op: Operation): SelectQueryBuilder<Tables, 'family' | 'token', FamilyRow> {
  return db
    .withTables<TokenTables>()
    .selectFrom('refresh_family as family')
    .leftJoin('refresh_token as token', (join) =>
      join
        .onRef('token.tenant', '=', 'family.tenant')
        .onRef('token.family', '=', 'family.id')
        // A family may have thousands of used ones; the unique key leads to the latest at once.
        .on('token.number', '=', (from) =>
          from
            .selectFrom('refresh_token as every')
            .select(({ fn }) => fn.max('every.number').as('latest'))
            .whereRef('every.tenant', '=', 'family.tenant')
            .whereRef('every.family', '=', 'family.id'),
        ),
    )
    .selectAll('family')
    .select(['token.number as token_number', 'token.issued_at_ms as token_issued_at_ms', 'token.expires_at_ms as token_expires_at_ms'])
    .where('family.tenant', '=', op.tenant)
    .where('family.ended_at_ms', 'is', null)
    .where('family.ends_at_ms', '>', op.nowMs)
}
