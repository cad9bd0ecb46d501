/** What the admin API needs of clients. @module */

import type { ClientId, ClientIdentifier, Operation } from '#kernel'
import type { TSchema } from 'typebox'
import type { Page, PageRequest, Versioned } from './list.ts'

/** A client as it is shown: this, and its metadata as `AdminClients.metadata` shapes it. */
export interface AdminClient {
  readonly id: ClientId
  readonly clientId: ClientIdentifier
  readonly name: string
  readonly kind: 'confidential' | 'public'
  readonly redirectUris: readonly string[]
  readonly grantTypes: readonly string[]
  readonly scopes: readonly string[]
  readonly audiences: readonly string[]
  /** The resources that it serves, and whose tokens it may ask about. */
  readonly introspects: readonly string[]
  readonly firstParty: boolean
  readonly postLogoutRedirectUris: readonly string[]
  /** Its public keys, where it proves itself by one. */
  readonly jwks?: { readonly keys: readonly object[] } | undefined
  /** It is written down in the configuration, and changed there alone. */
  readonly configured: boolean
  /** What it may do as itself, in the words of policies. */
  readonly roles: readonly string[]
}

/** What is asked for: this, and metadata. */
export interface NewAdminClient {
  readonly clientId?: string | undefined
  readonly name: string
  readonly kind: 'confidential' | 'public'
  readonly redirectUris: readonly string[]
  readonly grantTypes: readonly string[]
  readonly scopes: readonly string[]
  readonly audiences: readonly string[]
  readonly introspects?: readonly string[] | undefined
  readonly postLogoutRedirectUris?: readonly string[] | undefined
  /** Public keys: then it proves itself by one of them and has no secret, RFC 7523. */
  readonly jwks?: { readonly keys: readonly Readonly<Record<string, unknown>>[] } | undefined
}

/** What may be changed of a client; the rest is what it is. */
export type AdminClientChange = Partial<Omit<NewAdminClient, 'clientId' | 'kind' | 'jwks'>> & {
  /** `null` takes them away. */
  readonly jwks?: NewAdminClient['jwks'] | null
}

export interface AdminClients {
  /** The shapes of what may be said of a client beside the members here: as it is asked for, as it is changed, and as it is shown. */
  readonly metadata: Readonly<Record<'asked' | 'changed' | 'shown', Readonly<Record<string, TSchema>>>>
  list(op: Operation, request: PageRequest): Promise<Page<AdminClient>>
  /** Whether it signs people in at the origin of a route, and goes with that. */
  isRouted(client: AdminClient): boolean
  find(op: Operation, id: ClientId): Promise<Versioned<AdminClient> | undefined>
  update(op: Operation, id: ClientId, change: AdminClientChange, seen: string): Promise<void>
  listSecrets(op: Operation, id: ClientId): Promise<readonly { readonly number: number; readonly createdAtMs: number }[]>
  /** A second secret, so that the first can go without an outage. It is in the answer and nowhere else. */
  addSecret(op: Operation, id: ClientId): Promise<{ readonly number: number; readonly secret: string }>
  /** Ends the tokens of the client. False when there is no such secret. */
  removeSecret(op: Operation, id: ClientId, number: number): Promise<boolean>
  /** The secret of a confidential client is in the answer and nowhere else, ever. */
  create(op: Operation, client: NewAdminClient): Promise<{ readonly client: AdminClient; readonly secret: string | undefined }>
  assignRole(op: Operation, id: ClientId, role: string): Promise<void>
  withdrawRole(op: Operation, id: ClientId, role: string): Promise<void>
  remove(op: Operation, id: ClientId, seen: string | undefined): Promise<void>
}
