/**
 * The order in which an authorization request is checked.
 *
 * First who asks and where the answer would go: until both are known, the answer
 * is a page, because an address that a stranger wrote must never receive
 * anything (RFC 6749 section 4.1.2.1, RFC 9700 section 4.11). From there on the
 * answer goes to the client. Then what is not offered at all, then what this
 * client may not have, then what is malformed.
 *
 * @module
 */

import { refusals, type Refuse, type UserId } from '#kernel'
import type { Client } from '../clients/client.ts'
import { readDetails } from '../details/read.ts'
import type { DetailTypes } from '../details/registered.ts'
import { readScopes } from '../scope.ts'
import { hasAnswersSigned } from '../clients/profile.ts'
import { isSigned, readResponseMode, type ResponseMode } from './answer-client.ts'
import { isRegisteredRedirectUri } from './check-redirect-uri.ts'
import { readClaimsRequest, type ClaimsRequest } from './claims-request.ts'
import type { AuthorizeParameters, CheckedRequest, Prompt } from './request.ts'

export const authorizeSays = {
  'authorize.unknown_client': 'The app that sent you here is not known.',
  'authorize.redirect_uri': 'The app that sent you here asked for an answer at an address that is not registered for it.',
  'authorize.state_not_valid': 'This sign-in is no longer valid here. Go back to the app and start again.',
  'authorize.request_object': 'The request object is not one that the client signed for this server and this hour.',
  'authorize.request_object_encrypted': 'Encrypted request objects are not supported.',
  'authorize.request_not_signed': 'The client has to sign its requests.',
  'authorize.request_uri': 'Request objects by reference are not supported.',
  'authorize.pushed_request': 'This request is unknown, was used already, or is too old. Go back to the app and start again.',
  'authorize.not_pushed': 'The client has to push its requests.',
  'authorize.registration': 'Registration within a request is not supported.',
  'authorize.response_type_missing': 'The response_type is missing.',
  'authorize.response_type': 'The only supported response_type is code.',
  'authorize.response_mode': 'The response_mode is query or query.jwt, or form_post or form_post.jwt to an address of the web.',
  'authorize.answer_not_signed': 'The client has its answers signed: the response_mode is jwt, query.jwt or form_post.jwt.',
  'authorize.answer_algorithm': 'The client registered no algorithm for signed answers.',
  'authorize.id_token_hint': 'The id_token_hint is not an ID token that this server gave to the client.',
  'authorize.grant_not_allowed': 'The client is not registered for the authorization code grant.',
  'authorize.pkce_missing': 'A code_challenge is required.',
  'authorize.pkce_method': 'The only supported code_challenge_method is S256.',
  'authorize.pkce_malformed': 'The code_challenge is not a SHA-256 in base64url.',
  'authorize.scope': 'None of the requested scopes is registered for the client.',
  'authorize.prompt': 'The prompt is not one that is supported, or contradicts itself.',
  'authorize.max_age': 'The max_age is not a whole number of seconds.',
  'authorize.resource': 'The resource is not registered for the client.',
  'authorize.dpop_jkt': 'The dpop_jkt is not a SHA-256 in base64url.',
  'authorize.claims': 'The claims parameter is not a request for claims.',
  'authorize.unmet_authentication': 'Nobody can sign in as strongly as the client needs.',
  'authorize.authorization_details':
    'The authorization_details are malformed, or of a type or with a member that the client may not ask for.',
  'authorize.login_required': 'The person is not signed in.',
  'authorize.consent_required': 'The person has not allowed this.',
  'authorize.denied': 'The person did not allow this.',
} as const

export type AuthorizeRefusalCode = keyof typeof authorizeSays

/** What is wrong with a request object. */
export type ObjectRefusalCode = Extract<AuthorizeRefusalCode, `authorize.request_object${string}`>

export const refuse: Refuse<AuthorizeRefusalCode> = refusals(authorizeSays)

/** What a step looks at. */
export interface Asked {
  readonly parameters: AuthorizeParameters
  readonly client: Client | undefined
  /** Whether the client sent the request itself, RFC 9126. */
  readonly pushed?: boolean
  /** Whether the parameters are what the client signed (RFC 9101), or what is wrong with its request object. They are those beside it then. */
  readonly object?: 'held' | ObjectRefusalCode | undefined
  /** Every client has to push, but for ours and those that are named. */
  readonly requirePushedRequests?: { readonly except: readonly string[] } | undefined
  /** Those that are registered with the server; none where absent. */
  readonly detailTypes?: Pick<DetailTypes, 'fit'> | undefined
  /** Whom the ID token of the hint is about. */
  readonly hinted?: HintedPerson | undefined
}

/** What was read from an `id_token_hint`. */
export interface HintedPerson {
  readonly user: UserId
  readonly clientId: string
}

export interface Step {
  /** What holds after this step. */
  readonly promise: string
  /** Who is told that it does not. */
  readonly tell: 'person' | 'client'
  readonly failure: (asked: Asked) => AuthorizeRefusalCode | undefined
}

/** All checks, in their order. */
export const authorizeSteps: readonly Step[] = [
  {
    promise: 'the client is registered',
    tell: 'person',
    failure: ({ client }) => (client === undefined ? 'authorize.unknown_client' : undefined),
  },
  {
    promise: 'the request object holds, where the redirect URI is in it alone',
    tell: 'person',
    failure: (asked) => (checkRedirectUri(asked) === undefined ? undefined : checkObject(asked)),
  },
  { promise: 'the redirect URI is the client’s', tell: 'person', failure: checkRedirectUri },
  {
    promise: 'the request was pushed, where the client pushes its requests',
    tell: 'client',
    failure: checkPushed,
  },
  { promise: 'the request object holds', tell: 'client', failure: checkObject },
  {
    promise: 'there is no request URI',
    tell: 'client',
    failure: ({ parameters }) => whenSent(parameters.requestUri, 'authorize.request_uri'),
  },
  {
    promise: 'the request is signed, where the client signs its requests',
    tell: 'client',
    failure: ({ client, object }) =>
      client?.requireSignedRequestObject === true && object !== 'held' ? 'authorize.request_not_signed' : undefined,
  },
  {
    promise: 'there is no registration',
    tell: 'client',
    failure: ({ parameters }) => whenSent(parameters.registration, 'authorize.registration'),
  },
  { promise: 'a code is asked for', tell: 'client', failure: checkResponseType },
  { promise: 'the answer goes into the query or a form', tell: 'client', failure: checkResponseMode },
  { promise: 'the answer is signed, where the client has its answers signed', tell: 'client', failure: checkSignedAnswer },
  {
    promise: 'the client registered by what its answers are signed, where it asks for signed ones',
    tell: 'client',
    failure: checkAnswerAlgorithm,
  },
  { promise: 'the client may have codes', tell: 'client', failure: checkGrant },
  { promise: 'the code is bound to a secret of the sender', tell: 'client', failure: checkPkce },
  { promise: 'the client may have one of the scopes', tell: 'client', failure: checkScope },
  { promise: 'the client may ask for the details, and a person can be shown them', tell: 'client', failure: checkDetails },
  { promise: 'the resource is one of the client’s', tell: 'client', failure: checkResource },
  { promise: 'the prompt makes sense', tell: 'client', failure: checkPrompt },
  { promise: 'the hint is the client’s', tell: 'client', failure: checkIdTokenHint },
  { promise: 'the age is a number', tell: 'client', failure: checkMaxAge },
  { promise: 'the key for the code has a thumbprint', tell: 'client', failure: checkDpopKey },
  { promise: 'single claims are asked for in their form', tell: 'client', failure: checkClaims },
]

/** The first step that fails, or the request with all of them passed. Pure. */
export function checkAuthorize(
  asked: Asked,
  nowMs: number,
): CheckedRequest | { readonly failed: AuthorizeRefusalCode; readonly tell: Step['tell'] } {
  for (const { failure, tell } of authorizeSteps) {
    const failed = failure(asked)
    if (failed !== undefined) return { failed, tell }
  }
  return checkedRequest(asked, nowMs)
}

/** Whether a request that was checked a while ago would still pass: its client may have changed since. */
export function stillFits(request: CheckedRequest, client: Client): boolean {
  return (
    client.id === request.client &&
    client.grantTypes.includes('authorization_code') &&
    isRegisteredRedirectUri(client.redirectUris, request.redirectUri) &&
    (request.challenge !== '' || client.unsafelyWithoutPkce) &&
    request.scopes.every((scope) => client.scopes.includes(scope)) &&
    maySign(client, request.responseMode) &&
    (request.resource === undefined || client.audiences.includes(request.resource))
  )
}

function whenSent(value: string | undefined, code: AuthorizeRefusalCode): AuthorizeRefusalCode | undefined {
  return value === undefined ? undefined : code
}

/** RFC 9126 section 5. Our own clients have no server of theirs between the browser and us that a request could be pushed by. */
function checkPushed({ client, pushed, requirePushedRequests: all }: Asked): AuthorizeRefusalCode | undefined {
  if (client === undefined || pushed === true) return undefined
  const isOurs = client.firstParty || all?.except.includes(client.clientId) === true
  return client.requirePushedRequests || (all !== undefined && !isOurs) ? 'authorize.not_pushed' : undefined
}

function checkObject({ object }: Asked): AuthorizeRefusalCode | undefined {
  return object === 'held' ? undefined : object
}

/** DIFFERS FROM RFC 6749 s.3.1.2.3: the parameter is required even where one URI is registered, as OpenID Connect wants; nothing is guessed. */
function checkRedirectUri({ parameters: { redirectUri }, client }: Asked): AuthorizeRefusalCode | undefined {
  const fits = redirectUri !== undefined && client !== undefined && isRegisteredRedirectUri(client.redirectUris, redirectUri)
  return fits ? undefined : 'authorize.redirect_uri'
}

function checkResponseType({ parameters: { responseType } }: Asked): AuthorizeRefusalCode | undefined {
  if (responseType === undefined) return 'authorize.response_type_missing'
  return responseType === 'code' ? undefined : 'authorize.response_type'
}

function checkResponseMode({ parameters: { responseMode, redirectUri } }: Asked): AuthorizeRefusalCode | undefined {
  return readResponseMode(responseMode, redirectUri) === undefined ? 'authorize.response_mode' : undefined
}

/** FAPI 2.0 Message Signing section 5.4.1. */
function checkSignedAnswer({ parameters: { responseMode, redirectUri }, client }: Asked): AuthorizeRefusalCode | undefined {
  if (client === undefined || !hasAnswersSigned(client)) return undefined
  return isSigned(readResponseMode(responseMode, redirectUri)) ? undefined : 'authorize.answer_not_signed'
}

function checkAnswerAlgorithm({ parameters: { responseMode, redirectUri }, client }: Asked): AuthorizeRefusalCode | undefined {
  const fits = client === undefined || maySign(client, readResponseMode(responseMode, redirectUri))
  return fits ? undefined : 'authorize.answer_algorithm'
}

const maySign = (client: Client, mode: ResponseMode | undefined): boolean =>
  !isSigned(mode) || client.authorizationSignedResponseAlg !== undefined

/** OpenID Connect Core section 3.1.2.1. Only the client's own: whether somebody else's person is there is not for it to find out. */
function checkIdTokenHint({ parameters: { idTokenHint }, client, hinted }: Asked): AuthorizeRefusalCode | undefined {
  return idTokenHint === undefined || (hinted !== undefined && hinted.clientId === client?.clientId) ? undefined : 'authorize.id_token_hint'
}

function checkGrant({ client }: Asked): AuthorizeRefusalCode | undefined {
  return client?.grantTypes.includes('authorization_code') === true ? undefined : 'authorize.grant_not_allowed'
}

/** OAUTH-3. An absent method means `plain` (RFC 7636 section 4.3), and `plain` protects from nobody who sees the request. */
function checkPkce(asked: Asked): AuthorizeRefusalCode | undefined {
  const { codeChallenge, codeChallengeMethod } = asked.parameters
  if (codeChallenge === undefined) return codeChallengeMethod === undefined && isExempt(asked) ? undefined : 'authorize.pkce_missing'
  if (codeChallengeMethod !== 'S256') return 'authorize.pkce_method'
  return /^[A-Za-z0-9_-]{43}$/.test(codeChallenge) ? undefined : 'authorize.pkce_malformed'
}

/** RFC 9700 section 2.1.1: in place of PKCE the nonce of the ID token ties the answer to the request. */
function isExempt({ parameters: { nonce, scope }, client }: Asked): boolean {
  return client?.unsafelyWithoutPkce === true && nonce !== undefined && grantable(scope, client).includes('openid')
}

function checkScope({ parameters, client }: Asked): AuthorizeRefusalCode | undefined {
  // RFC 9396 section 3: details may be all that is asked for.
  return grantable(parameters.scope, client).length > 0 || parameters.authorizationDetails !== undefined ? undefined : 'authorize.scope'
}

/** RFC 9396 section 5: of a type that is registered with the server and the client, with nothing else in them. */
function checkDetails({ parameters: { authorizationDetails: text }, client, detailTypes }: Asked): AuthorizeRefusalCode | undefined {
  if (text === undefined) return undefined
  const details = readDetails(text)
  const fits = details !== undefined && detailTypes?.fit(details, client?.authorizationDetailsTypes ?? []) === true
  return fits ? undefined : 'authorize.authorization_details'
}

/**
 * The scopes of the request that the client is registered for. The others are
 * ignored (OpenID Connect Core section 3.1.2.1), and the token answer says what
 * was granted (RFC 6749 section 3.3).
 */
function grantable(scope: string | undefined, client: Client | undefined): readonly string[] {
  const asked = scope === undefined ? [] : (readScopes(scope) ?? [])
  return asked.filter((one) => client?.scopes.includes(one))
}

function checkResource({ parameters: { resource }, client }: Asked): AuthorizeRefusalCode | undefined {
  return resource === undefined || client?.audiences.includes(resource) === true ? undefined : 'authorize.resource'
}

const prompts: readonly string[] = ['none', 'login', 'consent', 'select_account'] satisfies readonly Prompt[]

/** OpenID Connect Core section 3.1.2.1: `none` stands alone. */
function checkPrompt({ parameters: { prompt } }: Asked): AuthorizeRefusalCode | undefined {
  if (prompt === undefined) return undefined
  const words = prompt.split(' ')
  const fits = words.every((word) => prompts.includes(word)) && (words.length === 1 || !words.includes('none'))
  return fits ? undefined : 'authorize.prompt'
}

/** Nine digits are thirty years. */
function checkMaxAge({ parameters: { maxAge } }: Asked): AuthorizeRefusalCode | undefined {
  return maxAge === undefined || /^(0|[1-9]\d{0,8})$/.test(maxAge) ? undefined : 'authorize.max_age'
}

function checkDpopKey({ parameters: { dpopJkt } }: Asked): AuthorizeRefusalCode | undefined {
  return dpopJkt === undefined || /^[A-Za-z0-9_-]{43}$/.test(dpopJkt) ? undefined : 'authorize.dpop_jkt'
}

/** OpenID Connect Core section 5.5. In a request of plain OAuth 2.0 the parameter means nothing. */
function checkClaims({ parameters, client }: Asked): AuthorizeRefusalCode | undefined {
  return readClaims(parameters, grantable(parameters.scope, client)) === undefined ? 'authorize.claims' : undefined
}

function readClaims({ claims }: AuthorizeParameters, scopes: readonly string[]): ClaimsRequest | undefined {
  return claims === undefined || !scopes.includes('openid') ? {} : readClaimsRequest(claims)
}

/** OpenID Connect Core section 3.1.2.1. An `acr` that is asked for as a claim goes before it. */
function wishedStrength({ acrValues }: AuthorizeParameters): Pick<CheckedRequest, 'strength'> {
  const values = acrValues?.split(' ').filter((value) => value !== '') ?? []
  return values.length === 0 ? {} : { strength: { values, essential: false } }
}

function checkedRequest({ parameters, client, hinted }: Asked, nowMs: number): CheckedRequest {
  const responseMode = readResponseMode(parameters.responseMode, parameters.redirectUri)
  const details = parameters.authorizationDetails === undefined ? undefined : readDetails(parameters.authorizationDetails)
  const { redirectUri, codeChallenge, state, nonce, prompt, maxAge, loginHint, resource, dpopJkt } = parameters
  if (client === undefined || redirectUri === undefined) throw new Error('a step let the request pass')
  const scopes = grantable(parameters.scope, client)
  return {
    client: client.id,
    clientId: client.clientId,
    redirectUri,
    scopes,
    challenge: codeChallenge ?? '',
    prompt: (prompt?.split(' ') ?? []) as readonly Prompt[],
    createdAtMs: nowMs,
    ...wishedStrength(parameters),
    ...readClaims(parameters, scopes),
    ...(responseMode === undefined || responseMode === 'query' ? {} : { responseMode }),
    ...(details === undefined ? {} : { details }),
    ...(hinted === undefined ? {} : { person: hinted.user }),
    ...(resource === undefined ? {} : { resource }),
    ...(state === undefined ? {} : { state }),
    ...(nonce === undefined ? {} : { nonce }),
    ...(dpopJkt === undefined ? {} : { dpopJkt }),
    ...(maxAge === undefined ? {} : { maxAgeSeconds: Number(maxAge) }),
    ...(loginHint === undefined ? {} : { loginHint }),
  }
}
