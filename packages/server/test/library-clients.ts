/**
 * The authorization code flow as the libraries of others go through it, with
 * every check that they offer; only the browser is the test's own.
 *
 * @module
 */

import * as oauth from 'oauth4webapi'
import * as openid from 'openid-client'

/** What a browser does with an authorization URL: where it ends up. */
export type Browse = (url: URL) => Promise<URL>

export interface CodeAsked {
  readonly redirectUri: string
  readonly scope: string
}

/** Code with PKCE, state and nonce by openid-client, from the authorization URL to the tokens. */
export async function codeByOpenidClient(
  config: openid.Configuration,
  { redirectUri, scope, maxAge, key }: CodeAsked & { readonly maxAge?: number; readonly key?: openid.DPoPHandle },
  browse: Browse,
): Promise<openid.TokenEndpointResponse & openid.TokenEndpointResponseHelpers> {
  const pkceCodeVerifier = openid.randomPKCECodeVerifier()
  const [expectedNonce, expectedState] = [openid.randomNonce(), openid.randomState()]
  const url = openid.buildAuthorizationUrl(config, {
    redirect_uri: redirectUri,
    scope,
    code_challenge: await openid.calculatePKCECodeChallenge(pkceCodeVerifier),
    code_challenge_method: 'S256',
    nonce: expectedNonce,
    state: expectedState,
    ...(maxAge === undefined ? {} : { max_age: String(maxAge) }),
    ...(key === undefined ? {} : { dpop_jkt: await key.calculateThumbprint() }),
  })
  const checks = { pkceCodeVerifier, expectedNonce, expectedState, idTokenExpected: true, ...(maxAge === undefined ? {} : { maxAge }) }
  return openid.authorizationCodeGrant(config, await browse(url), checks, undefined, key === undefined ? {} : { DPoP: key })
}

/** A client of oauth4webapi, and whether plain http is let pass. */
export interface BareClient {
  readonly as: oauth.AuthorizationServer
  readonly client: oauth.Client
  readonly proof: oauth.ClientAuth
  readonly allow: { readonly [oauth.allowInsecureRequests]: boolean }
}

/** Code with PKCE, state and nonce by oauth4webapi; the signature of the ID token is checked. */
export async function codeByOauth4webapi(
  { as, client, proof, allow }: BareClient,
  { redirectUri, scope }: CodeAsked,
  browse: Browse,
): Promise<oauth.TokenEndpointResponse> {
  const verifier = oauth.generateRandomCodeVerifier()
  const [nonce, state] = [oauth.generateRandomNonce(), oauth.generateRandomState()]
  const url = new URL(as.authorization_endpoint ?? '')
  url.search = new URLSearchParams({
    response_type: 'code',
    client_id: client.client_id,
    redirect_uri: redirectUri,
    scope,
    state,
    nonce,
    code_challenge: await oauth.calculatePKCECodeChallenge(verifier),
    code_challenge_method: 'S256',
  }).toString()
  const parameters = oauth.validateAuthResponse(as, client, await browse(url), state)
  const answer = await oauth.authorizationCodeGrantRequest(as, client, proof, parameters, redirectUri, verifier, allow)
  const tokens = await oauth.processAuthorizationCodeResponse(as, client, answer, { expectedNonce: nonce, requireIdToken: true })
  await oauth.validateApplicationLevelSignature(as, answer, allow)
  return tokens
}

/** One refresh by oauth4webapi. */
export async function refreshByOauth4webapi({ as, client, proof, allow }: BareClient, token: string): Promise<oauth.TokenEndpointResponse> {
  return oauth.processRefreshTokenResponse(as, client, await oauth.refreshTokenGrantRequest(as, client, proof, token, allow))
}
