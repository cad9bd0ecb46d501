/**
 * Clients that publish their keys at an address of their own (`jwks_uri`): when it
 * is asked, by whom, and for how long what it said counts.
 *
 * @module
 */

import assert from 'node:assert/strict'
import { generateKeyPairSync, type KeyObject } from 'node:crypto'
import { createServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import { after, test } from 'node:test'
import { SignJWT } from 'jose'
import { createOutbound, type Fetched, type Outbound } from '#http'
import { base64url, randomBytes, utf8 } from '#kernel'
import { makeAuthority } from '../http-certificates.ts'
import { form, issuer, openHouse, type House } from './oauth-house.ts'

interface Pair {
  readonly kid: string
  readonly jwk: object
  readonly privateKey: KeyObject
}

function pair(kid: string): Pair {
  const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  return { kid, jwk: { ...publicKey.export({ format: 'jwk' }), alg: 'ES256', kid, use: 'sig' }, privateKey }
}

/** A way out to one address, of which the test says what it answers. */
function published(): Outbound & { asked: number; says: Fetched | Promise<Fetched> } {
  const place = {
    asked: 0,
    says: set() as Fetched | Promise<Fetched>,
    get: async (): Promise<Fetched> => {
      place.asked += 1
      return place.says
    },
  }
  return place
}

function set(...keys: readonly object[]): Extract<Fetched, { is: 'answer' }> {
  return { is: 'answer', status: 200, contentType: 'application/json', body: utf8(JSON.stringify({ keys })) }
}

const silence: Fetched = { is: 'failure', why: 'no_answer' }
const usual = { name: 'Script', kind: 'confidential', grantTypes: ['client_credentials'], audiences: ['https://api.example'] } as const
const jwksUri = 'https://script.example/jwks'

async function signing(house: House, uri = jwksUri) {
  const { client, secret } = await house.clients.create(house.op(), { ...usual, jwksUri: uri })
  assert.deepEqual([client.tokenEndpointAuthMethod, secret], ['private_key_jwt', undefined])
  const present = async (by: Pair, header: object = { kid: by.kid }, remoteAddress = `192.0.2.${randomBytes(1)[0]}`) => {
    const nowSeconds = Math.floor(house.clock.wallMs() / 1000)
    const text = await new SignJWT({
      iss: client.clientId,
      sub: client.clientId,
      aud: issuer,
      exp: nowSeconds + 60,
      jti: base64url(randomBytes(9)),
    })
      .setProtectedHeader({ alg: 'ES256', ...header })
      .sign(by.privateKey)
    const fields = {
      grant_type: 'client_credentials',
      client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
      client_assertion: text,
    }
    return (await house.inject({ ...form('/token', fields), remoteAddress })).statusCode
  }
  return { client, present }
}

const [one, two, stranger] = [pair('one'), pair('two'), pair('one')]

test('a client proves itself by a key that it publishes, with and without a kid, and a stranger does not', async () => {
  const place = published()
  const house = await openHouse({ outbound: place })
  const { present } = await signing(house)
  place.says = set(one.jwk)
  assert.deepEqual([await present(one), await present(one, {}), await present(stranger)], [200, 200, 401])
  assert.equal(place.asked, 1, 'it was asked once for all of them')
})

test('a key that the client began to sign with is found within a minute, and the old one is gone with it', async () => {
  const place = published()
  const house = await openHouse({ outbound: place })
  const { present } = await signing(house)
  place.says = set(one.jwk)
  assert.equal(await present(one), 200)
  place.says = set(two.jwk)
  assert.equal(await present(two), 401, 'it was asked a moment ago')
  house.clock.forwardMs(59_999)
  assert.deepEqual([await present(two), place.asked], [401, 1])
  house.clock.forwardMs(1)
  assert.deepEqual([await present(two), place.asked], [200, 2])
  assert.equal(await present(one), 401)
})

test('a key that was taken away is accepted for ten minutes at most', async () => {
  const place = published()
  const house = await openHouse({ outbound: place })
  const { present } = await signing(house)
  place.says = set(one.jwk)
  assert.equal(await present(one), 200)
  place.says = set()
  house.clock.forwardMs(599_999)
  assert.equal(await present(one), 200)
  house.clock.forwardMs(1)
  assert.deepEqual([await present(one), place.asked], [401, 2])
})

test('strangers make us ask once a minute, however many they are and whatever they say', async () => {
  const place = published()
  const house = await openHouse({ outbound: place })
  const { client, present } = await signing(house)
  place.says = silence
  const kids = Array.from({ length: 20 }, (_, at) => ({ kid: `k${at}` }))
  for (const header of kids) assert.equal(await present(stranger, header), 401)
  assert.equal(place.asked, 1)
  await Promise.all(kids.map(async (header) => present(stranger, header)))
  assert.equal(place.asked, 1)
  assert.equal((await house.inject(form('/token', { grant_type: 'client_credentials', client_id: client.clientId }))).statusCode, 401)
  house.clock.forwardMs(60_000)
  await Promise.all(kids.map(async (header) => present(stranger, header)))
  assert.equal(place.asked, 2, 'one request at a time for one address')
})

test('while the address does not answer its last keys count for an hour, and then none', async () => {
  const place = published()
  const house = await openHouse({ outbound: place })
  const { present } = await signing(house)
  place.says = set(one.jwk)
  assert.equal(await present(one), 200)
  for (const says of [silence, { ...set(two.jwk), status: 500 }, set({ ...one.jwk, d: 'private' })]) {
    place.says = says
    house.clock.forwardMs(900_000)
    assert.equal(await present(one), 200)
  }
  house.clock.forwardMs(900_000 - 1)
  assert.equal(await present(one), 200)
  house.clock.forwardMs(1)
  assert.equal(await present(one), 401)
  place.says = set(one.jwk)
  house.clock.forwardMs(60_000)
  assert.equal(await present(one), 200)
})

test('who has a known key does not wait for the address', async () => {
  const place = published()
  const house = await openHouse({ outbound: place })
  const { present } = await signing(house)
  place.says = set(one.jwk)
  assert.equal(await present(one), 200)
  house.clock.forwardMs(60_000)
  const { promise, resolve } = Promise.withResolvers<Fetched>()
  place.says = promise
  const waiting = present(two)
  assert.equal(await present(one), 200)
  resolve(set(two.jwk))
  assert.equal(await waiting, 200)
})

test('a set with keys that are for something else has the others; one that is no set has none', async () => {
  const encryption = { ...one.jwk, use: 'enc', kid: 'enc' }
  const many = (count: number) => Array.from({ length: count }, (_, at) => ({ ...one.jwk, kid: `${at}` }))
  for (const [says, expected] of [
    [set(encryption, { kty: 'future' }, one.jwk), 200],
    [set(one.jwk, two.jwk), 200],
    [set(...many(7), one.jwk), 200],
    [set(...many(8), one.jwk), 401],
    [set(...Array.from({ length: 32 }, () => encryption), one.jwk), 401],
    [set(one.jwk, one.jwk), 401],
    [set(one.jwk, { ...two.jwk, d: 'x' }), 401],
    [set(one.jwk, 'x' as unknown as object), 401],
    [{ ...set(), body: utf8('{') }, 401],
    [{ ...set(), body: utf8('null') }, 401],
    [{ ...set(), body: utf8('[]') }, 401],
    [{ ...set(), body: new Uint8Array([0xff]) }, 401],
  ] as const) {
    const place = published()
    place.says = says
    const house = await openHouse({ outbound: place })
    const { present } = await signing(house)
    assert.equal(await present(one), expected)
  }
})

test('keys at an address are registered instead of keys, at https alone', async () => {
  const house = await openHouse({ outbound: published() })
  for (const uri of [
    'http://script.example/jwks',
    'https://user@script.example/',
    'https://script.example/#a',
    'x',
    `https://${'x'.repeat(2_048)}`,
  ])
    await assert.rejects(house.clients.create(house.op(), { ...usual, jwksUri: uri }), { code: 'client.invalid_metadata' }, uri)
  const { client } = await signing(house)
  const back = await house.clients.update(house.op(), client.id, { jwksUri: null })
  assert.deepEqual([back.tokenEndpointAuthMethod, back.jwksUri], ['client_secret_basic', undefined])
})

test('a client that publishes its keys elsewhere from now on loses the tokens of before', async () => {
  const place = published()
  const house = await openHouse({ outbound: place })
  const { client } = await signing(house)
  const before = house.recording.events.length
  await house.clients.update(house.op(), client.id, { jwksUri: 'https://other.example/jwks' })
  assert.equal(house.recording.events[before]?.facts?.['endsTokens'], true)
})

const redirectUri = 'https://app.example/cb'
const web = { name: 'App', kind: 'public', grantTypes: ['authorization_code'], redirectUris: [redirectUri], scopes: ['read'] } as const

test('RFC 9101 section 6.2: what a client publishes signs its authorization requests, at both endpoints', async () => {
  const place = published()
  const house = await openHouse({ outbound: place })
  const signs = { requireSignedRequestObject: true, requestObjectSigningAlg: 'ES256' } as const
  const { client } = await house.clients.create(house.op(), { ...web, ...signs, jwksUri })
  const object = async (by: Pair, more: object = {}) =>
    new SignJWT({
      iss: client.clientId,
      aud: issuer,
      exp: Math.floor(house.clock.wallMs() / 1000) + 60,
      client_id: client.clientId,
      response_type: 'code',
      redirect_uri: redirectUri,
      scope: 'read',
      code_challenge: 'E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM',
      code_challenge_method: 'S256',
      ...more,
    })
      .setProtectedHeader({ alg: 'ES256', kid: by.kid })
      .sign(by.privateKey)
  const both = async (request: string) => {
    const fields = { client_id: client.clientId, request }
    const pushed = await house.inject(form('/par', fields))
    const { headers } = await house.inject({ method: 'GET', url: `/authorize?${new URLSearchParams(fields).toString()}` })
    return [pushed.statusCode, `${headers['location']}`.startsWith('/sign-in')]
  }
  place.says = set(one.jwk)
  assert.deepEqual(await both(await object(one)), [201, true])
  assert.deepEqual(await both(await object(stranger)), [400, false])
  assert.deepEqual(await both(await object(two)), [400, false])
  assert.equal(place.asked, 1)
  place.says = set(two.jwk)
  house.clock.forwardMs(60_000)
  assert.deepEqual(await both(await object(two, { nonsense: 'x'.repeat(4_096) })), [201, true], 'longer than any assertion')
  assert.equal(place.asked, 2)
  place.says = silence
  house.clock.forwardMs(3_600_000)
  assert.deepEqual(await both(await object(two)), [400, false])
})

test('who publishes no keys and registers none signs nothing', async () => {
  const house = await openHouse({ outbound: published() })
  for (const none of [{}, { clientKeys: [] }])
    await assert.rejects(house.clients.create(house.op(), { ...web, ...none, requireSignedRequestObject: true }), {
      code: 'client.invalid_metadata',
    })
})

test('keys come over TLS from a real server through the guard, and not where it is up', async () => {
  const authority = makeAuthority()
  const { key, certificate } = authority.issue({ hosts: ['script.example'] })
  const server = createServer({ key, cert: certificate }, (_, response) => response.end(JSON.stringify({ keys: [one.jwk] })))
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  after(() => server.close())
  const { port } = server.address() as AddressInfo
  const resolve = async () => [{ address: '127.0.0.1', family: 4 }]
  const excuse = { host: 'script.example', addresses: '127.0.0.1', port }
  for (const [unsafelyAllow, expected] of [
    [[excuse], 200],
    [[{ ...excuse, addresses: '10.0.0.1' }], 401],
    [[], 401],
  ] as const) {
    const outbound = createOutbound({ unsafelyAllow, authorities: [authority.certificate], resolve })
    const { present } = await signing(await openHouse({ outbound }), `https://script.example:${port}/jwks`)
    assert.equal(await present(one), expected)
  }
})
