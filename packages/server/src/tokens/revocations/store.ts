/** The SQL of revocations. @module */

import type { TenantId } from '#kernel'
import { statement, type Reader, type Transaction } from '#store'
import type { TokenTables } from '../table.ts'
import type { Revocable, Revocation, RevocationKind, RevocationMarks } from './revocation.ts'
import { namesOf } from './revocation.ts'

const selectLast = statement<TokenTables, { tenant: TenantId }, { last: number }>((db, slot) =>
  db.selectFrom('revocation_counter').select('last').where('tenant', '=', slot('tenant')),
)

/** The number of the last revocation; 0 when there was none. */
export async function lastSequence(db: Reader, tenant: TenantId): Promise<number> {
  const [row] = await db.run(selectLast, { tenant })
  return row?.last ?? 0
}

/**
 * Appends a revocation. The counter's row stays locked until COMMIT, so that
 * numbers become visible in their order and without gaps.
 */
export async function appendRevocation(
  tx: Transaction,
  tenant: TenantId,
  { kind, id }: Revocable,
  atMs: number,
  untilMs: number,
): Promise<void> {
  const { last } = await tx
    .withTables<TokenTables>()
    .insertInto('revocation_counter')
    .values({ tenant, last: 1 })
    .onConflict((conflict) => conflict.column('tenant').doUpdateSet((to) => ({ last: to('revocation_counter.last', '+', 1) })))
    .returning('last')
    .executeTakeFirstOrThrow()
  await tx
    .withTables<TokenTables>()
    .insertInto('revocation')
    .values({ tenant, sequence: last, kind, id, at_ms: atMs, until_ms: untilMs })
    .execute()
}

/** Revocations after a number, oldest first. */
export async function revocationsAfter(db: Reader, tenant: TenantId, sequence: number, limit: number): Promise<readonly Revocation[]> {
  return db
    .withTables<TokenTables>()
    .selectFrom('revocation')
    .select(['sequence', 'kind', 'id', 'until_ms as untilMs'])
    .where('tenant', '=', tenant)
    .where('sequence', '>', sequence)
    .orderBy('sequence')
    .limit(limit)
    .execute()
}

/** What the database itself says about a credential, for when memory is too old. */
export async function findRevocation(
  db: Reader,
  tenant: TenantId,
  marks: RevocationMarks,
): Promise<{ kind: RevocationKind; id: string } | undefined> {
  const names = namesOf(marks)
  return db
    .withTables<TokenTables>()
    .selectFrom('revocation')
    .select(['kind', 'id'])
    .where('tenant', '=', tenant)
    .where((has) =>
      has.or(names.map(({ kind, id, after }) => has.and([has('kind', '=', kind), has('id', '=', id), has('sequence', '>', after)]))),
    )
    .limit(1)
    .executeTakeFirst()
}

/** Deletes at most `limit` revocations that have concerned nothing alive for a while. */
export async function sweepRevocations(tx: Transaction, tenant: TenantId, beforeMs: number, limit: number): Promise<number> {
  const tables = tx.withTables<TokenTables>()
  const swept = await tables
    .deleteFrom('revocation')
    .where('tenant', '=', tenant)
    .where('sequence', 'in', (from) =>
      from
        .selectFrom('revocation')
        .select('sequence')
        .where('tenant', '=', tenant)
        .where('until_ms', '<=', beforeMs)
        .orderBy('sequence')
        .limit(limit),
    )
    .executeTakeFirst()
  return Number(swept.numDeletedRows)
}
