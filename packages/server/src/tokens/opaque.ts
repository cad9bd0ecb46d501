/**
 * Opaque access tokens: `o1.` and 32 random bytes in base64url, for clients whose
 * resources ask us what a token is worth (RFC 7662) and whose tokens shall say
 * nothing by themselves. The row has the hash of the bytes and, sealed, the claims
 * that a JWT would have: they are judged and revoked as those are.
 *
 * @module
 */

import { base64url, randomBytes, readBase64url, readUtf8, sha256, utf8, type Operation, type TenantId } from '#kernel'
import type { Keys } from '#keys'
import { deleteOver, statement, type Store, type Transaction } from '#store'
import type { Claims } from './claims.ts'
import type { OpaqueTokenTable, TokenTables } from './table.ts'

const prefix = 'o1.'
const tokenBytes = 32

/** Whether a token is one of these at all; JWTs begin otherwise. */
export const isOpaque = (token: string): boolean => token.startsWith(prefix)

interface OpaquePorts {
  readonly store: Store
  readonly keys: Pick<Keys, 'seal' | 'open'>
}

const contextOf = (hash: Uint8Array): string => `opaque access token ${base64url(hash)}`

/** Writes the claims down and gives out the reference to them. */
export async function issueOpaque(op: Operation, { store, keys }: OpaquePorts, claims: Claims, expiresAtMs: number): Promise<string> {
  const bytes = randomBytes(tokenBytes)
  const hash = sha256(bytes)
  const sealed = await keys.seal(op, 'token-subject', utf8(JSON.stringify(claims)), contextOf(hash))
  await store.write(op, async (tx) => {
    const row: OpaqueTokenTable = { tenant: op.tenant, hash, sealed, expires_at_ms: expiresAtMs }
    await tx.withTables<TokenTables>().insertInto('opaque_token').values(row).execute()
  })
  return `${prefix}${base64url(bytes)}`
}

const byHash = statement<TokenTables, { tenant: TenantId; hash: Uint8Array }, OpaqueTokenTable>((db, slot) =>
  db.selectFrom('opaque_token').selectAll().where('tenant', '=', slot('tenant')).where('hash', '=', slot('hash')),
)

/** The claims of a token of ours. Undefined for everything else; whether it is over is judged by the claims. */
export async function readOpaque(op: Operation, { store, keys }: OpaquePorts, token: string): Promise<Claims | undefined> {
  const bytes = isOpaque(token) ? readBase64url(token.slice(prefix.length)) : undefined
  if (bytes?.byteLength !== tokenBytes) return undefined
  const hash = sha256(bytes)
  const [row] = await store.read(op, async (db) => db.run(byHash, { tenant: op.tenant, hash }))
  const plain = row && (await keys.open(op, 'token-subject', row.sealed, contextOf(hash)))
  const text = plain && readUtf8(plain)
  return text === undefined ? undefined : (JSON.parse(text) as Claims)
}

/** Deletes at most `limit` that are over. */
export async function sweepOpaque(tx: Transaction, tenant: TenantId, nowMs: number, limit: number): Promise<number> {
  return deleteOver(tx, tenant, { table: 'opaque_token', key: 'hash', over: 'expires_at_ms' }, nowMs, limit)
}
