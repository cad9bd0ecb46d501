/**
 * Pushed authorization requests, RFC 9126. The client sends the request itself and
 * proves who it is; the browser carries a reference that says nothing, works once
 * and for a minute. The steps: read the proof of a key, authenticate the client,
 * limit those that prove nothing, check the request, or what was signed of it (RFC 9101), as the authorization
 * endpoint does, write it down.
 *
 * @module
 */

import { Type, type TSchema } from 'typebox'
import { requireWithin, type Answer, type RouteInput } from '#http'
import type { Operation } from '#kernel'
import { maxAssertionChars } from '#keys'
import type { Limits } from '#ratelimit'
import type { Store } from '#store'
import type { Tokens } from '#tokens'
import { errorWords } from '../authorize/answers.ts'
import { checkAuthorize, type AuthorizeRefusalCode } from '../authorize/check.ts'
import { countingParameters } from '../authorize/signed-request.ts'
import { authorizeParameters, authorizeParametersOf, readAuthorizeParameters } from '../authorize/request.ts'
import type { Client } from '../clients/client.ts'
import { crossOrigin } from '../cross-origin.ts'
import type { DetailTypes } from '../details/registered.ts'
import { nonceHeader } from '../dpop/dpop.ts'
import { authenticateClient, type ClientAuthPorts } from '../token/authenticate-client.ts'
import { readProof, spendProofOf, type SenderPorts } from '../token/sender.ts'
import { newReference } from './reference.ts'
import { insertPushed } from './store.ts'

/** A browser follows the redirect at once. */
export const pushedForSeconds = 60

const text = (most: number) => Type.Optional(Type.String({ maxLength: most }))

/** The request, and what the client proves itself by. */
export const pushSchema: TSchema = Type.Object(
  {
    ...authorizeParameters,
    client_secret: text(1024),
    client_assertion: text(maxAssertionChars),
    client_assertion_type: text(128),
  },
  { additionalProperties: true },
)

export type PushPorts = ClientAuthPorts &
  SenderPorts & {
    readonly store: Store
    readonly tokens: Pick<Tokens, 'readIdTokenHint'>
    readonly issuer: string
    readonly detailTypes: DetailTypes
    readonly limits: Limits
  }

export async function answerPush(op: Operation, input: RouteInput, ports: PushPorts): Promise<Answer> {
  const proof = await readProof(op, input, '/par', ports)
  if (proof !== undefined && !('jti' in proof)) return proof
  const { op: asker, client, proof: proved } = await authenticateClient(op, input, ports)
  if (proved === 'none') await limitStranger(op, input, client, ports)
  const beside = authorizeParametersOf(input.body as Readonly<Record<string, string | undefined>>)
  const { sent, object } = await countingParameters(op, beside, client, ports)
  // RFC 9449 section 10.1: a proof here binds the code as `dpop_jkt` does, and must not contradict it.
  if (proof !== undefined && ![undefined, proof.jkt].includes(sent['dpop_jkt'])) return refused('authorize.dpop_jkt')
  const key = proof === undefined ? {} : { dpop_jkt: proof.jkt }
  const parameters = { ...sent, ...key, client_id: client.clientId }
  const read = readAuthorizeParameters(parameters)
  const hinted = read.idTokenHint === undefined ? undefined : await ports.tokens.readIdTokenHint(op, read.idTokenHint)
  const request = checkAuthorize({ parameters: read, client, hinted, pushed: true, object, detailTypes: ports.detailTypes }, op.nowMs)
  if ('failed' in request) return refused(request.failed)
  if (proof !== undefined) await spendProofOf(asker, client, proof, ports)
  const { requestUri, hash } = newReference()
  const expiresAtMs = op.nowMs + pushedForSeconds * 1000
  await ports.store.write(asker, async (tx) => insertPushed(tx, op.tenant, hash, { client: client.id, parameters, expiresAtMs }))
  const nonce = proof === undefined ? {} : await nonceHeader(op, ports)
  return { status: 201, headers: { ...crossOrigin, ...nonce }, body: { json: { request_uri: requestUri, expires_in: pushedForSeconds } } }
}

/** Anybody may push in the name of a public client, and each request is a row. Throws `limit.exceeded`. */
async function limitStranger(op: Operation, { address }: RouteInput, client: Client, { limits }: PushPorts): Promise<void> {
  // Its network's first: what is refused there takes nothing from the client's other people.
  requireWithin(await limits.byAddress(op, address, 'pushed'))
  requireWithin(await limits.byPrincipal(op, client, 'pushed'))
}

/** Section 2.3: the error that the authorization endpoint would send to the client. */
function refused(code: AuthorizeRefusalCode): Answer {
  const { error, description } = errorWords(code)
  return { status: 400, headers: crossOrigin, body: { json: { error, error_description: description, code } } }
}
