/**
 * What becomes of a request to sign out, OpenID Connect RP-Initiated Logout 1.0.
 *
 * An ID token of the very session shows that the client asks for the person it
 * signed in; then nobody is asked. Anything else could be a link that somebody
 * else made, and signing people out is a nuisance, so the person confirms.
 * Pure.
 *
 * @module
 */

import { refusals, type ClientIdentifier, type Refuse, type SessionId } from '#kernel'
import type { IdTokenHint } from '#tokens'
import type { Client } from '../clients/client.ts'

export const logoutSays = {
  'logout.client_mismatch': 'The app that sent you here contradicts itself about who it is.',
  'logout.redirect_uri': 'The app that sent you here asked to go on to an address that is not registered for it.',
  'logout.state_not_valid': 'This page is no longer valid here. Go back and sign out again.',
} as const

export type LogoutRefusalCode = keyof typeof logoutSays

export const refuse: Refuse<LogoutRefusalCode> = refusals(logoutSays)

/** Where the browser goes afterwards; undefined stays with us. */
export interface AfterLogout {
  readonly redirectUri?: string
  readonly state?: string
}

export interface LogoutRequest {
  readonly hint: IdTokenHint | undefined
  readonly clientId: string | undefined
  readonly redirectUri: string | undefined
  readonly state: string | undefined
}

export type LogoutStep = { readonly go: 'end' | 'confirm' | 'on'; readonly after: AfterLogout }

/** Which client asks, by its own word or by the hint. Throws `logout.client_mismatch` when they differ. */
export function clientOf({ hint, clientId }: LogoutRequest): ClientIdentifier | string | undefined {
  if (hint !== undefined && clientId !== undefined && clientId !== hint.clientId) throw refuse('logout.client_mismatch')
  return clientId ?? hint?.clientId
}

/** Throws `logout.redirect_uri`: an address is exactly one that this client registered, or the person stays here. */
export function judgeLogout(
  { hint, redirectUri, state }: LogoutRequest,
  client: Pick<Client, 'postLogoutRedirectUris'> | undefined,
  session: SessionId | undefined,
): LogoutStep {
  if (redirectUri !== undefined && client?.postLogoutRedirectUris.includes(redirectUri) !== true) throw refuse('logout.redirect_uri')
  const after = redirectUri === undefined ? {} : { redirectUri, ...(state === undefined ? {} : { state }) }
  if (session === undefined) return { go: 'on', after }
  return { go: hint?.session === session ? 'end' : 'confirm', after }
}
