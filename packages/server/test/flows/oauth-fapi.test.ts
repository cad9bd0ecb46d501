/** Clients under the FAPI 2.0 Security Profile and FAPI 2.0 Message Signing: what they may be registered as, and the whole way of a request. @module */

import assert from 'node:assert/strict'
import { generateKeyPairSync, sign } from 'node:crypto'
import { test } from 'node:test'
import { createLocalJWKSet, jwtVerify, type JSONWebKeySet } from 'jose'
import type { InjectOptions } from 'light-my-request'
import { base64url, newId, randomBytes, utf8 } from '#kernel'
import type { NewClient } from '#oauth'
import { clientPair, signedBy } from '../client-keys.ts'
import { proofBy, proofKey, type ProofSaid } from '../dpop.ts'
import { answered, claimsOf, form, issuer, openHouse, pkce } from './oauth-house.ts'

const house = await openHouse()
const redirectUri = 'https://app.example/cb'
const key = await clientPair('ES256')
const rs256 = await clientPair('RS256')
const registration: NewClient = {
  name: 'Bank app',
  kind: 'confidential',
  grantTypes: ['authorization_code', 'refresh_token', 'client_credentials'],
  redirectUris: [redirectUri],
  scopes: ['openid', 'offline_access', 'accounts'],
  audiences: ['https://bank.example'],
  clientKeys: [key.jwk],
  firstParty: true,
}
const { client: plain } = await house.clients.create(house.op(), { ...registration, securityProfile: 'fapi2' })
const { client: signing } = await house.clients.create(house.op(), { ...registration, securityProfile: 'fapi2-message-signing' })
type Client = typeof plain

const alice = newId('usr')
house.people.set(alice, { username: 'alice' })
const pair = pkce()
const dpopKey = proofKey()
type Fields = Readonly<Record<string, string>>
type Claims = Readonly<Record<string, unknown>>

let requests = 0
const inject = async (options: InjectOptions) => {
  requests += 1
  return house.inject({ ...options, remoteAddress: `203.0.113.${requests % 256}` })
}
const nowSeconds = (): number => Math.floor(house.clock.wallMs() / 1000)

const assertion = async (client: Client, claims: Claims = {}): Promise<Fields> => ({
  client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
  client_assertion: await signedBy(key, {
    iss: client.clientId,
    sub: client.clientId,
    aud: issuer,
    exp: nowSeconds() + 60,
    jti: base64url(randomBytes(9)),
    ...claims,
  }),
})

let nonce: string | undefined
const proof = (path: string, said: Partial<ProofSaid> = {}): Fields => ({
  dpop: proofBy(dpopKey, 'POST', `${issuer}${path}`, { nonce, nowMs: house.clock.wallMs(), ...said }),
})

/** Asks with a proof, and once more with the nonce of the answer. */
async function proved(path: string, fields: () => Promise<Fields>) {
  const first = await inject(form(path, { ...(await fields()) }, proof(path)))
  if (first.json().error !== 'use_dpop_nonce') return first
  nonce = String(first.headers['dpop-nonce'])
  return inject(form(path, { ...(await fields()) }, proof(path)))
}

const asked = (client: Client, more: Fields = {}): Fields => ({
  response_type: 'code',
  client_id: client.clientId,
  redirect_uri: redirectUri,
  scope: 'openid offline_access accounts',
  state: 'st-1',
  code_challenge: pair.challenge,
  code_challenge_method: 'S256',
  ...more,
})

const push = async (client: Client, fields: Fields, claims: Claims = {}) =>
  inject(form('/par', { ...fields, ...(await assertion(client, claims)) }))

const object = async (claims: Claims = {}): Promise<string> =>
  signedBy(
    key,
    {
      iss: signing.clientId,
      aud: issuer,
      nbf: nowSeconds(),
      exp: nowSeconds() + 300,
      ...asked(signing, { response_mode: 'jwt' }),
      ...claims,
    },
    { typ: 'oauth-authz-req+jwt' },
  )

const authorize = async (client: Client, requestUri: string) => {
  const query = new URLSearchParams({ client_id: client.clientId, request_uri: requestUri }).toString()
  return inject({ method: 'GET', url: `/authorize?${query}`, cookies: { countersign_session: house.signIn(alice).cookie } })
}

async function codeFor(client: Client, more: Fields = {}): Promise<string> {
  const pushed = await push(client, asked(client, more))
  assert.equal(pushed.statusCode, 201, pushed.body)
  return answered(await authorize(client, String(pushed.json().request_uri))).searchParams.get('code') ?? ''
}

const exchange = async (client: Client, code: string) =>
  proved('/token', async () => ({
    grant_type: 'authorization_code',
    code,
    redirect_uri: redirectUri,
    code_verifier: pair.verifier,
    ...(await assertion(client)),
  }))

test('FAPI 2.0 section 5.3.2: pushed, proved by a key, bound to a key: tokens come of it', async () => {
  const pushed = await push(plain, asked(plain))
  assert.ok(Number(pushed.json().expires_in) < 600)
  const location = answered(await authorize(plain, String(pushed.json().request_uri)))
  assert.deepEqual([location.searchParams.get('iss'), location.searchParams.get('state')], [issuer, 'st-1'])
  const answer = await exchange(plain, location.searchParams.get('code') ?? '')
  assert.deepEqual([answer.statusCode, answer.json().token_type], [200, 'DPoP'])
  assert.equal(headerOf(String(answer.json().id_token))['alg'], 'ES256')
  assert.ok('jkt' in (claimsOf(String(answer.json().access_token))['cnf'] as object))
})

test('one word says what the profile asks for', () => {
  assert.deepEqual([plain.requirePushedRequests, plain.dpopBoundAccessTokens, plain.requireSignedRequestObject], [true, true, false])
  assert.equal(signing.requireSignedRequestObject, true)
})

const without = ({ clientKeys: _keys, ...rest }: NewClient): NewClient => rest
const contradictions: readonly (readonly [string, NewClient, string])[] = [
  ['a secret', without(registration), 'client.profile_proof'],
  ['a secret beside its keys', { ...registration, tokenEndpointAuthMethod: 'client_secret_basic' }, 'client.profile_proof'],
  ['nothing that it proves itself by', { ...registration, kind: 'public', grantTypes: ['authorization_code'] }, 'client.profile_proof'],
  ['a key for RS256', { ...registration, clientKeys: [rs256.jwk] }, 'client.profile_algorithms'],
  ['a key for RS256 beside another', { ...registration, clientKeys: [key.jwk, rs256.jwk] }, 'client.profile_algorithms'],
  ['tokens that are not bound', { ...registration, dpopBoundAccessTokens: false }, 'client.profile_bound'],
  ['requests that are not pushed', { ...registration, requirePushedRequests: false }, 'client.profile_pushed'],
  ['ID tokens by RS256', { ...registration, idTokenSignedResponseAlg: 'RS256' }, 'client.profile_answers'],
  ['signed answers by RS256', { ...registration, authorizationSignedResponseAlg: 'RS256' }, 'client.profile_answers'],
  ['requests without PKCE', { ...registration, unsafelyWithoutPkce: true }, 'client.profile_pkce'],
  ['an address on the loopback', { ...registration, redirectUris: ['http://127.0.0.1/cb'] }, 'client.profile_redirect_uri'],
  ['an address of an app', { ...registration, redirectUris: [redirectUri, 'com.example.app:/cb'] }, 'client.profile_redirect_uri'],
]
for (const [says, given, code] of contradictions) {
  test(`a client of the profile with ${says} is refused, and told what is missing`, async () => {
    for (const securityProfile of ['fapi2', 'fapi2-message-signing'] as const)
      await assert.rejects(house.clients.create(house.op(), { ...given, securityProfile }), { code })
  })
}

const certified: NewClient = {
  ...without(registration),
  tokenEndpointAuthMethod: 'tls_client_auth',
  tlsClientAuthSanDns: 'client.example',
  tlsClientCertificateBoundAccessTokens: true,
  dpopBoundAccessTokens: false,
  securityProfile: 'fapi2',
}

test('FAPI 2.0 section 5.3.2.1: a client may prove itself by certificate, and its tokens are bound to that or to a key', async () => {
  const { client } = await house.clients.create(house.op(), certified)
  assert.deepEqual(
    [client.tokenEndpointAuthMethod, client.tlsClientCertificateBoundAccessTokens, client.dpopBoundAccessTokens],
    ['tls_client_auth', true, false],
  )
  const byKey = { ...certified, tlsClientCertificateBoundAccessTokens: false, dpopBoundAccessTokens: true }
  assert.equal((await house.clients.create(house.op(), byKey)).client.dpopBoundAccessTokens, true)
  const unbound = { ...certified, tlsClientCertificateBoundAccessTokens: false }
  await assert.rejects(house.clients.create(house.op(), unbound), { code: 'client.profile_bound' })
})

test('what a profile means holds where a member is said to be absent', async () => {
  const { client } = await house.clients.create(house.op(), {
    ...registration,
    securityProfile: 'fapi2-message-signing',
    authorizationSignedResponseAlg: undefined,
  })
  assert.equal(client.authorizationSignedResponseAlg, 'ES256')
})

test('Message Signing without signed requests is refused, and so is a change that leaves the profile half', async () => {
  const unsigned = { ...registration, securityProfile: 'fapi2-message-signing', requireSignedRequestObject: false } as const
  await assert.rejects(house.clients.create(house.op(), unsigned), { code: 'client.profile_signed' })
  await assert.rejects(house.clients.update(house.op(), plain.id, { dpopBoundAccessTokens: false }), { code: 'client.profile_bound' })
  const { client } = await house.clients.create(house.op(), registration)
  await assert.rejects(house.clients.update(house.op(), client.id, { securityProfile: 'fapi2' }), { code: 'client.profile_bound' })
})

test('FAPI 2.0 section 5.3.2.2: a request that was not pushed is refused', async () => {
  const straight = answered(await inject({ method: 'GET', url: `/authorize?${new URLSearchParams(asked(plain)).toString()}` }))
  assert.deepEqual([straight.searchParams.get('error'), straight.searchParams.get('code')], ['invalid_request', null])
})

test('FAPI 2.0 section 5.3.2.1: the audience of an assertion is the issuer, and no list', async () => {
  for (const aud of [[issuer], [issuer, `${issuer}/token`], `${issuer}/token`, `${issuer}/par`, `${issuer}/`])
    assert.equal((await push(plain, asked(plain), { aud })).statusCode, 401, JSON.stringify(aud))
  assert.equal((await push(plain, asked(plain), { aud: issuer })).statusCode, 201)
})

test('FAPI 2.0 section 5.3.2.1: clocks may differ by ten seconds and not by more than sixty', async () => {
  for (const more of [{ iat: nowSeconds() + 10 }, { nbf: nowSeconds() + 10 }])
    assert.equal((await push(plain, asked(plain), more)).statusCode, 201, JSON.stringify(more))
  for (const more of [{ iat: nowSeconds() + 61 }, { nbf: nowSeconds() + 61 }])
    assert.equal((await push(plain, asked(plain), more)).statusCode, 401, JSON.stringify(more))
})

test('FAPI 2.0 section 5.3.2.2: PKCE with S256', async () => {
  for (const more of [{ code_challenge: '' }, { code_challenge_method: 'plain' }, { code_challenge_method: '' }])
    assert.equal((await push(plain, asked(plain, more))).json().error, 'invalid_request')
})

test('FAPI 2.0 section 5.3.2.2: a pushed request names its redirect URI', async () => {
  assert.equal((await push(plain, asked(plain, { redirect_uri: '' }))).json().error, 'invalid_request')
})

test('FAPI 2.0 section 5.3.2.1: no token comes without a proof of a key', async () => {
  const fields = async () => ({ grant_type: 'client_credentials', ...(await assertion(plain)) })
  const bare = await inject(form('/token', { ...(await fields()) }))
  assert.deepEqual([bare.statusCode, bare.json().error], [400, 'invalid_dpop_proof'])
  assert.equal((await proved('/token', fields)).json().token_type, 'DPoP')
})

test('FAPI 2.0 section 5.4.1: a key for RS256 that is published proves nothing and signs nothing', async () => {
  const body = utf8(JSON.stringify({ keys: [key.jwk, rs256.jwk] }))
  const publishing = await openHouse({ outbound: { get: async () => ({ is: 'answer', status: 200, contentType: '', body }) } })
  const { clientKeys: _, ...rest } = registration
  const jwksUri = 'https://app.example/jwks'
  const push = async (securityProfile: 'fapi2-message-signing' | undefined, proves: typeof key, signs: typeof key) => {
    const member = securityProfile === undefined ? {} : { securityProfile }
    const mode: Fields = securityProfile === undefined ? {} : { response_mode: 'jwt' }
    const { client } = await publishing.clients.create(publishing.op(), { ...rest, ...member, jwksUri })
    const about = { iss: client.clientId, aud: issuer, exp: nowSeconds() + 60, nbf: nowSeconds() }
    const client_assertion = await signedBy(proves, { ...about, sub: client.clientId, jti: base64url(randomBytes(9)) })
    const answer = await publishing.inject(
      form('/par', {
        client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
        client_assertion,
        request: await signedBy(signs, { ...about, ...asked(client, mode) }),
      }),
    )
    return [answer.statusCode, answer.json().error]
  }
  const profile = 'fapi2-message-signing'
  assert.deepEqual(await push(profile, key, key), [201, undefined])
  assert.deepEqual(await push(profile, rs256, key), [401, 'invalid_client'])
  assert.deepEqual(await push(profile, key, rs256), [400, 'invalid_request_object'])
  assert.deepEqual(await push(undefined, rs256, rs256), [201, undefined])
})

test('FAPI 2.0 section 5.4.1: a proof by RS256 is refused', async () => {
  const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 })
  const part = (value: object): string => base64url(utf8(JSON.stringify(value)))
  const proofOf = (path: string): string => {
    const claims = { jti: base64url(randomBytes(9)), htm: 'POST', htu: `${issuer}${path}`, iat: nowSeconds(), nonce }
    const signed = `${part({ typ: 'dpop+jwt', alg: 'RS256', jwk: publicKey.export({ format: 'jwk' }) })}.${part(claims)}`
    return `${signed}.${base64url(sign('sha256', utf8(signed), privateKey))}`
  }
  await proved('/token', async () => ({ grant_type: 'client_credentials', ...(await assertion(plain)) }))
  const token = await inject(form('/token', { grant_type: 'client_credentials', ...(await assertion(plain)) }, { dpop: proofOf('/token') }))
  assert.deepEqual([token.statusCode, token.json().error], [400, 'invalid_dpop_proof'])
  const pushed = await inject(form('/par', { ...asked(plain), ...(await assertion(plain)) }, { dpop: proofOf('/par') }))
  assert.deepEqual([pushed.statusCode, pushed.json().error], [400, 'invalid_dpop_proof'])
})

test('FAPI 2.0 section 5.3.2.1: refresh tokens are not rotated, and what they give is bound', async () => {
  const { refresh_token: refreshToken } = (await exchange(plain, await codeFor(plain))).json<{ refresh_token: string }>()
  const refresh = async () =>
    proved('/token', async () => ({ grant_type: 'refresh_token', refresh_token: refreshToken, ...(await assertion(plain)) }))
  for (const _time of [1, 2, 3]) {
    house.clock.forwardMs(20_000)
    const again = await refresh()
    assert.deepEqual([again.statusCode, again.json().token_type, again.json().refresh_token], [200, 'DPoP', undefined])
  }
  const bare = await inject(form('/token', { grant_type: 'refresh_token', refresh_token: refreshToken, ...(await assertion(plain)) }))
  assert.equal(bare.json().error, 'invalid_dpop_proof')
  // Each use keeps it alive; without one it dies.
  house.clock.forwardMs(13 * 24 * 3_600_000)
  assert.equal((await refresh()).statusCode, 200)
  house.clock.forwardMs(13 * 24 * 3_600_000)
  assert.equal((await refresh()).statusCode, 200)
  house.clock.forwardMs(14 * 24 * 3_600_000)
  assert.equal((await refresh()).json().error, 'invalid_grant')
})

test('a refresh token of a client of the profile is of no use to another', async () => {
  const { refresh_token: refreshToken } = (await exchange(plain, await codeFor(plain))).json<{ refresh_token: string }>()
  const stolen = await proved('/token', async () => ({
    grant_type: 'refresh_token',
    refresh_token: refreshToken,
    ...(await assertion(signing)),
  }))
  assert.equal(stolen.json().error, 'invalid_grant')
})

test('FAPI 2.0 section 5.3.2.2: a code lives for a minute at most, and once', async () => {
  const late = await codeFor(plain)
  house.clock.forwardMs(60_000)
  assert.equal((await exchange(plain, late)).json().error, 'invalid_grant')
  const once = await codeFor(plain)
  assert.equal((await exchange(plain, once)).statusCode, 200)
  assert.equal((await exchange(plain, once)).json().error, 'invalid_grant')
})

test('FAPI 2.0 section 5.3.4: a token in an address is none, and one that comes alone neither', async () => {
  const { access_token: token } = (await exchange(plain, await codeFor(plain))).json<{ access_token: string }>()
  const inAddress = await inject({ method: 'GET', url: `/userinfo?access_token=${token}` })
  const alone = await inject({ method: 'GET', url: '/userinfo', headers: { authorization: `Bearer ${token}` } })
  const inForm = await inject(form('/userinfo', { access_token: token }))
  assert.deepEqual(
    [inAddress, alone, inForm].map(({ statusCode }) => statusCode),
    [401, 401, 401],
  )
})

test('a client that comes under the profile loses what it had before', async () => {
  const ready = {
    requirePushedRequests: true,
    dpopBoundAccessTokens: true,
    idTokenSignedResponseAlg: 'ES256',
    authorizationSignedResponseAlg: 'ES256',
  } as const
  const { client } = await house.clients.create(house.op(), { ...registration, ...ready })
  const before = (await exchange(client, await codeFor(client))).json<{ refresh_token: string }>()
  await house.clients.update(house.op(), client.id, { securityProfile: 'fapi2' })
  const refreshed = await proved('/token', async () => ({
    grant_type: 'refresh_token',
    refresh_token: before.refresh_token,
    ...(await assertion(client)),
  }))
  assert.equal(refreshed.json().error, 'invalid_grant')
})

const headerOf = (jwt: string): Record<string, unknown> =>
  JSON.parse(Buffer.from(jwt.split('.')[0] ?? '', 'base64url').toString()) as Record<string, unknown>

const answerOf = async (response: string) => {
  const keys = createLocalJWKSet((await inject({ method: 'GET', url: '/jwks' })).json<JSONWebKeySet>())
  const { payload } = await jwtVerify(response, keys, {
    issuer,
    audience: signing.clientId,
    algorithms: ['ES256'],
    currentDate: new Date(house.clock.wallMs()),
  })
  return payload
}

test('FAPI 2.0 Message Signing: a signed request is pushed, the answer is signed, tokens come of it', async () => {
  const pushed = await push(signing, { request: await object() })
  assert.equal(pushed.statusCode, 201, pushed.body)
  const location = answered(await authorize(signing, String(pushed.json().request_uri)))
  assert.deepEqual([...location.searchParams.keys()], ['response'])
  const { code, iss } = await answerOf(location.searchParams.get('response') ?? '')
  assert.equal(iss, issuer)
  assert.equal((await exchange(signing, String(code))).statusCode, 200)
})

test('FAPI 2.0 Message Signing section 5.3.1: what is not signed is refused when it is pushed', async () => {
  const unsigned = await push(signing, asked(signing, { response_mode: 'jwt' }))
  assert.deepEqual([unsigned.statusCode, unsigned.json().code], [400, 'authorize.request_not_signed'])
  for (const claims of [
    { nbf: undefined },
    { exp: undefined },
    { nbf: nowSeconds() - 3_700, exp: nowSeconds() - 200 },
    { nbf: nowSeconds() - 60, exp: nowSeconds() + 3_600 },
    { aud: `${issuer}/par` },
  ]) {
    const pushed = await push(signing, { request: await object(claims) })
    assert.deepEqual([pushed.statusCode, pushed.json().error], [400, 'invalid_request_object'], JSON.stringify(claims))
  }
  assert.equal((await push(signing, { request: await object({ aud: [issuer, 'https://other.example'] }) })).statusCode, 201)
})

test('FAPI 2.0 Message Signing section 5.4.1: an answer that is not signed cannot be asked for', async () => {
  for (const mode of [undefined, 'query', 'form_post']) {
    const pushed = await push(signing, { request: await object({ response_mode: mode }) })
    assert.deepEqual([pushed.statusCode, pushed.json().code], [400, 'authorize.answer_not_signed'], String(mode))
  }
  // Told by way of the browser, that is signed as well.
  const straight = answered(await inject({ method: 'GET', url: `/authorize?${new URLSearchParams(asked(signing)).toString()}` }))
  assert.deepEqual([...straight.searchParams.keys()], ['response'])
  assert.equal((await answerOf(straight.searchParams.get('response') ?? ''))['error'], 'invalid_request')
})
