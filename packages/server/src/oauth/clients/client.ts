/** What a client is: a program that was registered to ask for tokens, RFC 6749 section 2. @module */

import type { ClientId, ClientIdentifier } from '#kernel'
import type { PublicJwk } from '#keys'
import type { ClientAuthMethod, ClientMetadata } from './metadata.ts'

export type GrantType = 'authorization_code' | 'refresh_token' | 'client_credentials'

/** What a client may do, as its operator registered it. */
export interface Registration extends ClientMetadata {
  /** For people, on the consent page. */
  readonly name: string
  /** A public client (a native app, a page in a browser) can keep no secret; PKCE alone proves it, RFC 8252 section 8.4. */
  readonly kind: 'confidential' | 'public'
  readonly redirectUris: readonly string[]
  readonly postLogoutRedirectUris: readonly string[]
  readonly grantTypes: readonly GrantType[]
  readonly scopes: readonly string[]
  /** Ours: people are not asked for consent. */
  readonly firstParty: boolean
  readonly tokenEndpointAuthMethod: ClientAuthMethod
  /** What it proves itself by with `private_key_jwt`, RFC 7523, and signs its requests with whatever the method, RFC 9101. */
  readonly clientKeys?: readonly PublicJwk[] | undefined
  /** For whom it may ask for access tokens, RFC 8707. The first is the default. */
  readonly audiences: readonly string[]
  /** The resources that it serves itself: it may ask about tokens for them, RFC 7662. */
  readonly introspects?: readonly string[] | undefined
}

export interface Client extends Registration {
  readonly id: ClientId
  readonly clientId: ClientIdentifier
  readonly createdAtMs: number
}

/** A secret as it is stored. Its number tells a client's secrets apart. */
export interface ClientSecret {
  readonly number: number
  readonly hash: Uint8Array
  /** Of a client with `client_secret_jwt` the secret too, sealed. */
  readonly sealed: Uint8Array | null
  readonly createdAtMs: number
}

/** A client with what it may prove itself by. */
export interface KnownClient {
  readonly client: Client
  readonly secrets: readonly ClientSecret[]
}
