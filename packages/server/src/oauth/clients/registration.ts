/**
 * What may be registered. Pure; the words are those of RFC 7591 section 3.2.2.
 *
 * @module
 */

import { isLoopback, refusals, type Refuse } from '#kernel'
import { readClientKey, readDistinguishedName, readIpName, type PublicJwk } from '#keys'
import { isScope } from '../scope.ts'
import { joiners, unseen } from '../unseen.ts'
import { expectedNames } from './certificate-names.ts'
import type { GrantType, Registration } from './client.ts'
import { settledMetadata, usualMetadata, type ClientMetadata, type MetadataChange } from './metadata.ts'
import { readSector, sectorOf } from './sector.ts'
import { profileContradiction, profileMetadata } from './profile.ts'

export const clientSays = {
  'client.exists': 'A client with this client_id exists already.',
  'client.changed': 'Somebody changed this client since you read it. Read it again.',
  'client.unknown': 'There is no such client.',
  'client.invalid_metadata': 'The registration of the client contradicts itself or asks for what is not offered.',
  'client.invalid_redirect_uri': 'A redirect URI must be absolute, without a fragment, and https, loopback http, or a private-use scheme.',
  'client.invalid_secret': 'A client secret must be 32 to 512 printable ASCII characters.',
  'client.profile_proof':
    'A client of a FAPI 2.0 profile proves itself with private_key_jwt or by certificate (mTLS), and in no other way.',
  'client.profile_algorithms': 'A client of a FAPI 2.0 profile signs with PS256, ES256 or EdDSA. Register keys for these alone.',
  'client.profile_bound':
    'A client of a FAPI 2.0 profile has its tokens bound: dpopBoundAccessTokens or tlsClientCertificateBoundAccessTokens has to be true.',
  'client.profile_pushed': 'A client of a FAPI 2.0 profile pushes its requests: requirePushedRequests has to be true.',
  'client.profile_pkce': 'A client of a FAPI 2.0 profile uses PKCE: unsafelyWithoutPkce has to be false.',
  'client.profile_redirect_uri': 'A client of a FAPI 2.0 profile is answered at https addresses alone.',
  'client.profile_signed': 'A client of fapi2-message-signing signs its requests: requireSignedRequestObject has to be true.',
  'client.profile_answers':
    'What a client of a FAPI 2.0 profile is given is signed with PS256, ES256 or EdDSA: idTokenSignedResponseAlg and authorizationSignedResponseAlg have to name one of them.',
  'client.too_many_secrets': 'A client has at most two secrets. Remove one first.',
} as const

export type ClientRefusalCode = keyof typeof clientSays

export const refuse: Refuse<ClientRefusalCode> = refusals(clientSays)

/** What a new registration says; the rest has defaults that are safe. */
export type NewRegistration = Pick<Registration, 'name' | 'kind' | 'grantTypes'> & Partial<Registration>

/** The registration with its defaults. Throws `client.invalid_metadata` and `client.invalid_redirect_uri`. */
export function completeRegistration(given: NewRegistration, longestAccessTokenSeconds: number): Registration {
  const registration: Registration = {
    redirectUris: [],
    postLogoutRedirectUris: [],
    scopes: [],
    firstParty: false,
    audiences: [],
    ...usualMetadata,
    ...given,
    ...unsaid(profileMetadata(given.securityProfile), given),
    tokenEndpointAuthMethod: given.tokenEndpointAuthMethod ?? usualAuthMethod(given),
  }
  checkRegistration(registration, longestAccessTokenSeconds)
  return registration
}

/** What a registration does not say, whether it leaves a member out or says that it is absent. */
function unsaid(usual: Partial<ClientMetadata>, given: Partial<ClientMetadata>): Partial<ClientMetadata> {
  return Object.fromEntries(Object.entries(usual).filter(([name]) => given[name as keyof ClientMetadata] === undefined))
}

type Proofs = Pick<Registration, 'kind' | 'clientKeys' | 'jwksUri'>

function usualAuthMethod(given: Proofs): Registration['tokenEndpointAuthMethod'] {
  if (given.kind === 'public') return 'none'
  return hasKeys(given) ? 'private_key_jwt' : 'client_secret_basic'
}

function hasKeys({ clientKeys, jwksUri }: Omit<Proofs, 'kind'>): boolean {
  return clientKeys !== undefined || jwksUri !== undefined
}

/** Whether it proves itself by a secret. */
export function hasSecret(given: Pick<Registration, 'tokenEndpointAuthMethod'>): boolean {
  return secretKind(given) !== undefined
}

/** How its secrets are kept: one that is sent is compared by a hash, one that signs has to be had. */
export function secretKind({
  tokenEndpointAuthMethod: method,
}: Pick<Registration, 'tokenEndpointAuthMethod'>): 'hashed' | 'sealed' | undefined {
  if (method === 'client_secret_jwt') return 'sealed'
  return method === 'client_secret_basic' || method === 'client_secret_post' ? 'hashed' : undefined
}

/** A change of a registration; `null` sets a member of the metadata, or the keys, back. */
export type RegistrationChange = Partial<Omit<Registration, keyof MetadataChange | 'clientKeys'>> &
  MetadataChange & { readonly clientKeys?: Registration['clientKeys'] | null }

/**
 * What a registration is after a change, to be checked. Where nobody says a method, it goes over to keys with the first of them,
 * and from them with the last.
 */
export function changedRegistration<Before extends Registration>(before: Before, { clientKeys, ...change }: RegistrationChange): Before {
  const keys = clientKeys === undefined ? {} : { clientKeys: clientKeys ?? undefined }
  const after = { ...before, ...change, ...settledMetadata(change), ...keys }
  const goesOver = hasKeys(after) ? !hasKeys(before) && hasSecret(before) : before.tokenEndpointAuthMethod === 'private_key_jwt'
  const { tokenEndpointAuthMethod: asked = goesOver ? null : before.tokenEndpointAuthMethod } = change
  return { ...after, tokenEndpointAuthMethod: asked ?? usualAuthMethod(after) }
}

/** The one that signs now, the one after it, and room for as many machines again. */
const mostClientKeys = 4

/** Reads the keys that somebody registers. Throws `client.invalid_metadata`. */
export function readClientKeys(given: readonly Readonly<Record<string, unknown>>[]): readonly PublicJwk[] {
  return given.map((jwk) => {
    const key = readClientKey(jwk)
    if (key === undefined) throw refuse('client.invalid_metadata', 'a key')
    return key
  })
}

const grantTypes: readonly GrantType[] = ['authorization_code', 'refresh_token', 'client_credentials']

/** A minute: shorter than the clocks of two machines differ, a token would be born expired. */
const shortestAccessTokenSeconds = 60

export function checkRegistration(given: Registration, longestAccessTokenSeconds: number): void {
  const wrong = (detail: string) => refuse('client.invalid_metadata', detail)
  const may = (grant: GrantType): boolean => given.grantTypes.includes(grant)
  if (given.name === '' || given.name.length > 128 || unseen.test(given.name.replaceAll(joiners, ''))) throw wrong('name')
  if (given.grantTypes.length === 0 || !given.grantTypes.every((grant) => grantTypes.includes(grant))) throw wrong('grant types')
  if ((given.kind === 'public') !== (given.tokenEndpointAuthMethod === 'none')) throw wrong('authentication')
  const keys = given.clientKeys ?? []
  const { jwksUri } = given
  if (jwksUri !== undefined && (keys.length > 0 || !isKeysUri(jwksUri))) throw wrong('jwks_uri')
  if (given.tokenEndpointAuthMethod === 'private_key_jwt' && keys.length === 0 && jwksUri === undefined)
    throw wrong('keys and authentication')
  checkCertificates(given, wrong)
  if (keys.length > mostClientKeys || new Set(keys.map(({ kid }) => kid)).size < keys.length) throw wrong('keys')
  const contradicted = profileContradiction(given)
  if (contradicted !== undefined) throw refuse(contradicted)
  if (given.requireSignedRequestObject && keys.length === 0 && jwksUri === undefined) throw wrong('nothing to sign requests with')
  const { requestObjectSigningAlg: signs } = given
  if (signs !== undefined && jwksUri === undefined && !keys.some(({ alg }) => alg === signs))
    throw wrong('no key for the algorithm of requests')
  // RFC 9700 section 2.1.1: public clients MUST use PKCE. Nothing else proves them.
  if (given.unsafelyWithoutPkce && given.kind === 'public') throw wrong('a public client is proved by PKCE alone')
  if (given.subjectType === 'pairwise' && readSector(given) === undefined) throw wrong('a sector is one host')
  const { sectorIdentifierUri: sector } = given
  if (sector !== undefined && (given.subjectType !== 'pairwise' || URL.parse(sector)?.protocol !== 'https:')) throw wrong('sector')
  // RFC 6749 section 4.4: "MUST only be used by confidential clients".
  if (may('client_credentials') && given.kind === 'public') throw wrong('a public client cannot prove that it acts for itself')
  if (may('refresh_token') && !may('authorization_code')) throw wrong('nothing to refresh')
  if (may('authorization_code') !== given.redirectUris.length > 0) throw wrong('redirect URIs and grant types')
  if (given.redirectUris.length > 64 || given.postLogoutRedirectUris.length > 64) throw wrong('too many redirect URIs')
  if (given.scopes.length > 64 || !given.scopes.every(isScope)) throw wrong('scopes')
  if (given.audiences.length > 16 || !given.audiences.every(isAudience)) throw wrong('audiences')
  const served = given.introspects ?? []
  if (served.length > 16 || !served.every(isAudience)) throw wrong('introspects')
  if (served.length > 0 && given.kind === 'public') throw wrong('a public client cannot prove that it may ask about tokens')
  if (!Number.isSafeInteger(given.accessTokenSeconds)) throw wrong('access token lifetime')
  if (given.accessTokenSeconds < shortestAccessTokenSeconds || given.accessTokenSeconds > longestAccessTokenSeconds) {
    throw wrong('access token lifetime')
  }
  for (const uri of [...given.redirectUris, ...given.postLogoutRedirectUris]) {
    if (!isRedirectUri(uri)) throw refuse('client.invalid_redirect_uri')
  }
}

/** RFC 8705 section 2: exactly one name with `tls_client_auth`, certificates with its self-signed sibling. */
function checkCertificates(given: Registration, wrong: (detail: string) => Error): void {
  const { tokenEndpointAuthMethod: method, clientKeys = [], jwksUri, tlsClientAuthSubjectDn: subject, tlsClientAuthSanIp: ip } = given
  if (expectedNames(given).length !== (method === 'tls_client_auth' ? 1 : 0)) throw wrong('one name of a certificate')
  if (subject !== undefined && readDistinguishedName(subject) === undefined) throw wrong('tls_client_auth_subject_dn')
  if (ip !== undefined && readIpName(ip) === undefined) throw wrong('tls_client_auth_san_ip')
  if (method === 'self_signed_tls_client_auth' && jwksUri === undefined && !clientKeys.some((key) => 'x5c' in key))
    throw wrong('no certificate among the keys')
  if (given.tlsClientCertificateBoundAccessTokens && given.dpopBoundAccessTokens) throw wrong('bound to two things')
}

/** Longer than any address that browsers pass on. */
const longestUri = 2048

/**
 * Where a browser may be sent with a code: https; http that never leaves the
 * machine (RFC 8252 section 7.3); or a private-use scheme, which has a dot because
 * it is a domain name reversed (section 7.1), so that `javascript:` is none.
 */
export function isRedirectUri(text: string): boolean {
  if (text.length > longestUri || text.includes('#') || !/^[\x21-\x7e]+$/.test(text)) return false
  const url = URL.parse(text)
  if (url === null || url.username !== '' || url.password !== '') return false
  if (url.protocol === 'https:') return true
  return url.protocol === 'http:' ? isLoopback(url.hostname) : url.protocol.includes('.')
}

/** Where we may ask for keys, as far as that can be said of a text: the guard of outbound requests knows the rest. */
function isKeysUri(text: string): boolean {
  if (text.length > longestUri || text.includes('#') || !/^[\x21-\x7e]+$/.test(text)) return false
  const url = URL.parse(text)
  return url?.protocol === 'https:' && url.username === '' && url.password === ''
}

/** The `resource` of RFC 8707 section 2: an absolute URI without a fragment. */
export function isAudience(text: string): boolean {
  return text.length <= longestUri && !text.includes('#') && /^[\x21-\x7e]+$/.test(text) && URL.parse(text) !== null
}

/**
 * Whether a change takes anything away, so that what was given out before must die: codes, tokens, families. Redirect URIs are not
 * among it: of what was given out they concern codes alone, and a code is held against them when it is exchanged.
 */
export function takesAway(before: Registration, after: Registration): boolean {
  const lost = (list: (registration: Registration) => readonly string[]): boolean =>
    list(before).some((item) => !list(after).includes(item))
  return (
    lost((registration) => registration.scopes) ||
    lost((registration) => registration.audiences) ||
    lost((registration) => registration.grantTypes) ||
    lost((registration) => registration.authorizationDetailsTypes ?? []) ||
    // Ours no more: nobody was asked whether it may have what it has.
    (before.firstParty && !after.firstParty) ||
    // What it had before it lived under the rules was not given under them.
    (after.securityProfile !== undefined && before.securityProfile !== after.securityProfile) ||
    (!before.dpopBoundAccessTokens && after.dpopBoundAccessTokens) ||
    // What was given out names people otherwise than what will be.
    sectorOf(before) !== sectorOf(after) ||
    // What was given out can be read by whoever has it.
    (before.accessTokenFormat === 'jwt' && after.accessTokenFormat === 'opaque') ||
    (!before.tlsClientCertificateBoundAccessTokens && after.tlsClientCertificateBoundAccessTokens) ||
    lost((registration) => expectedNames(registration).map(({ kind, value }) => `${kind} ${value}`)) ||
    before.kind !== after.kind ||
    before.tokenEndpointAuthMethod !== after.tokenEndpointAuthMethod ||
    lost((registration) => (registration.clientKeys ?? []).map((key) => JSON.stringify(key))) ||
    lost(({ jwksUri }) => (jwksUri === undefined ? [] : [jwksUri]))
  )
}
