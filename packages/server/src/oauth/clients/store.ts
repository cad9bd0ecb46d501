/** The SQL of clients. @module */

import { base64url, sha256, utf8, type ClientId, type ClientIdentifier, type Place, type TenantId } from '#kernel'
import { statement, type Reader, type Transaction } from '#store'
import type { Client, ClientSecret, KnownClient, Registration } from './client.ts'
import { metadataOf, usualMetadata, type ClientMetadata } from './metadata.ts'
import type { ClientTable, ClientTables } from './table.ts'

const selectByClientId = statement<ClientTables, { tenant: TenantId; clientId: ClientIdentifier }, ClientTable>((db, slot) =>
  db.selectFrom('client').selectAll().where('tenant', '=', slot('tenant')).where('client_id', '=', slot('clientId')),
)

export async function findByClientId(db: Reader, tenant: TenantId, clientId: ClientIdentifier): Promise<KnownClient | undefined> {
  const [row] = await db.run(selectByClientId, { tenant, clientId })
  return row === undefined ? undefined : { client: clientOf(row), secrets: await secretsOf(db, tenant, row.id) }
}

export async function findById(db: Reader, tenant: TenantId, id: ClientId): Promise<KnownClient | undefined> {
  const row = await db
    .withTables<ClientTables>()
    .selectFrom('client')
    .selectAll()
    .where('tenant', '=', tenant)
    .where('id', '=', id)
    .executeTakeFirst()
  return row === undefined ? undefined : { client: clientOf(row), secrets: await secretsOf(db, tenant, id) }
}

async function secretsOf(db: Reader, tenant: TenantId, client: ClientId): Promise<readonly ClientSecret[]> {
  return db
    .withTables<ClientTables>()
    .selectFrom('client_secret')
    .select(['number', 'hash', 'sealed', 'created_at_ms as createdAtMs'])
    .where('tenant', '=', tenant)
    .where('client', '=', client)
    .orderBy('number')
    .execute()
}

/** Clients in the order of their registration, after a place. */
export async function listClients(
  db: Reader,
  tenant: TenantId,
  after: Place<'cli'> | undefined,
  limit: number,
): Promise<readonly Client[]> {
  const all = db
    .withTables<ClientTables>()
    .selectFrom('client')
    .selectAll()
    .where('tenant', '=', tenant)
    .orderBy('created_at_ms')
    .orderBy('id')
    .limit(limit)
  const { atMs, id } = after ?? { atMs: 0, id: undefined }
  const rest =
    id === undefined
      ? all
      : all.where((is) => is.or([is('created_at_ms', '>', atMs), is.and([is('created_at_ms', '=', atMs), is('id', '>', id)])]))
  return (await rest.execute()).map(clientOf)
}

/** Clients whose `client_id` begins so. */
export async function listBeginningWith(db: Reader, tenant: TenantId, beginning: string): Promise<readonly Client[]> {
  const rows = await db
    .withTables<{ readonly client: Omit<ClientTable, 'client_id'> & { readonly client_id: string } }>()
    .selectFrom('client')
    .selectAll()
    .where('tenant', '=', tenant)
    .where('client_id', 'like', `${beginning}%`)
    .execute()
  // SQLite compares letters in either case.
  return rows.map((row) => clientOf(row as ClientTable)).filter(({ clientId }) => clientId.startsWith(beginning))
}

/** False when the `client_id` is taken. */
export async function insertClient(tx: Transaction, tenant: TenantId, client: Client): Promise<boolean> {
  const inserted = await tx
    .withTables<ClientTables>()
    .insertInto('client')
    .values({
      tenant,
      id: client.id,
      client_id: client.clientId,
      created_at_ms: client.createdAtMs,
      registration: writeRegistration(client),
    })
    .onConflict((conflict) => conflict.columns(['tenant', 'client_id']).doNothing())
    .returning('id')
    .executeTakeFirst()
  return inserted !== undefined
}

export async function updateClient(tx: Transaction, tenant: TenantId, id: ClientId, registration: Registration): Promise<void> {
  await tx
    .withTables<ClientTables>()
    .updateTable('client')
    .set({ registration: writeRegistration(registration) })
    .where('tenant', '=', tenant)
    .where('id', '=', id)
    .execute()
}

/** Deletes a client and its secrets. False when somebody else already had. */
export async function deleteClient(tx: Transaction, tenant: TenantId, id: ClientId): Promise<boolean> {
  const tables = tx.withTables<ClientTables>()
  await tables.deleteFrom('client_secret').where('tenant', '=', tenant).where('client', '=', id).execute()
  const deleted = await tables.deleteFrom('client').where('tenant', '=', tenant).where('id', '=', id).executeTakeFirst()
  return deleted.numDeletedRows === 1n
}

/** The number of the next secret. Numbers are never used again: one means one secret, in the record and in backups. */
export async function nextSecretNumber(tx: Transaction, tenant: TenantId, { client, secrets }: KnownClient): Promise<number> {
  const { last_secret: last } = await tx
    .withTables<ClientTables>()
    .selectFrom('client')
    .select('last_secret')
    .where('tenant', '=', tenant)
    .where('id', '=', client.id)
    .executeTakeFirstOrThrow()
  return Math.max(last ?? 0, ...secrets.map(({ number }) => number)) + 1
}

async function keepNumber(tx: Transaction, tenant: TenantId, client: ClientId, number: number): Promise<void> {
  await tx
    .withTables<ClientTables>()
    .updateTable('client')
    .set({ last_secret: number })
    .where('tenant', '=', tenant)
    .where('id', '=', client)
    .where((is) => is.or([is('last_secret', 'is', null), is('last_secret', '<', number)]))
    .execute()
}

/** Two changes at once to one client's secrets collide on the number, and the later runs again. */
export async function insertSecret(tx: Transaction, tenant: TenantId, client: ClientId, secret: ClientSecret): Promise<void> {
  const { number, hash, sealed, createdAtMs } = secret
  await tx
    .withTables<ClientTables>()
    .insertInto('client_secret')
    .values({ tenant, client, number, hash, sealed, created_at_ms: createdAtMs })
    .execute()
  await keepNumber(tx, tenant, client, number)
}

export async function deleteSecret(tx: Transaction, tenant: TenantId, client: ClientId, number: number): Promise<boolean> {
  const deleted = await tx
    .withTables<ClientTables>()
    .deleteFrom('client_secret')
    .where('tenant', '=', tenant)
    .where('client', '=', client)
    .where('number', '=', number)
    .executeTakeFirst()
  // Of secrets from before this was kept, the last one to go says how far the numbers were.
  await keepNumber(tx, tenant, client, number)
  return deleted.numDeletedRows === 1n
}

/** Which registration it is: two that say the same are the same. */
export function registrationVersion(registration: Registration): string {
  return `v${base64url(sha256(utf8(writeRegistration(registration)))).slice(0, 22)}`
}

function writeRegistration(given: Registration): string {
  const registration: Registration = {
    name: given.name,
    kind: given.kind,
    redirectUris: given.redirectUris,
    postLogoutRedirectUris: given.postLogoutRedirectUris,
    grantTypes: given.grantTypes,
    scopes: given.scopes,
    firstParty: given.firstParty,
    tokenEndpointAuthMethod: given.tokenEndpointAuthMethod,
    clientKeys: given.clientKeys,
    audiences: given.audiences,
    introspects: given.introspects?.length === 0 ? undefined : given.introspects,
    ...usualMetadata,
    ...metadataOf(given),
  }
  return JSON.stringify({ version: 1, ...registration })
}

/** Metadata that was added later is missing in what was written before. */
type Written = Omit<Registration, Exclude<keyof ClientMetadata, 'tokenEndpointAuthMethod'>> &
  Partial<ClientMetadata> & { readonly version: number }

/** The client of a row. */
export function clientOf(row: ClientTable): Client {
  const { version, ...registration } = JSON.parse(row.registration) as Written
  if (version !== 1) throw new Error(`the registration of ${row.id} has version ${version}`)
  return {
    ...usualMetadata,
    ...registration,
    id: row.id,
    clientId: row.client_id,
    createdAtMs: row.created_at_ms,
  }
}
