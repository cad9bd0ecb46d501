/**
 * Who is asking, and how well that was proven. Every credential (session
 * cookie, bearer token, socket) becomes one of these or is refused.
 *
 * @module
 */

import type { ClientId, SessionId, TokenId, UserId } from './ids.ts'
import type { ClientIdentifier } from './outside.ts'

/** How strongly a principal was proven, in the words of OpenID Connect Core section 2. */
export interface Proof {
  /** Authentication context class: `1fa`, `mfa`, `phr` for people, `client` for services. */
  readonly acr: string
  /** Authentication methods, RFC 8176. */
  readonly amr: readonly string[]
  readonly authTimeMs: number
}

/** What the credential at hand may be used for. Undefined scopes mean a first-party credential without that limit. */
export interface Credential {
  readonly kind: 'session' | 'access_token' | 'socket' | 'client'
  readonly scopes?: readonly string[]
  readonly audience?: string
  readonly token?: TokenId
}

/** A person. */
export interface UserPrincipal {
  readonly is: 'user'
  readonly id: UserId
  readonly session?: SessionId
  /** The client through which the person acts, where there is one. */
  readonly client?: ClientIdentifier
  readonly proof: Proof
  readonly credential: Credential
}

/** A client that acts for itself. */
export interface ServicePrincipal {
  readonly is: 'service'
  readonly id: ClientId
  readonly client: ClientIdentifier
  readonly proof: Proof
  readonly credential: Credential
}

/** The owner of the machine, known by the peer credentials of the Unix socket. */
export interface MachineOwner {
  readonly is: 'machine-owner'
  readonly id: 'machine-owner'
  readonly proof: Proof
  readonly credential: Credential
}

export type Principal = UserPrincipal | ServicePrincipal | MachineOwner
