/** The rows of clients, as the database has them. @module */

import type { ClientId, ClientIdentifier, TenantId } from '#kernel'

export interface ClientTable {
  readonly tenant: TenantId
  readonly id: ClientId
  readonly client_id: ClientIdentifier
  readonly created_at_ms: number
  /** JSON of the registration. It is read and written whole and never searched. */
  readonly registration: string
  /** The highest number that any secret of it had, as far as one was added or removed since this was kept. */
  readonly last_secret: number | null
}

export interface ClientSecretTable {
  readonly tenant: TenantId
  readonly client: ClientId
  readonly number: number
  /** HMAC of client and secret, so that a copied row proves nothing elsewhere. */
  readonly hash: Uint8Array
  /** The secret itself, sealed for its client: with `client_secret_jwt` it is a key, and a hash of a key verifies nothing. */
  readonly sealed: Uint8Array | null
  readonly created_at_ms: number
}

export interface ClientTables {
  readonly client: ClientTable
  readonly client_secret: ClientSecretTable
}
