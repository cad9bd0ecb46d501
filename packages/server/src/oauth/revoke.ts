/**
 * Token revocation, RFC 7009. A refresh token takes its whole family with it; an
 * access token goes alone. What is unknown, expired or gone already is answered
 * like what was just revoked (section 2.2): the client wanted it gone and it is.
 *
 * @module
 */

import { Type, type TSchema } from 'typebox'
import type { Answer, RouteInput } from '#http'
import { refusals, type ClientId, type Operation, type Refuse } from '#kernel'
import { maxAssertionChars } from '#keys'
import type { Store } from '#store'
import type { Revocable, Tokens } from '#tokens'
import { crossOrigin } from './cross-origin.ts'
import { authenticateClient, type ClientAuthPorts } from './token/authenticate-client.ts'

export const revokeSays = {
  'revoke.token_missing': 'The token is missing.',
  'revoke.not_yours': 'The token was not issued to this client.',
} as const

export type RevokeRefusalCode = keyof typeof revokeSays

const refuse: Refuse<RevokeRefusalCode> = refusals(revokeSays)

/** A token and the client that names it, RFC 7009 section 2.1 and RFC 7662 section 2.1. `token_type_hint` is not needed: our tokens tell their kind. */
export const tokenNamedSchema: TSchema = Type.Object(
  {
    token: Type.Optional(Type.String({ maxLength: 8192 })),
    token_type_hint: Type.Optional(Type.String({ maxLength: 64 })),
    client_id: Type.Optional(Type.String({ maxLength: 2048 })),
    client_secret: Type.Optional(Type.String({ maxLength: 1024 })),
    client_assertion: Type.Optional(Type.String({ maxLength: maxAssertionChars })),
    client_assertion_type: Type.Optional(Type.String({ maxLength: 128 })),
  },
  { additionalProperties: true },
)

export type RevokePorts = ClientAuthPorts & {
  readonly store: Store
  readonly tokens: Pick<Tokens, 'findFamilyOf' | 'findForRevocation' | 'revocations'>
}

export async function answerRevocation(op: Operation, input: RouteInput, ports: RevokePorts): Promise<Answer> {
  const caller = await authenticateClient(op, input, ports)
  const { token = '' } = input.body as Readonly<Record<string, string | undefined>>
  if (token === '') throw refuse('revoke.token_missing')
  const found = await find(caller.op, token, ports)
  if (found !== undefined) {
    if (found.client !== caller.client.id) throw refuse('revoke.not_yours')
    await ports.store.write(caller.op, async (tx) => ports.tokens.revocations.revoke(tx, caller.op, found.target))
    await ports.tokens.revocations.announce(caller.op)
  }
  return { status: 200, headers: crossOrigin, body: 'empty' }
}

interface Found {
  readonly client: ClientId
  readonly target: Revocable
}

async function find(op: Operation, token: string, { store, tokens }: RevokePorts): Promise<Found | undefined> {
  const family = await store.read(op, async (db) => tokens.findFamilyOf(op, db, token))
  if (family !== undefined) {
    return family.endedAtMs === undefined ? { client: family.client, target: { kind: 'family', id: family.id } } : undefined
  }
  const access = await tokens.findForRevocation(op, token)
  return access && { client: access.subject.client, target: { kind: 'token', id: access.token } }
}
