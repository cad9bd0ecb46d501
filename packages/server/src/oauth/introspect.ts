/**
 * Token introspection, RFC 7662, for resource servers that do not verify our
 * tokens themselves. Whoever asks proves itself, and learns of tokens that are
 * meant for what it serves and of no others: everything else is not active, as
 * a token that never existed is (section 2.2). A refresh token is meant for us.
 *
 * @module
 */

import type { Answer, RouteInput } from '#http'
import { refusals, type Operation, type Refuse } from '#kernel'
import type { Tokens } from '#tokens'
import type { ClaimTable } from './claims.ts'
import { authenticateClient, type ClientAuthPorts } from './token/authenticate-client.ts'

export const introspectSays = {
  'introspect.token_missing': 'The token is missing.',
  'introspect.public_client': 'Only a client that can prove itself may ask about tokens.',
} as const

export type IntrospectRefusalCode = keyof typeof introspectSays

const refuse: Refuse<IntrospectRefusalCode> = refusals(introspectSays)

export type IntrospectPorts = ClientAuthPorts & { readonly claims: ClaimTable } & { readonly tokens: Pick<Tokens, 'introspect'> }

export async function answerIntrospection(op: Operation, input: RouteInput, ports: IntrospectPorts): Promise<Answer> {
  const { op: asker, client } = await authenticateClient(op, input, ports)
  // Section 2.1: "To prevent token scanning attacks" the endpoint must know who asks.
  if (client.kind === 'public') throw refuse('introspect.public_client')
  const { token = '' } = input.body as Readonly<Record<string, string | undefined>>
  if (token === '') throw refuse('introspect.token_missing')
  const claims = await ports.tokens.introspect(asker, token, { client: client.id, audiences: client.introspects ?? [] })
  return { status: 200, body: { json: claims === undefined ? { active: false } : introspected(claims, [...ports.claims.keys()]) } }
}

/** What our marks of revocation are is nobody's business. `cnf` binds the token to a key, RFC 7800: whoever accepts the token must hold it against the sender. */
const told = [
  'iss',
  'sub',
  'aud',
  'client_id',
  'scope',
  'authorization_details',
  'exp',
  'iat',
  'jti',
  'auth_time',
  'acr',
  'amr',
  'cnf',
] as const

/** The answer for a token that is believed, with the mapped claims among those of a person that it carries. Pure. */
export function introspected(claims: Readonly<Record<string, unknown>>, mapped: readonly string[] = []): Readonly<Record<string, unknown>> {
  const said = [...told, ...mapped].flatMap((name) => (claims[name] === undefined ? [] : [[name, claims[name]] as const]))
  const { cnf } = claims
  const isBoundToKey = typeof cnf === 'object' && cnf !== null && 'jkt' in cnf
  return { active: true, token_type: isBoundToKey ? 'DPoP' : 'Bearer', ...Object.fromEntries(said) }
}
