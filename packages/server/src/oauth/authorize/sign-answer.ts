/**
 * The answer to the client as one signed parameter: JWT Secured Authorization
 * Response Mode (JARM) section 2.1. Whoever has the browser can read it, and can
 * neither change it nor pass on another client's or another server's.
 *
 * @module
 */

import { epochSeconds, type Operation } from '#kernel'
import { idTokenPurposes, type Keys, type SigningAlgorithm } from '#keys'
import type { Client } from '../clients/client.ts'
import { isSigned, type Parameters, type ReturnPath } from './answer-client.ts'

/** JARM section 2.1: ten minutes at most. What is inside lives shorter; what the client's clock differs by is covered. */
export const signedAnswerSeconds = 600

/**
 * No other token of ours has this type, so that none is taken for an answer and no
 * answer for an ID token, which the same keys sign. JARM itself leaves it open.
 */
export const signedAnswerType = 'oauth-authz-resp+jwt'

/**
 * The parameters to send: with the `iss` of RFC 9207 beside them, or with it among those that are signed. Section 2.4: errors too.
 *
 * DIFFERS FROM JARM s.3: a client that registered no algorithm is not taken to have registered RS256. Its requests for signed
 * answers are refused, and the refusal is not signed: anybody can make it come, and RSA would be a free way to use up the server.
 */
export async function answerParameters(
  op: Operation,
  keys: Pick<Keys, 'signJwt'>,
  issuer: string,
  client: Pick<Client, 'clientId' | 'authorizationSignedResponseAlg'>,
  path: Pick<ReturnPath, 'responseMode'>,
  parameters: Parameters,
): Promise<Parameters> {
  const algorithm = algorithmFor(client, path)
  if (algorithm === undefined) return { ...parameters, iss: issuer }
  const iat = epochSeconds(op.nowMs)
  const said = Object.fromEntries(Object.entries(parameters).filter(([, value]) => value !== undefined))
  const claims = { ...said, iss: issuer, aud: client.clientId, exp: iat + signedAnswerSeconds, iat }
  return { response: await keys.signJwt(op, idTokenPurposes[algorithm], signedAnswerType, claims) }
}

type Registered = Pick<Client, 'authorizationSignedResponseAlg'>

export function isAnswerSigned(client: Registered, path: Pick<ReturnPath, 'responseMode'>): boolean {
  return algorithmFor(client, path) !== undefined
}

function algorithmFor(client: Registered, { responseMode }: Pick<ReturnPath, 'responseMode'>): SigningAlgorithm | undefined {
  return isSigned(responseMode) ? client.authorizationSignedResponseAlg : undefined
}
