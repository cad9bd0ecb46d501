/** Signed authorization requests, RFC 9101: whose, for whom, for how long, and that nothing beside them counts. @module */

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { base64url, randomBytes, utf8 } from '#kernel'
import { clientPair, signedBy, type ClientPair } from '../client-keys.ts'
import { alice, asked, client, exchange, get, headers, house, native, pair, redirectUri, registration, third } from './code-house.ts'
import type { Fields } from './code-house.ts'
import { answered, claimsOf, form, issuer } from './oauth-house.ts'

const pairs = {
  ES256: await clientPair('ES256'),
  EdDSA: await clientPair('EdDSA'),
  RS256: await clientPair('RS256'),
  PS256: await clientPair('PS256'),
}
const stranger = await clientPair('ES256')
const clientKeys = Object.values(pairs).map(({ jwk }) => jwk)
await house.clients.update(house.op(), client.id, { clientKeys, tokenEndpointAuthMethod: 'client_secret_basic' })

let requests = 0
const inject: typeof house.inject = async (options) => {
  requests += 1
  return house.inject({ ...options, remoteAddress: `198.51.100.${requests % 256}` })
}

const nowSeconds = (): number => Math.floor(house.clock.wallMs() / 1000)

interface Said {
  readonly claims?: Readonly<Record<string, unknown>>
  readonly header?: Readonly<Record<string, unknown>>
  readonly by?: ClientPair
}

const usual = (): Readonly<Record<string, unknown>> => ({
  iss: client.clientId,
  aud: issuer,
  exp: nowSeconds() + 300,
  nbf: nowSeconds(),
  ...asked(),
})

const object = async ({ claims = {}, header = {}, by = pairs.ES256 }: Said = {}): Promise<string> =>
  signedBy(by, { ...usual(), ...claims }, { typ: 'oauth-authz-req+jwt', ...header })

const authorizeBy = async (request: string, more: Fields = {}) => {
  const query = new URLSearchParams({ client_id: client.clientId, request, ...more }).toString()
  return inject(get(`/authorize?${query}`, { countersign_session: house.signIn(alice).cookie }))
}

const push = async (request: string, more: Fields = {}) => inject(form('/par', { request, ...more }, headers))

for (const by of Object.values(pairs)) {
  test(`RFC 9101 section 5: a request that is signed with ${by.alg} gets a code`, async () => {
    const location = answered(await authorizeBy(await object({ by })))
    assert.equal(`${location.origin}${location.pathname}`, redirectUri)
    assert.deepEqual([location.searchParams.get('state'), location.searchParams.get('iss')], ['st-1', issuer])
    assert.equal((await exchange(location.searchParams.get('code') ?? '')).statusCode, 200)
  })
}

test('RFC 9101 section 5: the same as a form', async () => {
  const sent = await inject(form('/authorize', { client_id: client.clientId, request: await object() }))
  assert.equal(sent.statusCode, 303)
  const location = String(sent.headers.location)
  assert.ok(answered(await inject(get(location, { countersign_session: house.signIn(alice).cookie }))).searchParams.has('code'))
})

test('RFC 9101 section 6.3: what stands beside the object counts for nothing', async () => {
  const more = {
    state: 'evil',
    scope: 'openid email',
    redirect_uri: 'https://evil.example/cb',
    code_challenge: 'A'.repeat(43),
    prompt: 'none',
  }
  const location = answered(await authorizeBy(await object(), more))
  assert.deepEqual([location.origin, location.searchParams.get('state')], ['https://app.example', 'st-1'])
  assert.equal((await exchange(location.searchParams.get('code') ?? '')).json().scope, 'openid profile notes:read')
  // Nor does it fill what the object leaves out.
  const without = answered(await authorizeBy(await object({ claims: { code_challenge: undefined } }), { code_challenge: pair.challenge }))
  assert.equal(without.searchParams.get('error'), 'invalid_request')
  const unnamed = await authorizeBy(await object({ claims: { redirect_uri: undefined } }), { redirect_uri: redirectUri })
  assert.deepEqual([unnamed.statusCode, unnamed.headers.location], [400, undefined])
})

test('OpenID Connect Core section 6.1: the response_type may stand outside, and must not contradict the object', async () => {
  const outside = await object({ claims: { response_type: undefined } })
  assert.ok(answered(await authorizeBy(outside, { response_type: 'code' })).searchParams.has('code'))
  const none = answered(await authorizeBy(outside, { redirect_uri: redirectUri }))
  assert.equal(none.searchParams.get('error'), 'invalid_request')
  const other = answered(await authorizeBy(await object(), { response_type: 'token', redirect_uri: redirectUri }))
  assert.equal(other.searchParams.get('error'), 'invalid_request_object')
  // Without openid it is no request of OpenID Connect, and RFC 9101 alone holds.
  const plain = await object({ claims: { response_type: undefined, scope: 'notes:read' } })
  assert.equal(answered(await authorizeBy(plain, { response_type: 'code' })).searchParams.get('error'), 'invalid_request')
})

test('a number is a number in JSON', async () => {
  assert.ok(answered(await authorizeBy(await object({ claims: { max_age: 3600 } }))).searchParams.has('code'))
  const wrong = answered(await authorizeBy(await object({ claims: { max_age: 1.5 } })))
  assert.equal(wrong.searchParams.get('error'), 'invalid_request')
})

test('RFC 9101 section 4: what is JSON is not written as text: the claims parameter', async () => {
  const claims = { claims: { id_token: { email: null } }, scope: 'openid' }
  const location = answered(await authorizeBy(await object({ claims })))
  const { id_token: idToken } = (await exchange(location.searchParams.get('code') ?? '')).json<{ id_token: string }>()
  assert.equal(claimsOf(idToken)['email'], 'alice@example.com')
})

/** Told to the client where a redirect URI of its own stands beside the object, and to the person otherwise. */
const refusedObject = async (request: string, error = 'invalid_request_object'): Promise<void> => {
  const told = answered(await authorizeBy(request, { redirect_uri: redirectUri, state: 'st-2' }))
  assert.equal(`${told.origin}${told.pathname}`, redirectUri)
  assert.deepEqual([told.searchParams.get('error'), told.searchParams.get('state')], [error, 'st-2'])
  const page = await authorizeBy(request)
  assert.deepEqual([page.statusCode, page.headers.location], [400, undefined])
  const pushed = await push(request)
  assert.deepEqual([pushed.statusCode, pushed.json().error], [400, error])
}

const wrong: readonly (readonly [string, Said])[] = [
  ['of another issuer', { claims: { iss: third.clientId } }],
  ['without an issuer', { claims: { iss: undefined } }],
  ['of another client', { claims: { client_id: third.clientId } }],
  ['without a client', { claims: { client_id: undefined } }],
  ['for another server', { claims: { aud: 'https://other.example' } }],
  ['for nobody', { claims: { aud: undefined } }],
  ['without an end', { claims: { exp: undefined } }],
  ['that is over', { claims: { exp: nowSeconds() - 31 } }],
  ['that lives longer than an hour', { claims: { exp: nowSeconds() + 3_700, nbf: undefined } }],
  ['that lives longer than an hour from its beginning', { claims: { nbf: nowSeconds() - 1_000, exp: nowSeconds() + 2_700 } }],
  ['that began more than an hour ago', { claims: { nbf: nowSeconds() - 3_700 } }],
  ['that begins later', { claims: { nbf: nowSeconds() + 61 } }],
  ['that was made later', { claims: { iat: nowSeconds() + 61 } }],
  ['with an end that is a text', { claims: { exp: String(nowSeconds() + 60) } }],
  ['that could pass as an assertion', { claims: { sub: client.clientId } }],
  ['with a request inside', { claims: { request: 'x.y.z' } }],
  ['with a request_uri inside', { claims: { request_uri: 'https://app.example/request' } }],
  ['with a scope that is a list', { claims: { scope: ['openid'] } }],
  ['with a state that is too long', { claims: { state: 's'.repeat(2_049) } }],
  ['that is typed as an assertion', { header: { typ: 'client-authentication+jwt' } }],
  ['that is typed as an access token', { header: { typ: 'at+jwt' } }],
  ['that names its key by a URL', { header: { jku: 'https://app.example/keys' } }],
  ['that brings its key', { header: { jwk: stranger.jwk } }],
  ['by a key of nobody', { by: stranger }],
  ['by a key of nobody under a name of the client', { by: stranger, header: { kid: pairs.ES256.jwk.kid } }],
]
for (const [says, said] of wrong) {
  test(`RFC 9101 section 6.2: a request object ${says} is refused`, async () => refusedObject(await object(said)))
}

test('RFC 9101 section 6.1: what is no signed object is refused: none, HMAC, cut, over-long', async () => {
  const good = await object()
  const [head = '', body = '', tail = ''] = good.split('.')
  const none = base64url(utf8(JSON.stringify({ alg: 'none' })))
  const hmac = base64url(utf8(JSON.stringify({ alg: 'HS256', kid: pairs.ES256.jwk.kid })))
  for (const text of ['x', `${head}.${body}`, `${none}.${body}.`, `${none}.${body}.${tail}`, `${hmac}.${body}.${tail}`, `${good}x`])
    await refusedObject(text)
  assert.equal((await push('x'.repeat(8_193))).statusCode, 400)
})

test('an encrypted request object is refused as such', async () => {
  const encrypted = Array.from({ length: 5 }, () => base64url(randomBytes(8))).join('.')
  await refusedObject(encrypted)
  assert.equal((await push(encrypted)).json().code, 'authorize.request_object_encrypted')
})

test('types: none, JWT and that of RFC 9101 are believed', async () => {
  for (const typ of [undefined, 'JWT', 'oauth-authz-req+jwt'])
    assert.ok(answered(await authorizeBy(await object({ header: { typ } }))).searchParams.has('code'), String(typ))
})

test('both sides of an hour, and clocks that differ a little', async () => {
  for (const claims of [
    { nbf: undefined, exp: nowSeconds() + 3_600 },
    { nbf: nowSeconds() - 3_600, exp: nowSeconds() },
    { nbf: nowSeconds() + 10, exp: nowSeconds() + 70 },
    { iat: nowSeconds() + 10 },
    { aud: ['https://other.example', issuer] },
  ])
    assert.ok(answered(await authorizeBy(await object({ claims }))).searchParams.has('code'), JSON.stringify(claims))
})

test('RFC 9101 section 5: a client without keys signs nothing', async () => {
  const claims = { iss: third.clientId, client_id: third.clientId }
  await refusedOf(third.clientId, await object({ claims }))
})

async function refusedOf(clientId: string, request: string): Promise<void> {
  const told = answered(await authorizeBy(request, { client_id: clientId, redirect_uri: redirectUri }))
  assert.equal(told.searchParams.get('error'), 'invalid_request_object')
}

test('RFC 9101 section 5: a request object and a request_uri together are refused', async () => {
  const both = answered(await authorizeBy(await object(), { request_uri: 'https://app.example/request', redirect_uri: redirectUri }))
  assert.equal(both.searchParams.get('error'), 'request_uri_not_supported')
})

test('RFC 9126 section 3: a signed request is pushed, and what was pushed beside it counts for nothing', async () => {
  const pushed = await push(await object(), { client_id: client.clientId, state: 'evil', prompt: 'none', dpop_jkt: 'A'.repeat(43) })
  assert.equal(pushed.statusCode, 201, pushed.body)
  const query = new URLSearchParams({ client_id: client.clientId, request_uri: pushed.json().request_uri }).toString()
  const location = answered(await inject(get(`/authorize?${query}`, { countersign_session: house.signIn(alice).cookie })))
  assert.equal(location.searchParams.get('state'), 'st-1')
  assert.equal((await exchange(location.searchParams.get('code') ?? '')).statusCode, 200)
})

test('RFC 9126 section 3: what another client signed cannot be pushed', async () => {
  const mine = await object({ claims: { client_id: third.clientId, iss: third.clientId } })
  assert.equal((await push(mine)).json().error, 'invalid_request_object')
})

test('RFC 9101 section 10.5: a client that signs its requests is refused what is not signed', async () => {
  await house.clients.update(house.op(), client.id, { requireSignedRequestObject: true })
  const straight = answered(await inject(get(`/authorize?${new URLSearchParams(asked()).toString()}`)))
  assert.equal(straight.searchParams.get('error'), 'invalid_request')
  const pushed = await inject(form('/par', asked(), headers))
  assert.deepEqual([pushed.statusCode, pushed.json().code], [400, 'authorize.request_not_signed'])
  assert.ok(answered(await authorizeBy(await object())).searchParams.has('code'))
  assert.equal((await push(await object())).statusCode, 201)
  await house.clients.update(house.op(), client.id, { requireSignedRequestObject: false })
})

test('a client that named an algorithm is refused every other', async () => {
  await house.clients.update(house.op(), client.id, { requestObjectSigningAlg: 'PS256' })
  assert.equal((await push(await object())).json().error, 'invalid_request_object')
  assert.equal((await push(await object({ by: pairs.PS256 }))).statusCode, 201)
  await house.clients.update(house.op(), client.id, { requestObjectSigningAlg: 'ES256' })
  assert.equal((await push(await object({ by: pairs.PS256 }))).json().error, 'invalid_request_object')
  await assert.rejects(
    house.clients.update(house.op(), client.id, {
      clientKeys: [pairs.PS256.jwk],
      tokenEndpointAuthMethod: 'client_secret_basic',
    }),
    { code: 'client.invalid_metadata' },
  )
})

test('a client that cannot keep a secret may sign its requests, and proves itself by nothing', async () => {
  const claims = { iss: native.clientId, client_id: native.clientId, redirect_uri: 'http://127.0.0.1/cb' }
  await house.clients.update(house.op(), native.id, { clientKeys: [stranger.jwk], requireSignedRequestObject: true })
  const pushed = await inject(form('/par', { client_id: native.clientId, request: await object({ claims, by: stranger }) }))
  assert.equal(pushed.statusCode, 201, pushed.body)
  const assertion = await signedBy(stranger, { iss: native.clientId, sub: native.clientId, aud: issuer, exp: nowSeconds() + 60, jti: 'j' })
  const type = 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer'
  const proved = await inject(
    form('/par', { ...asked(), client_id: native.clientId, client_assertion_type: type, client_assertion: assertion }),
  )
  assert.equal(proved.statusCode, 401)
})

test('the keys of a client with a secret sign its requests and do not prove it', async () => {
  const claims = { iss: client.clientId, sub: client.clientId, aud: issuer, exp: nowSeconds() + 60, jti: base64url(randomBytes(8)) }
  const type = 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer'
  const fields = { client_assertion_type: type, client_assertion: await signedBy(pairs.ES256, claims) }
  assert.equal((await inject(form('/par', { ...asked(), ...fields }))).statusCode, 401)
})

test('a request object is no assertion', async () => {
  const { client: signer } = await house.clients.create(house.op(), { ...registration, clientKeys: [pairs.ES256.jwk] })
  const type = 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer'
  const claims = { iss: signer.clientId, sub: signer.clientId, client_id: signer.clientId, jti: base64url(randomBytes(8)) }
  const signed = await object({ claims })
  const used = await inject(form('/token', { grant_type: 'refresh_token', client_assertion_type: type, client_assertion: signed }))
  assert.equal(used.statusCode, 401)
})

test('a client that has no keys cannot be one that signs its requests', async () => {
  await assert.rejects(house.clients.create(house.op(), { ...registration, requireSignedRequestObject: true }), {
    code: 'client.invalid_metadata',
  })
})

test('RFC 9101 section 10.5 and OpenID Connect Discovery: what is offered is said', async () => {
  const said = (await inject(get('/.well-known/openid-configuration'))).json<Record<string, unknown>>()
  assert.deepEqual(
    ['request_parameter_supported', 'request_uri_parameter_supported', 'require_signed_request_object'].map((name) => said[name]),
    [true, false, false],
  )
  assert.deepEqual(said['request_object_signing_alg_values_supported'], ['ES256', 'EdDSA', 'RS256', 'PS256'])
  assert.equal(said['request_object_encryption_alg_values_supported'], undefined)
})
