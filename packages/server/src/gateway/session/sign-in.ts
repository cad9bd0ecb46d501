/**
 * Signing in to an app: the code flow with PKCE (RFC 6749 section 4.1, RFC 7636,
 * OpenID Connect Core section 3.1), the gateway being the client.
 *
 * No row is written for a stranger: everything between the two redirects is
 * sealed in a cookie of the browser that began, so an answer that comes to
 * another browser (login CSRF) finds nothing, and `state` picks the sign-in.
 * The order of checks: whose sign-in is it, who answered (RFC 9207), did it work,
 * and only then is the code redeemed, over the channel.
 *
 * @module
 */

import { base64url, randomText, sameText, sha256, utf8, type RequestId } from '#kernel'
import type { CodeExchange, SignedIn } from '../channel/contract.ts'
import { ownPrefix, type GatewayHost } from '../config.ts'
import type { Sealer } from '../ports.ts'
import { refuse } from '../refusals.ts'
import type { Target } from '../request/target.ts'
import { flowCookies, flowSeconds, openFlow, sealFlow, sealSession, sessionCookie, type Flow } from './cookies.ts'

/** A cookie to set; an empty value removes it. */
export interface NewCookie {
  readonly name: string
  readonly value: string
  readonly maxAgeSeconds?: number
}

export interface Redirect {
  readonly to: string
  readonly cookies: readonly NewCookie[]
}

/** Longer addresses are not returned to: four sign-ins must fit into the head of a request. */
const longestReturn = 1_000

export interface BeginPorts {
  readonly issuer: string
  readonly sealer: Sealer
  readonly nowMs: number
}

export type Cookies = Readonly<Record<string, string>>

export function redirectUri(host: GatewayHost): string {
  return `${host.origin}${ownPrefix}callback`
}

/** Sends the browser to the identity server, to come back to where it wanted to go. */
export function beginSignIn({ issuer, sealer, nowMs }: BeginPorts, host: GatewayHost, target: Target, cookies: Cookies): Redirect {
  const flow: Flow = {
    state: randomText(22),
    nonce: randomText(22),
    verifier: randomText(43),
    returnTo: target.raw.length <= longestReturn && !target.raw.startsWith(ownPrefix) ? target.raw : '/',
    beganAtMs: nowMs,
  }
  const to = new URL(`${issuer}/authorize`)
  const parameters = {
    response_type: 'code',
    client_id: host.clientId,
    redirect_uri: redirectUri(host),
    scope: 'openid',
    state: flow.state,
    nonce: flow.nonce,
    code_challenge: base64url(sha256(utf8(flow.verifier))),
    code_challenge_method: 'S256',
  }
  for (const [name, value] of Object.entries(parameters)) to.searchParams.set(name, value)
  const name = roomFor(sealer, host, cookies, nowMs)
  return { to: to.href, cookies: [{ name, value: sealFlow(sealer, host.origin, flow), maxAgeSeconds: flowSeconds }] }
}

/** A free name, or that of the sign-in that began first. */
function roomFor(sealer: Sealer, { origin }: GatewayHost, cookies: Cookies, nowMs: number): string {
  let oldest = flowCookies[0] ?? ''
  let oldestMs = Infinity
  for (const name of flowCookies) {
    const flow = openFlow(sealer, origin, cookies[name], nowMs)
    if (flow === undefined) return name
    if (flow.beganAtMs < oldestMs) {
      oldest = name
      oldestMs = flow.beganAtMs
    }
  }
  return oldest
}

export interface CallbackPorts extends BeginPorts {
  /** Over the channel. Throws the server's refusal. */
  exchange(exchange: CodeExchange): Promise<SignedIn>
  /** Class A. */
  record(signedIn: SignedIn): Promise<void>
}

/** Takes the answer of the identity server and signs the person in here. */
export async function completeSignIn(
  ports: CallbackPorts,
  host: GatewayHost,
  requestId: RequestId,
  target: Target,
  cookies: Cookies,
): Promise<Redirect> {
  const answer = readAnswer(target)
  const found = findFlow(ports, host, answer.state, cookies)
  if (answer.iss !== ports.issuer) throw refuse('gateway.wrong_issuer', 'iss')
  if (answer.code === undefined) throw refuse('gateway.sign_in_refused', answer.error)
  const { code } = answer
  const { verifier, nonce, returnTo } = found.flow
  const signedIn = await ports.exchange({ requestId, clientId: host.clientId, code, verifier, redirectUri: redirectUri(host) })
  // The code was issued for the request that this browser made, and for no other one that an attacker made with their own account.
  if (!sameText(signedIn.nonce, nonce)) throw refuse('gateway.sign_in_failed', 'nonce')
  await ports.record(signedIn)
  return {
    to: `${host.origin}${returnTo}`,
    cookies: [
      { name: sessionCookie, value: sealSession(ports.sealer, host.origin, signedIn) },
      { name: found.name, value: '', maxAgeSeconds: 0 },
    ],
  }
}

interface AuthorizationAnswer {
  readonly state: string
  readonly iss: string | undefined
  readonly code: string | undefined
  readonly error: string | undefined
}

/** Printable ASCII, RFC 6749 appendix A.11, and longer than any code of ours. */
const codeShape = /^[\x21-\x7e]{1,256}$/

/** RFC 6749 sections 4.1.2 and 4.1.2.1 with RFC 9207. */
function readAnswer({ query }: Target): AuthorizationAnswer {
  const parameters = new URLSearchParams(query)
  for (const name of ['state', 'iss', 'code', 'error']) {
    if (parameters.getAll(name).length > 1) throw refuse('request.duplicate_parameter', name)
  }
  const state = parameters.get('state')
  const code = parameters.get('code') ?? undefined
  const error = parameters.get('error') ?? undefined
  if (state === null || (code === undefined) === (error === undefined)) throw refuse('request.malformed', 'callback')
  if (code !== undefined && !codeShape.test(code)) throw refuse('request.malformed', 'code')
  return { state, iss: parameters.get('iss') ?? undefined, code, error }
}

function findFlow(
  { sealer, nowMs }: BeginPorts,
  { origin }: GatewayHost,
  state: string,
  cookies: Cookies,
): { readonly name: string; readonly flow: Flow } {
  for (const name of flowCookies) {
    const flow = openFlow(sealer, origin, cookies[name], nowMs)
    if (flow !== undefined && sameText(flow.state, state)) return { name, flow }
  }
  throw refuse('gateway.unknown_sign_in')
}
