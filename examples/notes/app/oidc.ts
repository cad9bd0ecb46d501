/**
 * Signing people in at Countersign with `openid-client`, by code flow and PKCE,
 * for a token with which the app calls its API.
 *
 * They are signed in already when they come through the gateway, so all that they
 * see of this is the question whether Notes may use their account, once.
 *
 * @module
 */

import {
  allowInsecureRequests,
  AuthorizationResponseError,
  authorizationCodeGrant,
  buildAuthorizationUrl,
  calculatePKCECodeChallenge,
  ClientSecretBasic,
  discovery,
  enableNonRepudiationChecks,
  randomNonce,
  randomPKCECodeVerifier,
  randomState,
  refreshTokenGrant,
  ResponseBodyError,
  type Configuration,
  type TokenEndpointResponse,
} from 'openid-client'
import { isLoopbackHttp, type AppSettings } from '../settings.ts'
import { keepPending, type Tokens, type Visitor } from './visitors.ts'

/** Every way in which a sign-in can end that is not a failure of the app. */
export type SignInEnd = 'signed in' | 'not begun here' | 'not allowed' | 'somebody else' | 'another session'

export interface SignIn {
  /** Where to send the browser. */
  begin(visitor: Visitor): Promise<string>
  /** Takes the answer; `target` is path and query of the callback. */
  complete(visitor: Visitor, target: string): Promise<SignInEnd>
  /** Tokens that are good for a while, refreshed if need be; undefined when the person has to be sent to sign in. */
  tokens(visitor: Visitor): Promise<Tokens | undefined>
}

export const callbackPath = '/oidc/callback'

const scope = 'openid profile notes:read notes:write'

/** A token that ends so soon is refreshed before it is used. */
const tooShortMs = 30_000

export function createSignIn(settings: AppSettings): SignIn {
  const { publicOrigin, client_id, client_secret, audience: resource } = settings
  const issuer = new URL(settings.issuer)
  // Asked for when it is first needed: the identity server may start after this app.
  let discovered: Promise<Configuration> | undefined
  const configuration = async (): Promise<Configuration> => {
    discovered ??= discovery(issuer, client_id, undefined, ClientSecretBasic(client_secret), {
      // An ID token's signature is verified even though it came straight from the issuer: people are told apart by what it says.
      // The demo is plain http on loopback; anything else is https.
      execute: [enableNonRepudiationChecks, ...(isLoopbackHttp(settings.issuer) ? [allowInsecureRequests] : [])],
    })
    discovered.catch(() => (discovered = undefined))
    return discovered
  }

  /** The old tokens stay until the new ones are there, so that nothing is lost when the issuer does not answer. */
  const refresh = async (visitor: Visitor, old: Tokens): Promise<Tokens | undefined> => {
    let fresh: Tokens | undefined
    try {
      if (old.refreshToken !== undefined) {
        fresh = keep(await refreshTokenGrant(await configuration(), old.refreshToken, { resource }), old.refreshToken)
      }
    } catch (error) {
      // The session ended, or somebody took the permission back: the person is asked again.
      if (!(error instanceof ResponseBodyError) || error.error !== 'invalid_grant') throw error
    }
    // Unless a sign-in brought others meanwhile.
    if (visitor.tokens === old) visitor.tokens = fresh
    return visitor.tokens
  }

  return {
    begin: async (visitor) => {
      const [state, nonce, verifier] = [randomState(), randomNonce(), randomPKCECodeVerifier()]
      keepPending(visitor, state, { nonce, verifier })
      const to = buildAuthorizationUrl(await configuration(), {
        redirect_uri: `${publicOrigin}${callbackPath}`,
        scope,
        resource,
        state,
        nonce,
        code_challenge: await calculatePKCECodeChallenge(verifier),
        code_challenge_method: 'S256',
      })
      return to.href
    },

    complete: async (visitor, target) => {
      const url = new URL(`${publicOrigin}${target}`)
      const state = url.searchParams.get('state') ?? ''
      const begun = visitor.pending.get(state)
      if (begun === undefined) return 'not begun here'
      visitor.pending.delete(state)
      try {
        const answer = await authorizationCodeGrant(
          await configuration(),
          url,
          { pkceCodeVerifier: begun.verifier, expectedState: state, expectedNonce: begun.nonce, idTokenExpected: true },
          { resource },
        )
        const claims = answer.claims()
        // The gateway's session and the browser's session at the identity server may be of two people, or two of one:
        // such tokens would go on when the session that the assertion speaks of has ended.
        if (claims?.sub !== visitor.subject) return 'somebody else'
        if (claims['sid'] !== undefined && claims['sid'] !== visitor.session) return 'another session'
        visitor.tokens = keep(answer)
        return 'signed in'
      } catch (error) {
        if (error instanceof AuthorizationResponseError && error.error === 'access_denied') return 'not allowed'
        throw error
      }
    },

    tokens: async (visitor) => {
      const { tokens } = visitor
      if (tokens === undefined || tokens.expiresAtMs - Date.now() > tooShortMs) return tokens
      // Requests that come together refresh once: a refresh token is for one use, and the second would look like a theft.
      visitor.refreshing ??= refresh(visitor, tokens).finally(() => (visitor.refreshing = undefined))
      return visitor.refreshing
    },
  }
}

function keep(answer: TokenEndpointResponse, before?: string): Tokens {
  const gotAtMs = Date.now()
  return {
    accessToken: answer.access_token,
    refreshToken: answer.refresh_token ?? before,
    expiresAtMs: gotAtMs + (answer.expires_in ?? 0) * 1000,
    gotAtMs,
  }
}
