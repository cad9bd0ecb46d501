/**
 * UserInfo, OpenID Connect Core section 5.3: what the granted scopes let the
 * holder of an access token know of the person, asked for now and not when the
 * token was made.
 *
 * @module
 */

import { Type, type TSchema } from 'typebox'
import { callerIs, type Answer, type Body, type RouteInput } from '#http'
import { refusals, type ClientIdentifier, type Operation, type Refuse, type UserId } from '#kernel'
import { idTokenPurposes } from '#keys'
import type { BelievedToken, Tokens } from '#tokens'
import { personClaims, type ClaimTable, type Person } from './claims.ts'
import type { Clients } from './clients/clients.ts'
import { crossOrigin } from './cross-origin.ts'
import { askForNonce, checkProof, nonceHeader, spend, type DpopPorts } from './dpop/dpop.ts'
import { userinfoAudience, type Places } from './issuer.ts'
import { certificateOf } from './token/certificate.ts'

export const userinfoSays = {
  'userinfo.no_token': 'This endpoint needs an access token.',
  'userinfo.two_tokens': 'The access token may be sent in one way only.',
  'userinfo.scope': 'The access token does not allow this.',
  'userinfo.gone': 'The access token is not valid, or no longer.',
  'userinfo.bound': 'The access token has to come by the scheme that it was given out for.',
  'userinfo.certificate': 'The access token is bound to a certificate that was not shown.',
  'userinfo.proof': 'The DPoP proof is missing or not valid.',
} as const

export type UserinfoRefusalCode = keyof typeof userinfoSays

const refuse: Refuse<UserinfoRefusalCode> = refusals(userinfoSays)

/** RFC 6750 section 2.2. */
export const userinfoSchema: TSchema = Type.Object(
  { access_token: Type.Optional(Type.String({ maxLength: 8192 })) },
  { additionalProperties: true },
)

export interface UserinfoPorts extends DpopPorts {
  readonly places: Pick<Places, 'url'>
  readonly issuer: string
  readonly tokens: Pick<Tokens, 'believe'>
  readonly clients: Pick<Clients, 'find'>
  readonly findPerson: (op: Operation, user: UserId) => Promise<Person | undefined>
  readonly claims: ClaimTable
}

export async function answerUserinfo(op: Operation, input: RouteInput, method: 'GET' | 'POST', ports: UserinfoPorts): Promise<Answer> {
  const sent = readAccessToken(input.headers['authorization'], (input.body ?? {}) as Readonly<Record<string, string | undefined>>)
  const believed = await ports.tokens.believe(op, sent.token, userinfoAudience(ports.issuer))
  const proved = await proveSender(op, input, method, sent, believed, ports)
  if (proved.is === 'answer') return proved.answer
  const { subject, sub, scopes, userinfoClaims, clientId, audience, token: id } = believed
  if (subject.is !== 'user' || !scopes.includes('openid')) throw refuse('userinfo.scope')
  const { user, proof } = subject
  const credential = { kind: 'access_token', scopes, audience, token: id } as const
  const asker = callerIs(op, { is: 'user', id: user, client: clientId, proof, credential })
  const person = await ports.findPerson(asker, user)
  if (person === undefined) throw refuse('userinfo.gone')
  const claims = personClaims(person, { at: 'userinfo', scopes, claims: userinfoClaims }, ports.claims)
  return {
    status: 200,
    headers: { ...crossOrigin, ...proved.headers },
    body: await bodyFor(asker, clientId, { ...claims, sub }, ports),
  }
}

/** Of its own, so that nobody takes the answer for an ID token or the other way round (RFC 8725 section 3.11). */
const userinfoType = 'userinfo+jwt'

/** Section 5.3.2: signed for a client that registered an algorithm, with the issuer and the client in it. */
async function bodyFor(
  op: Operation,
  clientId: ClientIdentifier,
  claims: Readonly<Record<string, unknown>>,
  { clients, keys, issuer }: UserinfoPorts,
): Promise<Body> {
  const known = await clients.find(op, clientId)
  if (known === undefined) throw refuse('userinfo.gone', 'the client')
  const algorithm = known.client.userinfoSignedResponseAlg
  if (algorithm === undefined) return { json: claims }
  const text = await keys.signJwt(op, idTokenPurposes[algorithm], userinfoType, { ...claims, iss: issuer, aud: clientId })
  return { text, type: 'application/jwt' }
}

type Proved =
  { readonly is: 'proved'; readonly headers: Readonly<Record<string, string>> } | { readonly is: 'answer'; readonly answer: Answer }

/**
 * A token that is bound to a key comes by the scheme `DPoP` with a proof of that key,
 * RFC 9449 section 7.1; one that is not comes as `Bearer`. Neither is let pass as the
 * other. Gives the fields of the answer, or the answer that asks for a nonce.
 */
async function proveSender(
  op: Operation,
  { headers, peerCertificate }: RouteInput,
  method: 'GET' | 'POST',
  { token, scheme }: SentToken,
  { confirmation }: BelievedToken,
  ports: UserinfoPorts,
): Promise<Proved> {
  if (confirmation !== undefined && 'x5t#S256' in confirmation) {
    // RFC 8705 section 3: "MUST be rejected" with another certificate, or without one.
    if (scheme !== 'bearer') throw refuse('userinfo.bound')
    if (certificateOf({ peerCertificate })?.thumbprint !== confirmation['x5t#S256']) throw refuse('userinfo.certificate')
    return { is: 'proved', headers: {} }
  }
  const jkt = confirmation !== undefined && 'jkt' in confirmation ? confirmation.jkt : undefined
  if (confirmation === undefined && scheme === 'bearer') return { is: 'proved', headers: {} }
  if (jkt === undefined || scheme !== 'dpop') throw refuse('userinfo.bound')
  const expected = { method, url: ports.places.url('/userinfo'), accessToken: token, nonce: 'welcome' } as const
  const proof = await checkProof(op, headers['dpop'] ?? '', expected, ports)
  if (proof.is === 'needs-nonce') return { is: 'answer', answer: await askForNonce(op, 401, ports) }
  if (proof.is === 'wrong') throw refuse('userinfo.proof', proof.detail)
  if (proof.jkt !== jkt) throw refuse('userinfo.proof', 'another key')
  if (!(await spend(op, proof, ports))) throw refuse('userinfo.proof', 'used before')
  return { is: 'proved', headers: await nonceHeader(op, ports) }
}

/** An access token as it was sent. */
export interface SentToken {
  readonly token: string
  readonly scheme: 'bearer' | 'dpop'
}

/** RFC 6750 section 2: in the header or in the form, and in one of them only. Never in the URL, which is logged. */
export function readAccessToken(authorization: string | undefined, form: Readonly<Record<string, string | undefined>>): SentToken {
  const { access_token: posted = '' } = form
  if (authorization === undefined) {
    if (posted === '') throw refuse('userinfo.no_token')
    return { token: posted, scheme: 'bearer' }
  }
  if (posted !== '') throw refuse('userinfo.two_tokens')
  const [, scheme, token] = /^(bearer|dpop) ([A-Za-z0-9\-._~+/]+=*)$/i.exec(authorization) ?? []
  if (scheme === undefined || token === undefined) throw refuse('userinfo.no_token')
  return { token, scheme: scheme.toLowerCase() === 'dpop' ? 'dpop' : 'bearer' }
}
