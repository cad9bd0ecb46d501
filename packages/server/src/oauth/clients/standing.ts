/**
 * Which clients, secrets and public keys there still are, for the file of keys, and taking
 * from a restored database those that are not.
 *
 * @module
 */

import { sha256, utf8, type ClientId, type Operation } from '#kernel'
import type { PublicJwk } from '#keys'
import type { Reader, Transaction } from '#store'
import { deleteConsentsOf } from '../consents/store.ts'
import { clientOf, deleteClient, deleteSecret, findById, updateClient } from './store.ts'
import type { ClientTables } from './table.ts'

export interface ClientStanding {
  readonly id: ClientId
  /** What it proves itself by: of each secret the keyed hash that is stored, of each public key, and of where it publishes them, the SHA-256. */
  readonly secrets: readonly Uint8Array[]
}

/** Every client. A hundred thousand of them would be 10 MB. */
export async function listClientStandings(db: Reader, op: Operation): Promise<readonly ClientStanding[]> {
  const tables = db.withTables<ClientTables>()
  const clients = await tables.selectFrom('client').selectAll().where('tenant', '=', op.tenant).orderBy('id').execute()
  const secrets = await tables.selectFrom('client_secret').select(['client', 'hash']).where('tenant', '=', op.tenant).execute()
  const byClient = Map.groupBy(secrets, ({ client }) => client)
  return clients.map((row) => {
    const { clientKeys = [], jwksUri } = clientOf(row)
    const keys = [...clientKeys.map(hashOfKey), ...(jwksUri === undefined ? [] : [hashOfUri(jwksUri)])]
    return { id: row.id, secrets: [...(byClient.get(row.id) ?? []).map(({ hash }) => hash), ...keys] }
  })
}

/** Takes from a client the secrets that it has no more, or the client itself where it stands nowhere. Says how many things that were. */
export async function withdrawFromClient(
  tx: Transaction,
  op: Operation,
  id: ClientId,
  standing: ClientStanding | undefined,
): Promise<number> {
  if (standing === undefined) {
    if (!(await deleteClient(tx, op.tenant, id))) return 0
    await deleteConsentsOf(tx, op.tenant, id)
    tx.record({ what: 'client.deleted', about: id, outcome: 'done', facts: again })
    return 1
  }
  const still = new Set(standing.secrets.map(hex))
  const secrets = await tx
    .withTables<ClientTables>()
    .selectFrom('client_secret')
    .select(['number', 'hash'])
    .where('tenant', '=', op.tenant)
    .where('client', '=', id)
    .execute()
  let taken = 0
  for (const { number, hash } of secrets) {
    if (still.has(hex(hash)) || !(await deleteSecret(tx, op.tenant, id, number))) continue
    tx.record({ what: 'client.secret_removed', about: id, outcome: 'done', facts: { number, ...again } })
    taken += 1
  }
  return taken + (await withdrawKeys(tx, op, id, still))
}

/** A client whose last key goes proves itself by nothing, until it is given another. */
async function withdrawKeys(tx: Transaction, op: Operation, id: ClientId, still: ReadonlySet<string>): Promise<number> {
  const client = (await findById(tx, op.tenant, id))?.client
  const keys = client?.clientKeys ?? []
  const clientKeys = keys.filter((key) => still.has(hex(hashOfKey(key))))
  if (client === undefined) return 0
  const { jwksUri, ...rest } = client
  const isElsewhere = jwksUri !== undefined && !still.has(hex(hashOfUri(jwksUri)))
  if (clientKeys.length === keys.length && !isElsewhere) return 0
  const stays = jwksUri === undefined || isElsewhere ? {} : { jwksUri }
  await updateClient(tx, op.tenant, id, { ...rest, ...stays, clientKeys })
  tx.record({ what: 'client.changed', about: id, outcome: 'done', facts: { endsTokens: true, ...again } })
  return keys.length - clientKeys.length + (isElsewhere ? 1 : 0)
}

/** Whoever has an address that a client left can publish keys of their own there. */
function hashOfUri(uri: string): Uint8Array {
  return sha256(utf8(`jwks_uri ${uri}`))
}

function hashOfKey(key: PublicJwk): Uint8Array {
  return sha256(utf8(JSON.stringify(key)))
}

/** What happened before the restore, and happens to the restored system once more. */
const again = { again: true } as const

function hex(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('hex')
}
