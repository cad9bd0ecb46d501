/** The SQL of authorization codes. @module */

import type { ClientId, TenantId, UserId } from '#kernel'
import { deleteOver, statement, type Reader, type Transaction } from '#store'
import type { Insertable } from 'kysely'
import type { CodeTable, OAuthTables } from '../table.ts'
import type { AuthorizationCode } from './code.ts'

type Granted = Omit<AuthorizationCode, 'id' | 'client' | 'user' | 'session' | 'family' | 'expiresAtMs'>

export async function insertCode(tx: Transaction, tenant: TenantId, hash: Uint8Array, code: AuthorizationCode): Promise<void> {
  const { id, client, user, session, family, expiresAtMs, ...rest } = code
  const granted: Granted = rest
  const row: Insertable<CodeTable> = {
    tenant,
    hash,
    id,
    client,
    user_id: user,
    session,
    family,
    granted: JSON.stringify(granted),
    expires_at_ms: expiresAtMs,
    spent_at_ms: null,
  }
  await tx.withTables<OAuthTables>().insertInto('authorization_code').values(row).execute()
}

const selectCode = statement<OAuthTables, { tenant: TenantId; hash: Uint8Array }, CodeTable>((db, slot) =>
  db.selectFrom('authorization_code').selectAll().where('tenant', '=', slot('tenant')).where('hash', '=', slot('hash')),
)

export async function findCode(db: Reader, tenant: TenantId, hash: Uint8Array): Promise<AuthorizationCode | undefined> {
  const [row] = await db.run(selectCode, { tenant, hash })
  if (row === undefined) return undefined
  const granted = JSON.parse(row.granted) as Granted
  const { id, client, user_id: user, session, family, expires_at_ms: expiresAtMs } = row
  return { ...granted, nonce: granted.nonce, id, client, user, session, family, expiresAtMs }
}

const spendCodeRow = statement<OAuthTables, { tenant: TenantId; hash: Uint8Array; spentAtMs: number }, { id: string }>((db, slot) =>
  db
    .updateTable('authorization_code')
    .set({ spent_at_ms: slot('spentAtMs') })
    .where('tenant', '=', slot('tenant'))
    .where('hash', '=', slot('hash'))
    .where('spent_at_ms', 'is', null)
    .returning('id'),
)

/** Marks the code spent (compare and set). False if somebody else already had. */
export async function spendCode(tx: Transaction, tenant: TenantId, hash: Uint8Array, atMs: number): Promise<boolean> {
  return (await tx.run(spendCodeRow, { tenant, hash, spentAtMs: atMs })).length === 1
}

/** Codes for a person, of a client, or of a client for a person. */
export type WhoseCodes =
  { readonly user: UserId; readonly client?: ClientId | undefined } | { readonly user?: undefined; readonly client: ClientId }

export async function deleteCodesOf(tx: Transaction, tenant: TenantId, { user, client }: WhoseCodes): Promise<void> {
  let codes = tx.withTables<OAuthTables>().deleteFrom('authorization_code').where('tenant', '=', tenant)
  if (user !== undefined) codes = codes.where('user_id', '=', user)
  if (client !== undefined) codes = codes.where('client', '=', client)
  await codes.execute()
}

/** Deletes at most `limit` codes that are over: from then on they are unknown, spent or not. */
export async function sweepCodes(tx: Transaction, tenant: TenantId, nowMs: number, limit: number): Promise<number> {
  return deleteOver(tx, tenant, { table: 'authorization_code', key: 'hash', over: 'expires_at_ms' }, nowMs, limit)
}
