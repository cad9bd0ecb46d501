/**
 * Believing an access token of our own, RFC 9068 section 4. The signature first:
 * nothing in an unsigned token is worth looking at. Then the claims, which is
 * judgement alone, then whether it was taken away meanwhile.
 *
 * @module
 */

import {
  readClientIdentifier,
  readId,
  Refusal,
  refusals,
  type ClientId,
  type ClientIdentifier,
  type FamilyId,
  type Principal,
  type Proof,
  type Refuse,
  type SessionId,
  type TokenId,
  type UserId,
} from '#kernel'
import { textOf, type Claims } from './claims.ts'
import { readConfirmation, type Confirmation } from './confirmation.ts'
import type { RevocationMarks } from './revocations/revocation.ts'

/** One sentence for whatever is wrong: RFC 6750 has one word for it too. */
export const tokenSays = { 'token.not_valid': 'The access token is not valid, or no longer.' } as const

export type TokenRefusalCode = keyof typeof tokenSays

export const refuse: Refuse<TokenRefusalCode> = refusals(tokenSays)

/** For whom a token speaks, with everything by which it can be taken away. */
export type BelievedSubject =
  | {
      readonly is: 'user'
      readonly user: UserId
      readonly client: ClientId
      /** Absent where access was granted offline: it does not end with the session. */
      readonly session: SessionId | undefined
      readonly family: FamilyId
      readonly proof: Proof
    }
  | { readonly is: 'client'; readonly client: ClientId; readonly proof: Proof }

/** A token whose claims hold for this audience and moment, before revocations were asked. */
export interface BelievedToken {
  readonly token: TokenId
  readonly generation: number
  readonly subject: BelievedSubject
  /** The subject as the token names it: another name than the id, where it is pairwise. */
  readonly sub: string
  readonly clientId: ClientIdentifier
  readonly scopes: readonly string[]
  readonly audience: string
  /** Claims that UserInfo tells beside what the scopes tell. */
  readonly userinfoClaims: readonly string[]
  /** What its sender has to prove besides having it. Whoever believes the token checks this too. */
  readonly confirmation: Confirmation | undefined
}

/** {@link judgeAccessClaims} for whoever only wants the token gone. Undefined where that would refuse. */
export function believeAnyAudience(claims: Claims, issuer: string, nowMs: number): BelievedToken | undefined {
  const [audience] = audiencesOf(claims)
  return typeof audience === 'string' ? believeFor(claims, { issuer, audience }, nowMs) : undefined
}

/** Whoever asks what a token is worth. */
export interface TokenAsker {
  /** Of tokens that were given to it. */
  readonly client: ClientId
  /** Of tokens for what it serves. */
  readonly audiences: readonly string[]
}

/** {@link judgeAccessClaims} for whoever may ask. Undefined where that would refuse, and for a token that is neither theirs nor for them. */
export function believeForAsker(
  claims: Claims,
  issuer: string,
  { client, audiences }: TokenAsker,
  nowMs: number,
): BelievedToken | undefined {
  const said = audiencesOf(claims)
  const audience = audiences.find((one) => said.includes(one))
  if (audience !== undefined) return believeFor(claims, { issuer, audience }, nowMs)
  const believed = believeAnyAudience(claims, issuer, nowMs)
  return believed?.subject.client === client ? believed : undefined
}

const audiencesOf = ({ aud }: Claims): readonly unknown[] => (Array.isArray(aud) ? aud : [aud])

function believeFor(
  claims: Claims,
  expected: { readonly issuer: string; readonly audience: string },
  nowMs: number,
): BelievedToken | undefined {
  try {
    return judgeAccessClaims(claims, expected, nowMs)
  } catch (error) {
    if (error instanceof Refusal) return undefined
    throw error
  }
}

/** A `NumericDate` before the year 5138: JSON reads `1e400` as infinity, which never comes. */
function isTime(value: unknown): value is number {
  return typeof value === 'number' && value >= 0 && value < 1e11
}

/** Judges the claims of a token whose signature and `typ` hold. Throws `token.not_valid`. Pure. */
export function judgeAccessClaims(
  claims: Claims,
  expected: { readonly issuer: string; readonly audience: string },
  nowMs: number,
): BelievedToken {
  const { iss, exp, nbf, iat, scope, cnf } = claims
  if (iss !== expected.issuer) throw refuse('token.not_valid', 'another issuer')
  if (!audiencesOf(claims).includes(expected.audience)) throw refuse('token.not_valid', 'another audience')
  if (!isTime(exp) || !isTime(iat)) throw refuse('token.not_valid', 'no times')
  if (exp * 1000 <= nowMs) throw refuse('token.not_valid', 'expired')
  if (nbf !== undefined && (!isTime(nbf) || nbf * 1000 > nowMs)) throw refuse('token.not_valid', 'not yet valid')
  const subject = readSubject(claims, iat)
  const token = readId('tok', textOf(claims, 'jti'))
  const clientId = readClientIdentifier(textOf(claims, 'client_id'))
  const generation = claims['gen']
  if (subject === undefined || token === undefined || clientId === undefined || typeof generation !== 'number') {
    throw refuse('token.not_valid', 'a claim is missing')
  }
  const confirmation = cnf === undefined ? undefined : readConfirmation(cnf)
  if (cnf !== undefined && confirmation === undefined) throw refuse('token.not_valid', 'bound in a way that cannot be checked')
  const scopes = typeof scope === 'string' && scope !== '' ? scope.split(' ') : []
  const { userinfo_claims: single } = claims
  const userinfoClaims = Array.isArray(single) ? single.filter((name) => typeof name === 'string') : []
  return {
    token,
    generation,
    subject,
    sub: textOf(claims, 'sub'),
    clientId,
    scopes,
    audience: expected.audience,
    userinfoClaims,
    confirmation,
  }
}

/** Under which names the token may have been taken away. */
export function marksOf({ token, generation, subject }: BelievedToken): RevocationMarks {
  const { client } = subject
  if (subject.is === 'client') return { generation, token, client }
  return { generation, token, client, user: subject.user, session: subject.session, family: subject.family }
}

/** Who acts with the token. */
export function principalOf({ subject, clientId, scopes, audience, token }: BelievedToken): Principal {
  const credential = { kind: 'access_token', scopes, audience, token } as const
  const { proof } = subject
  if (subject.is === 'client') return { is: 'service', id: subject.client, client: clientId, proof, credential }
  const { user, session } = subject
  return { is: 'user', id: user, client: clientId, proof, credential, ...(session === undefined ? undefined : { session }) }
}

/**
 * A subject is one of our ids; their prefixes keep people and clients apart
 * (RFC 9068 section 5). A mark that cannot be read is a mark that the token
 * cannot be revoked by: all must be there, but for the session of offline access.
 */
function readSubject(claims: Claims, iat: number): BelievedSubject | undefined {
  const self = readId('cli', textOf(claims, 'sub'))
  if (self !== undefined) return { is: 'client', client: self, proof: { acr: 'client', amr: [], authTimeMs: iat * 1000 } }
  const user = readId('usr', textOf(claims, 'sub'))
  const client = readId('cli', textOf(claims, 'cli'))
  const session = claims['sid'] === undefined ? undefined : readId('ses', textOf(claims, 'sid'))
  const family = readId('fam', textOf(claims, 'fam'))
  const proof = readProof(claims)
  if (session === undefined && claims['sid'] !== undefined) return undefined
  if (user === undefined || client === undefined || family === undefined || proof === undefined) return undefined
  return { is: 'user', user, client, session, family, proof }
}

function readProof({ acr, amr, auth_time: authTime }: Claims): Proof | undefined {
  if (typeof acr !== 'string' || !Array.isArray(amr) || typeof authTime !== 'number') return undefined
  return { acr, amr: amr.filter((method) => typeof method === 'string'), authTimeMs: authTime * 1000 }
}
