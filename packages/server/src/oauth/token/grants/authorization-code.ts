/**
 * The authorization code grant, RFC 6749 section 4.1.3 with RFC 7636 (PKCE).
 *
 * The code is checked before it is spent: a stranger who holds nothing but the
 * code cannot burn it for its owner. It is spent before anything is issued, in
 * one atomic write: of two racing requests exactly one wins, and the loser's
 * arrival means the code leaked, so the winner's tokens are withdrawn too.
 *
 * @module
 */

import { base64url, newId, sameText, sha256, type Operation, type TokenId } from '#kernel'
import type { Store, Transaction } from '#store'
import { newRefreshToken, type AuthorizationDetail, type Confirmation, type Family, type RefreshToken, type Tokens } from '#tokens'
import { isRegisteredRedirectUri } from '../../authorize/check-redirect-uri.ts'
import type { Client } from '../../clients/client.ts'
import { readCode, type AuthorizationCode } from '../../codes/code.ts'
import { findCode, spendCode } from '../../codes/store.ts'
import type { BoundClient } from '../authenticate-client.ts'
import type { Granted } from '../issue.ts'
import { narrowedDetails, readAskedDetails } from './details.ts'
import { refuse } from './refusals.ts'
import { readResource, resourceAudience } from './resource.ts'

export interface CodeRequest {
  readonly hash: Uint8Array
  readonly redirectUri: string
  /** The S256 challenge computed from the verifier that the client sent; empty when it sent none. */
  readonly challenge: string
  /** A part of what was granted in detail; undefined asks for all. */
  readonly details: readonly AuthorizationDetail[] | undefined
  /** For which of the granted resources the token is to be, RFC 8707 section 2.2. */
  readonly resource?: string | undefined
}

/** Made before the write, because chance and keys have no place in it. */
interface Prepared {
  readonly accessToken: TokenId
  readonly refreshToken: RefreshToken | undefined
}

type Exchanged = { readonly is: 'exchanged'; readonly code: AuthorizationCode; readonly family: Family } | { readonly is: 'replayed' }

export interface CodeGrantPorts {
  readonly store: Store
  readonly tokens: Pick<Tokens, 'startFamily' | 'wasRevoked' | 'revocations' | 'longestAccessTokenSeconds'>
}

type Form = Readonly<Record<string, string | undefined>>

/** Throws `grant.parameter_missing`, and `grant.unknown_code` for what cannot be one of our codes. */
export function readCodeRequest(form: Form): CodeRequest {
  const { code = '', redirect_uri: redirectUri = '', code_verifier: verifier = '' } = form
  if (code === '' || redirectUri === '') throw refuse('grant.parameter_missing')
  // RFC 7636 section 4.1: 43 to 128 unreserved characters.
  if (verifier !== '' && !/^[A-Za-z0-9\-._~]{43,128}$/.test(verifier)) throw refuse('grant.parameter_missing', 'code_verifier')
  const hash = readCode(code)
  if (hash === undefined) throw refuse('grant.unknown_code', 'not a code of ours')
  const challenge = verifier === '' ? '' : base64url(sha256(verifier))
  return { hash, redirectUri, challenge, details: readAskedDetails(form), resource: readResource(form) }
}

export async function exchangeCode(
  { op, client, confirmation }: Pick<BoundClient, 'op' | 'client' | 'confirmation'>,
  request: CodeRequest,
  ports: CodeGrantPorts,
): Promise<Granted> {
  const mayRefresh = client.grantTypes.includes('refresh_token')
  const prepared: Prepared = { accessToken: newId('tok'), refreshToken: mayRefresh ? newRefreshToken() : undefined }
  const exchanged = await ports.store.write(op, async (tx): Promise<Exchanged> => {
    const code = await findCode(tx, op.tenant, request.hash)
    checkCode(code, client, { ...request, confirmation }, op.nowMs)
    if (!(await spendCode(tx, op.tenant, request.hash, op.nowMs))) return replayed(tx, op, code, ports)
    // Thrown inside, so that asking for too much spends nothing.
    narrowedDetails(code.details, request.details)
    const { generation, user, session, client: owner } = code
    if (await ports.tokens.wasRevoked(tx, op, { generation, user, session, client: owner })) throw refuse('grant.withdrawn')
    tx.record({ what: 'grant.code_exchanged', about: code.id, outcome: 'done', facts: { client: client.id, token: prepared.accessToken } })
    return { is: 'exchanged', code, family: await startFamily(tx, op, client, code, { ...prepared, confirmation }, ports) }
  })
  // Replay was committed with what it withdraws; it is announced before anybody is told.
  if (exchanged.is === 'replayed') {
    await ports.tokens.revocations.announce(op)
    throw refuse('grant.spent_code', 'second exchange')
  }
  const { code, family } = exchanged
  const details = narrowedDetails(code.details, request.details)
  const audience = resourceAudience(code, request.resource)
  return { ...prepared, family, scopes: code.scopes, details, audience, nonce: code.nonce }
}

/**
 * Every reason to say no that needs no database. Pure, so it is tested by table.
 *
 * Nothing compared here is secret but the challenge, and that travelled through
 * the browser; it is compared like a secret because it costs nothing.
 */
export function checkCode(
  code: AuthorizationCode | undefined,
  client: Pick<Client, 'id' | 'redirectUris' | 'unsafelyWithoutPkce'>,
  request: Pick<CodeRequest, 'redirectUri' | 'challenge' | 'resource'> & Pick<BoundClient, 'confirmation'>,
  nowMs: number,
): asserts code is AuthorizationCode {
  if (code === undefined) throw refuse('grant.unknown_code', 'no such code')
  if (code.expiresAtMs <= nowMs) throw refuse('grant.unknown_code', 'expired')
  if (code.client !== client.id) throw refuse('grant.mismatch', 'client')
  if (code.redirectUri !== request.redirectUri) throw refuse('grant.mismatch', 'redirect_uri')
  if (request.challenge === '' && code.challenge !== '') throw refuse('grant.parameter_missing', 'code_verifier')
  // RFC 9700 section 4.8.2: a verifier for a code without a challenge is a request that was stripped of its challenge.
  if (!sameText(code.challenge, request.challenge)) throw refuse('grant.mismatch', 'code_verifier')
  if (code.challenge === '' && !client.unsafelyWithoutPkce) throw refuse('grant.withdrawn', 'code_challenge')
  if (code.dpopJkt !== undefined && !isKey(request.confirmation, code.dpopJkt)) throw refuse('grant.mismatch', 'dpop_jkt')
  // A place that was the client's when the code was sent there and is not any more: whoever has the place has the code.
  if (!isRegisteredRedirectUri(client.redirectUris, code.redirectUri)) throw refuse('grant.withdrawn', 'redirect_uri')
  resourceAudience(code, request.resource)
}

const isKey = (confirmation: Confirmation | undefined, jkt: string): boolean =>
  confirmation !== undefined && 'jkt' in confirmation && confirmation.jkt === jkt

async function startFamily(
  tx: Transaction,
  op: Operation,
  client: Client,
  code: AuthorizationCode,
  { accessToken, refreshToken, confirmation }: Prepared & Pick<BoundClient, 'confirmation'>,
  { tokens }: CodeGrantPorts,
): Promise<Family> {
  const lives = code.scopes.includes('offline_access') ? 'offline' : 'with-session'
  // Without a refresh token nothing outlives the access token; the family stays so that it can be withdrawn.
  const endsByMs = refreshToken === undefined ? op.nowMs + client.accessTokenSeconds * 1000 : Infinity
  return tokens.startFamily(tx, op, {
    id: code.family,
    client: client.id,
    user: code.user,
    session: code.session,
    scopes: code.scopes,
    audience: code.audience,
    resources: code.resources,
    claims: code.claims,
    details: code.details,
    lives,
    proof: code.proof,
    endsByMs: lives === 'offline' ? endsByMs : Math.min(endsByMs, code.sessionEndsAtMs),
    token: refreshToken,
    confirmation: client.kind === 'public' ? confirmation : undefined,
    accessToken,
  })
}

async function replayed(tx: Transaction, op: Operation, code: AuthorizationCode, { tokens }: CodeGrantPorts): Promise<Exchanged> {
  tx.record({ what: 'grant.code_replayed', about: code.id, outcome: 'refused', facts: { client: code.client } })
  await tokens.revocations.revoke(tx, op, { kind: 'family', id: code.family }, 'code-replayed')
  return { is: 'replayed' }
}
