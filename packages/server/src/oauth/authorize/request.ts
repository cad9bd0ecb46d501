/**
 * The authorization request, RFC 6749 section 4.1.1 with RFC 7636, RFC 8707 and
 * OpenID Connect Core section 3.1.2.1: as it is sent, and as it is once every
 * check has passed.
 *
 * @module
 */

import { Type, type TSchema } from 'typebox'
import type { ClientId, ClientIdentifier, UserId } from '#kernel'
import { maxRequestObjectChars } from '#keys'
import type { AuthorizationDetail, GrantedClaims } from '#tokens'
import { mostDetailsBytes } from '../details/read.ts'
import type { ResponseMode } from './answer-client.ts'
import type { AskedStrength } from './strength.ts'

const text = (most: number) => Type.Optional(Type.String({ maxLength: most }))

/**
 * Everything but what these checks read is ignored, as RFC 6749 section 3.1
 * wants. The lengths keep the sealed request within what browsers and proxies
 * pass on in one URL.
 */
export const authorizeParameters: Readonly<Record<string, TSchema>> = {
  response_type: text(64),
  response_mode: text(32),
  client_id: text(2048),
  redirect_uri: text(2048),
  scope: text(1024),
  state: text(2048),
  nonce: text(512),
  code_challenge: text(128),
  code_challenge_method: text(16),
  prompt: text(64),
  max_age: text(16),
  login_hint: text(320),
  id_token_hint: text(4096),
  resource: text(2048),
  dpop_jkt: text(64),
  claims: text(2048),
  acr_values: text(256),
  authorization_details: text(mostDetailsBytes),
  request: text(maxRequestObjectChars),
  request_uri: Type.Optional(Type.String()),
  registration: Type.Optional(Type.String()),
}

export const authorizeSchema: TSchema = Type.Object(authorizeParameters, { additionalProperties: true })

/** The parameters as they were sent. What was sent empty was not sent (RFC 6749 section 3.1). */
export interface AuthorizeParameters {
  readonly responseType: string | undefined
  readonly responseMode: string | undefined
  readonly clientId: string | undefined
  readonly redirectUri: string | undefined
  readonly scope: string | undefined
  readonly state: string | undefined
  readonly nonce: string | undefined
  readonly codeChallenge: string | undefined
  readonly codeChallengeMethod: string | undefined
  readonly prompt: string | undefined
  readonly maxAge: string | undefined
  readonly loginHint: string | undefined
  readonly idTokenHint: string | undefined
  readonly resource: string | undefined
  readonly dpopJkt: string | undefined
  readonly authorizationDetails: string | undefined
  readonly claims: string | undefined
  readonly acrValues: string | undefined
  readonly request: string | undefined
  readonly requestUri: string | undefined
  readonly registration: string | undefined
}

type Sent = Readonly<Record<string, string | undefined>>

export function readAuthorizeParameters(sent: Sent): AuthorizeParameters {
  const value = (name: string): string | undefined => (sent[name] === '' ? undefined : sent[name])
  return {
    responseType: value('response_type'),
    responseMode: value('response_mode'),
    clientId: value('client_id'),
    redirectUri: value('redirect_uri'),
    scope: value('scope'),
    state: value('state'),
    nonce: value('nonce'),
    codeChallenge: value('code_challenge'),
    codeChallengeMethod: value('code_challenge_method'),
    prompt: value('prompt'),
    maxAge: value('max_age'),
    loginHint: value('login_hint'),
    idTokenHint: value('id_token_hint'),
    resource: value('resource'),
    dpopJkt: value('dpop_jkt'),
    authorizationDetails: value('authorization_details'),
    claims: value('claims'),
    acrValues: value('acr_values'),
    request: value('request'),
    requestUri: value('request_uri'),
    registration: value('registration'),
  }
}

/** Everything that the checks read, and nothing else. */
export function authorizeParametersOf(sent: Sent): Readonly<Record<string, string>> {
  return Object.fromEntries(Object.keys(authorizeParameters).flatMap((name) => (sent[name] === undefined ? [] : [[name, sent[name]]])))
}

/** The same as a query string. */
export function writeAuthorizeParameters(sent: Sent): string {
  return new URLSearchParams(authorizeParametersOf(sent)).toString()
}

export type Prompt = 'none' | 'login' | 'consent' | 'select_account'

/** A request that has passed every check. Sealed into the browser's state until the person has signed in and consented. */
export interface CheckedRequest {
  readonly client: ClientId
  readonly clientId: ClientIdentifier
  readonly redirectUri: string
  /** `query` when absent. */
  readonly responseMode?: Exclude<ResponseMode, 'query'>
  readonly scopes: readonly string[]
  /** What is asked for in detail, RFC 9396. */
  readonly details?: readonly AuthorizationDetail[]
  /** The `resource` that was asked for. */
  readonly resource?: string
  readonly challenge: string
  readonly state?: string
  readonly nonce?: string
  /** The key that the code is bound to, RFC 9449 section 10. */
  readonly dpopJkt?: string
  readonly prompt: readonly Prompt[]
  readonly maxAgeSeconds?: number
  readonly loginHint?: string
  /** The one person who may answer, by the client's ID token of them. */
  readonly person?: UserId
  /** The `sub` that alone may answer: one of these. */
  readonly subjects?: readonly string[]
  readonly strength?: AskedStrength
  /** Single claims by name, as they were asked for: what the client may not have, or nobody knows, is among them. */
  readonly claims?: GrantedClaims
  readonly createdAtMs: number
  /** Whom the consent page asks. Nobody else's answer is an answer to it. */
  readonly asks?: UserId
}
