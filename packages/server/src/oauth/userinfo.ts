/**
 * UserInfo, OpenID Connect Core section 5.3: what the granted scopes let the
 * holder of an access token know of the person, asked for now and not when the
 * token was made.
 *
 * @module
 */

import { Type, type TSchema } from 'typebox'
import { callerIs, type Answer, type RouteInput } from '#http'
import { refusals, type Operation, type Refuse, type UserId } from '#kernel'
import type { Tokens } from '#tokens'
import { personClaims, type Person } from './claims.ts'
import { crossOrigin } from './cross-origin.ts'
import { userinfoAudience } from './issuer.ts'

export const userinfoSays = {
  'userinfo.no_token': 'This endpoint needs an access token.',
  'userinfo.two_tokens': 'The access token may be sent in one way only.',
  'userinfo.scope': 'The access token does not allow this.',
  'userinfo.gone': 'The access token is not valid, or no longer.',
} as const

export type UserinfoRefusalCode = keyof typeof userinfoSays

const refuse: Refuse<UserinfoRefusalCode> = refusals(userinfoSays)

/** RFC 6750 section 2.2. */
export const userinfoSchema: TSchema = Type.Object(
  { access_token: Type.Optional(Type.String({ maxLength: 8192 })) },
  { additionalProperties: true },
)

export interface UserinfoPorts {
  readonly issuer: string
  readonly tokens: Pick<Tokens, 'believe'>
  readonly findPerson: (op: Operation, user: UserId) => Promise<Person | undefined>
}

export async function answerUserinfo(op: Operation, input: RouteInput, ports: UserinfoPorts): Promise<Answer> {
  const token = readBearer(input.headers['authorization'], (input.body ?? {}) as Readonly<Record<string, string | undefined>>)
  const { subject, scopes, clientId, audience, token: id } = await ports.tokens.believe(op, token, userinfoAudience(ports.issuer))
  if (subject.is !== 'user' || !scopes.includes('openid')) throw refuse('userinfo.scope')
  const { user, proof } = subject
  const credential = { kind: 'access_token', scopes, audience, token: id } as const
  const asker = callerIs(op, { is: 'user', id: user, client: clientId, proof, credential })
  const person = await ports.findPerson(asker, user)
  if (person === undefined) throw refuse('userinfo.gone')
  return { status: 200, headers: crossOrigin, body: { json: { ...personClaims(person, scopes), sub: user } } }
}

/** RFC 6750 section 2: in the header or in the form, and in one of them only. Never in the URL, which is logged. */
export function readBearer(authorization: string | undefined, form: Readonly<Record<string, string | undefined>>): string {
  const { access_token: posted = '' } = form
  if (authorization === undefined) {
    if (posted === '') throw refuse('userinfo.no_token')
    return posted
  }
  if (posted !== '') throw refuse('userinfo.two_tokens')
  const [, token] = /^bearer ([A-Za-z0-9\-._~+/]+=*)$/i.exec(authorization) ?? []
  if (token === undefined) throw refuse('userinfo.no_token')
  return token
}
