/**
 * The token endpoint, RFC 6749 section 3.2. The steps: note what is known to be
 * revoked, read the proof of a key, authenticate the client, choose the grant,
 * bind to the key, let the grant decide and write, sign, answer.
 *
 * INVARIANT (generation first): the generation is read before the client, the
 * code or the family is, so that whatever is revoked later kills the token too.
 *
 * @module
 */

import { Type, type TSchema } from 'typebox'
import type { Answer, RouteInput } from '#http'
import type { Operation } from '#kernel'
import { maxAssertionChars } from '#keys'
import type { Client, GrantType } from '../clients/client.ts'
import { crossOrigin } from '../cross-origin.ts'
import { authenticateClient, type BoundClient, type ClientAuthPorts } from './authenticate-client.ts'
import { exchangeCode, readCodeRequest, type CodeGrantPorts } from './grants/authorization-code.ts'
import { grantToClient } from './grants/client-credentials.ts'
import { refresh, readRefreshRequest, type RefreshGrantPorts } from './grants/refresh-token.ts'
import { refuse } from './grants/refusals.ts'
import { mostDetailsBytes } from '../details/read.ts'
import type { DetailTypes } from '../details/registered.ts'
import { nonceHeader } from '../dpop/dpop.ts'
import { issue, type Granted, type IssuePorts } from './issue.ts'
import { readProof, senderOf, type SenderPorts } from './sender.ts'

const text = (most: number) => Type.Optional(Type.String({ maxLength: most }))

/** Unrecognised parameters are ignored (RFC 6749 section 3.2). */
export const tokenSchema: TSchema = Type.Object(
  {
    grant_type: text(128),
    client_id: text(2048),
    client_secret: text(1024),
    client_assertion: text(maxAssertionChars),
    client_assertion_type: text(128),
    code: text(256),
    redirect_uri: text(2048),
    code_verifier: text(256),
    refresh_token: text(256),
    scope: text(1024),
    resource: text(2048),
    authorization_details: text(mostDetailsBytes),
  },
  { additionalProperties: true },
)

export type TokenPorts = ClientAuthPorts &
  CodeGrantPorts &
  RefreshGrantPorts &
  IssuePorts &
  SenderPorts & { readonly issuer: string; readonly detailTypes: DetailTypes }

type Form = Readonly<Record<string, string | undefined>>

export async function answerTokenRequest(op: Operation, input: RouteInput, ports: TokenPorts): Promise<Answer> {
  const form = input.body as Form
  const generation = await ports.tokens.revocations.generation(op)
  const proof = await readProof(op, input, '/token', ports)
  if (proof !== undefined && !('jti' in proof)) return proof
  const caller = await authenticateClient(op, input, ports)
  const grant = chooseGrant(caller.client, form['grant_type'])
  const confirmation = await senderOf(caller.op, caller.client, input, proof, ports)
  const granted = await runGrant(grant, { ...caller, confirmation }, form, ports)
  const answer = await issue(caller.op, caller.client, { ...granted, confirmation }, generation, ports)
  const nonce = proof === undefined ? {} : await nonceHeader(op, ports)
  return { status: 200, headers: { ...crossOrigin, ...nonce, pragma: 'no-cache' }, body: { json: answer } }
}

const grantTypes: readonly string[] = ['authorization_code', 'refresh_token', 'client_credentials'] satisfies readonly GrantType[]

/** Throws `grant.type_missing`, `grant.unsupported`, `grant.not_allowed`. */
export function chooseGrant(client: Pick<Client, 'grantTypes'>, asked: string | undefined): GrantType {
  if (asked === undefined || asked === '') throw refuse('grant.type_missing')
  if (!grantTypes.includes(asked)) throw refuse('grant.unsupported')
  const grant = asked as GrantType
  if (!client.grantTypes.includes(grant)) throw refuse('grant.not_allowed')
  return grant
}

async function runGrant(grant: GrantType, caller: BoundClient, form: Form, ports: TokenPorts): Promise<Granted> {
  if (grant === 'client_credentials') return grantToClient(caller, form, ports)
  if (grant === 'refresh_token') return refresh(caller, readRefreshRequest(form), ports)
  return exchangeCode(caller, readCodeRequest(form), ports)
}
