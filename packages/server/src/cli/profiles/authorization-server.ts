/**
 * The server's protocol endpoints, as our own client uses them: discovery,
 * authorization with PKCE, tokens, revocation.
 *
 * @module
 */

import { base64url, randomBytes, sha256, Unavailable } from '#kernel'
import { administrationScope, callProtocol, commandLineClientId } from '#remote'
import { UsageMistake } from '../options.ts'
import type { PersonProfile } from './profile.ts'

export interface AuthorizationServer {
  readonly issuer: string
  readonly authorizationEndpoint: URL
  readonly tokenEndpoint: URL
  readonly revocationEndpoint: URL
}

/** Asks a server for its endpoints. They must be its own: a token goes nowhere else. */
export async function discover(server: string): Promise<AuthorizationServer> {
  const issuer = server.replace(/\/$/, '')
  const { status, json } = await callProtocol(new URL(`${issuer}/.well-known/openid-configuration`))
  const said = (json ?? {}) as Readonly<Record<string, unknown>>
  const endpoint = (name: string): URL => {
    const url = URL.parse(String(said[name]))
    if (url === null || url.origin !== new URL(issuer).origin) throw new UsageMistake(`${issuer} names no ${name} of its own`)
    return url
  }
  if (status !== 200 || said['issuer'] !== issuer)
    throw new UsageMistake(
      `${issuer} is not the address of a Countersign server: it says that it is ${JSON.stringify(said['issuer'] ?? 'nothing')}`,
    )
  return {
    issuer,
    authorizationEndpoint: endpoint('authorization_endpoint'),
    tokenEndpoint: endpoint('token_endpoint'),
    revocationEndpoint: endpoint('revocation_endpoint'),
  }
}

/** What one sign-in needs to remember: nothing of it leaves this process but the state and the challenge. */
export interface Attempt {
  readonly state: string
  readonly verifier: string
}

export function newAttempt(): Attempt {
  return { state: base64url(randomBytes(32)), verifier: base64url(randomBytes(32)) }
}

export function authorizationUrl(server: AuthorizationServer, { state, verifier }: Attempt, redirectUri: string, stay: boolean): URL {
  const url = new URL(server.authorizationEndpoint)
  url.search = new URLSearchParams({
    response_type: 'code',
    client_id: commandLineClientId,
    redirect_uri: redirectUri,
    scope: ['openid', administrationScope, ...(stay ? ['offline_access'] : [])].join(' '),
    resource: `${server.issuer}/admin`,
    state,
    code_challenge: base64url(sha256(verifier)),
    code_challenge_method: 'S256',
  }).toString()
  return url
}

/** What the token endpoint gave, or what it said when it refused. */
export type Granted = { readonly is: 'granted'; readonly profile: PersonProfile } | { readonly is: 'refused'; readonly says: string }

export async function redeem(
  server: AuthorizationServer,
  attempt: Attempt,
  redirectUri: string,
  code: string,
  nowMs: number,
): Promise<Granted> {
  const form = { grant_type: 'authorization_code', code, redirect_uri: redirectUri, code_verifier: attempt.verifier }
  return ask(server.tokenEndpoint, server.issuer, form, nowMs)
}

export async function renew({ server, refreshToken }: PersonProfile, nowMs: number): Promise<Granted> {
  const { issuer, tokenEndpoint } = await discover(server)
  return ask(tokenEndpoint, issuer, { grant_type: 'refresh_token', refresh_token: refreshToken }, nowMs)
}

/** Takes back everything that came of a sign-in. */
export async function revoke({ server, refreshToken }: PersonProfile): Promise<void> {
  const { revocationEndpoint } = await discover(server)
  const { status } = await callProtocol(revocationEndpoint, { token: refreshToken, client_id: commandLineClientId })
  if (status !== 200) throw new Unavailable('server')
}

async function ask(endpoint: URL, server: string, form: Readonly<Record<string, string>>, nowMs: number): Promise<Granted> {
  const { status, json } = await callProtocol(endpoint, { ...form, client_id: commandLineClientId })
  const said = (json ?? {}) as Readonly<Record<string, unknown>>
  if (status >= 500 || status === 429) throw new Unavailable('server')
  if (status !== 200)
    return { is: 'refused', says: [said['error_description'], said['error']].find((word) => typeof word === 'string') ?? String(status) }
  const { access_token: accessToken, refresh_token: refreshToken, expires_in: seconds } = said
  if (typeof accessToken !== 'string' || typeof refreshToken !== 'string' || typeof seconds !== 'number') throw new Unavailable('server')
  return { is: 'granted', profile: { kind: 'person', server, accessToken, refreshToken, expiresAtMs: nowMs + seconds * 1000 } }
}
