/**
 * The server's protocol endpoints, as our own client uses them: discovery,
 * authorization with PKCE, tokens, revocation.
 *
 * @module
 */

import { base64url, randomBytes, sha256, Unavailable } from '#kernel'
import { administrationScope, callProtocol, commandLineClientId } from '#remote'
import { UsageMistake } from '../options.ts'
import type { Profile, ServiceProfile } from './profile.ts'
import { proofOf, type Service } from './client-proof.ts'

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
export type Granted<Kind extends Profile = Profile> =
  { readonly is: 'granted'; readonly profile: Kind } | { readonly is: 'refused'; readonly says: string }

export async function redeem(
  server: AuthorizationServer,
  attempt: Attempt,
  redirectUri: string,
  code: string,
  nowMs: number,
): Promise<Granted> {
  const form = { grant_type: 'authorization_code', code, redirect_uri: redirectUri, code_verifier: attempt.verifier }
  return grantPerson(server, form, nowMs)
}

/** A token for a client that acts for itself. */
export async function grantService(service: Service, nowMs: number): Promise<Granted<ServiceProfile>> {
  const { issuer, tokenEndpoint } = await discover(service.server)
  const form = { grant_type: 'client_credentials', resource: `${issuer}/admin`, ...proofOf(service, issuer, nowMs) }
  const answer = await ask(tokenEndpoint, form, nowMs)
  if (answer.is === 'refused') return answer
  const { accessToken, expiresAtMs } = answer.tokens
  return { is: 'granted', profile: { kind: 'service', ...service, server: issuer, accessToken, expiresAtMs } }
}

export async function renew(profile: Profile, nowMs: number): Promise<Granted> {
  if (profile.kind === 'service') return grantService(serviceOf(profile), nowMs)
  const form = { grant_type: 'refresh_token', refresh_token: profile.refreshToken }
  return grantPerson(await discover(profile.server), form, nowMs)
}

/** Takes back everything that came of a sign-in. */
export async function revoke(profile: Profile, nowMs: number): Promise<void> {
  const { issuer, revocationEndpoint } = await discover(profile.server)
  const form =
    profile.kind === 'service'
      ? { token: profile.accessToken, ...proofOf(profile, issuer, nowMs) }
      : { token: profile.refreshToken, client_id: commandLineClientId }
  const { status } = await callProtocol(revocationEndpoint, form)
  if (status !== 200) throw new Unavailable('server')
}

function serviceOf({ server, clientId, keyFile }: ServiceProfile): Service {
  return { server, clientId, keyFile }
}

async function grantPerson({ issuer, tokenEndpoint }: AuthorizationServer, form: Form, nowMs: number): Promise<Granted> {
  const answer = await ask(tokenEndpoint, { ...form, client_id: commandLineClientId }, nowMs)
  if (answer.is === 'refused') return answer
  const { accessToken, expiresAtMs, refreshToken } = answer.tokens
  if (refreshToken === undefined) throw new Unavailable('server')
  return { is: 'granted', profile: { kind: 'person', server: issuer, accessToken, refreshToken, expiresAtMs } }
}

type Form = Readonly<Record<string, string>>

interface Tokens {
  readonly accessToken: string
  readonly expiresAtMs: number
  readonly refreshToken: string | undefined
}

type Answer = { readonly is: 'granted'; readonly tokens: Tokens } | { readonly is: 'refused'; readonly says: string }

async function ask(endpoint: URL, form: Form, nowMs: number): Promise<Answer> {
  const { status, json } = await callProtocol(endpoint, form)
  const said = (json ?? {}) as Readonly<Record<string, unknown>>
  if (status >= 500 || status === 429) throw new Unavailable('server')
  if (status !== 200)
    return { is: 'refused', says: [said['error_description'], said['error']].find((word) => typeof word === 'string') ?? String(status) }
  const { access_token: accessToken, refresh_token: refreshToken, expires_in: seconds } = said
  if (typeof accessToken !== 'string' || typeof seconds !== 'number') throw new Unavailable('server')
  const expiresAtMs = nowMs + seconds * 1000
  return { is: 'granted', tokens: { accessToken, expiresAtMs, refreshToken: typeof refreshToken === 'string' ? refreshToken : undefined } }
}
