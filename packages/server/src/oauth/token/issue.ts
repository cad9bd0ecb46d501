/**
 * From what a grant decided to what the client is told, RFC 6749 section 5.1 and
 * OpenID Connect Core section 3.1.3.3. Signing comes after COMMIT: a crash
 * between leaves an event without a token and never a token without an event.
 *
 * @module
 */

import type { Operation, TokenId, UserId } from '#kernel'
import {
  writeRefreshToken,
  type AccessGrant,
  type AuthorizationDetail,
  type Confirmation,
  type Family,
  type RefreshToken,
  type Tokens,
} from '#tokens'
import { isTold, personClaims, type ClaimTable, type Person } from '../claims.ts'
import type { Client } from '../clients/client.ts'
import { sectorOf } from '../clients/sector.ts'

/** What a grant has decided and written down. */
export interface Granted {
  readonly accessToken: TokenId
  readonly refreshToken: RefreshToken | undefined
  /** Undefined when the client acts for itself. */
  readonly family: Family | undefined
  readonly scopes: readonly string[]
  /** What is allowed in detail; a part of the family's where it was asked to be. */
  readonly details: readonly AuthorizationDetail[] | undefined
  readonly audience: readonly string[]
  readonly nonce: string | undefined
}

/** The same, with what its sender will have to prove. */
export interface BoundGrant extends Granted {
  readonly confirmation: Confirmation | undefined
}

export interface IssuePorts {
  readonly tokens: Pick<Tokens, 'issueAccessToken' | 'issueIdToken'>
  /** Undefined for people who are gone. */
  readonly findPerson: (op: Operation, user: UserId) => Promise<Person | undefined>
  readonly claims: ClaimTable
}

/** The body of a successful answer. */
export interface TokenAnswer {
  readonly access_token: string
  readonly token_type: 'Bearer' | 'DPoP'
  readonly expires_in: number
  readonly scope: string
  readonly authorization_details?: readonly AuthorizationDetail[]
  readonly refresh_token?: string
  readonly id_token?: string
}

export async function issue(
  op: Operation,
  client: Client,
  granted: BoundGrant,
  generation: number,
  given: IssuePorts,
): Promise<TokenAnswer> {
  const { family, refreshToken, scopes } = granted
  // Both tokens may tell of the same person, who is read once.
  let person: ReturnType<IssuePorts['findPerson']> | undefined
  const ports: IssuePorts = { ...given, findPerson: async (asker, user) => (person ??= given.findPerson(asker, user)) }
  const access = await ports.tokens.issueAccessToken(op, {
    ...accessGrantOf(client, granted, generation),
    person: await mappedFor(op, granted, ports),
  })
  const idToken =
    family !== undefined && scopes.includes('openid') ? await issueIdToken(op, client, granted, family, access.jwt, ports) : undefined
  return {
    access_token: access.jwt,
    token_type: granted.confirmation !== undefined && 'jkt' in granted.confirmation ? 'DPoP' : 'Bearer',
    expires_in: access.expiresInSeconds,
    scope: scopes.join(' '),
    ...(granted.details === undefined ? undefined : { authorization_details: granted.details }),
    ...(refreshToken === undefined ? undefined : { refresh_token: writeRefreshToken(refreshToken).reveal() }),
    ...(idToken === undefined ? undefined : { id_token: idToken }),
  }
}

/** What the operator has access tokens say of a person. */
async function mappedFor(op: Operation, { family, scopes }: Granted, ports: IssuePorts): Promise<AccessGrant['person']> {
  if (family === undefined || !isTold('access_token', scopes, ports.claims)) return undefined
  const person = await ports.findPerson(op, family.user)
  return person && personClaims(person, { at: 'access_token', scopes }, ports.claims)
}

function accessGrantOf(
  client: Client,
  { accessToken, family, scopes, details, audience, confirmation }: BoundGrant,
  generation: number,
): AccessGrant {
  return {
    token: accessToken,
    client: client.id,
    clientId: client.clientId,
    sector: family && sectorOf(client),
    format: client.accessTokenFormat,
    subject: family === undefined ? { is: 'client' } : subjectOf(family),
    scopes,
    details,
    audience,
    userinfoClaims: family?.claims?.userinfo,
    generation,
    lifetimeSeconds: client.accessTokenSeconds,
    endsByMs: family?.endsAtMs,
    confirmation,
  }
}

/** Offline access does not end with the session, so its access tokens do not name one. */
function subjectOf(family: Family): AccessGrant['subject'] {
  const { id, user, session, proof, lives } = family
  return { is: 'user', user, session: lives === 'offline' ? undefined : session, family: id, proof }
}

/**
 * JWT-4: the ID token goes to the client alone, is read once and holds what the
 * person granted this client to know; clients that do not want to handle
 * personal data there register `idTokenClaims: 'minimal'` and ask UserInfo. What
 * they ask for by name they get all the same.
 */
async function issueIdToken(
  op: Operation,
  client: Client,
  { nonce, scopes }: Granted,
  family: Family,
  accessToken: string,
  { tokens, findPerson, claims: table }: IssuePorts,
): Promise<string> {
  const { user, session, proof } = family
  const told = { at: 'id_token', scopes: client.idTokenClaims === 'granted' ? scopes : [], claims: family.claims?.idToken } as const
  const isAsked = told.scopes.length > 0 || told.claims !== undefined
  const person = isAsked ? await findPerson(op, user) : undefined
  return tokens.issueIdToken(op, {
    user,
    session,
    clientId: client.clientId,
    sector: sectorOf(client),
    proof,
    algorithm: client.idTokenSignedResponseAlg,
    nonce,
    accessToken,
    person: person === undefined ? {} : personClaims(person, told, table),
  })
}
