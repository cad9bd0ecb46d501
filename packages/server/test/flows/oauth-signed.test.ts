/** What a client asked to be signed, and by which algorithm. @module */

import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { test } from 'node:test'
import { createLocalJWKSet, jwtVerify, type JSONWebKeySet, type JWTVerifyOptions, type JWTVerifyResult } from 'jose'
import type { NewClient } from '#oauth'
import { alice, codeFor, exchange, get, house, registration } from './code-house.ts'
import { basic, issuer, openHouse, type House } from './oauth-house.ts'

const algorithms = ['RS256', 'PS256', 'ES256', 'EdDSA'] as const

interface Sent {
  readonly access_token: string
  readonly id_token: string
}

/** A client with the code flow, alice's session, and how it gets tokens in it. */
async function clientWith(more: Partial<NewClient>) {
  const { client, secret } = await house.clients.create(house.op(), { ...registration, ...more })
  const as = { authorization: basic(client.clientId, secret?.reveal() ?? '') }
  const signedIn = house.signIn(alice)
  const tokens = async (): Promise<Sent> => (await exchange(await codeFor({ client_id: client.clientId }, signedIn), {}, as)).json<Sent>()
  const signOut = async (hint: string) =>
    house.inject(get(`/logout?${new URLSearchParams({ id_token_hint: hint }).toString()}`, { countersign_session: signedIn.cookie }))
  return { client, tokens, signOut }
}

const keySet = async (of: House = house): Promise<JSONWebKeySet> => (await of.inject(get('/jwks'))).json<JSONWebKeySet>()

/** As a client does it that knows us by our key set alone. */
async function verify(token: string, options: JWTVerifyOptions): Promise<JWTVerifyResult> {
  return jwtVerify(token, createLocalJWKSet(await keySet()), { issuer, currentDate: new Date(house.clock.wallMs()), ...options })
}

/** Core section 3.1.3.6, computed once more. */
function leftHalf(hash: 'sha256' | 'sha512', text: string): string {
  const bytes = createHash(hash).update(text).digest()
  return bytes.subarray(0, bytes.length / 2).toString('base64url')
}

test('who registers no algorithm gets RS256', async () => {
  const { client, tokens } = await clientWith({})
  assert.equal(client.idTokenSignedResponseAlg, 'RS256')
  await verify((await tokens()).id_token, { algorithms: ['RS256'] })
})

for (const algorithm of algorithms) {
  test(`an ID token by ${algorithm} verifies by the key set, its at_hash fits, and as a hint it signs out`, async () => {
    const { client, tokens, signOut } = await clientWith({ idTokenSignedResponseAlg: algorithm })
    const sent = await tokens()
    const { payload } = await verify(sent.id_token, { audience: client.clientId, typ: 'JWT', algorithms: [algorithm] })
    assert.equal(payload['at_hash'], leftHalf(algorithm === 'EdDSA' ? 'sha512' : 'sha256', sent.access_token))
    // Nobody is asked where the hint is of this session.
    assert.equal((await signOut(sent.id_token)).statusCode, 303)
  })
}

test('a key that no client asked for is not made; once one asks, it is published before anything is signed', async () => {
  const other = await openHouse()
  const published = async (): Promise<number> => (await keySet(other)).keys.filter(({ alg }) => alg === 'PS256').length
  const { client } = await other.clients.create(other.op(), registration)
  assert.equal(await published(), 0)
  await other.clients.update(other.op(), client.id, { idTokenSignedResponseAlg: 'PS256' })
  assert.equal(await published(), 2)
})

test('after a client changed its algorithm an ID token from before still signs out', async () => {
  const { client, tokens, signOut } = await clientWith({ idTokenSignedResponseAlg: 'ES256' })
  const before = await tokens()
  await house.clients.update(house.op(), client.id, { idTokenSignedResponseAlg: 'EdDSA' })
  await verify((await tokens()).id_token, { algorithms: ['EdDSA'] })
  assert.equal((await signOut(before.id_token)).statusCode, 303)
})

test('discovery lists the algorithms', async () => {
  const said = (await house.inject(get('/.well-known/openid-configuration'))).json<Record<string, unknown>>()
  assert.deepEqual(said['id_token_signing_alg_values_supported'], algorithms)
  assert.deepEqual(said['userinfo_signing_alg_values_supported'], algorithms)
})

const askUserinfo = async (token: string, method: 'GET' | 'POST') =>
  house.inject({ method, url: '/userinfo', headers: { authorization: `Bearer ${token}` } })

test('who registers no algorithm for UserInfo gets JSON', async () => {
  const { client, tokens } = await clientWith({})
  const answer = await askUserinfo((await tokens()).access_token, 'GET')
  assert.equal(client.userinfoSignedResponseAlg, undefined)
  assert.deepEqual([answer.headers['content-type'], answer.json()['sub']], ['application/json', alice])
})

for (const algorithm of algorithms) {
  test(`UserInfo by ${algorithm}: a JWT that says for whom it is, by GET and by POST, and no ID token`, async () => {
    const { client, tokens, signOut } = await clientWith({ userinfoSignedResponseAlg: algorithm })
    const sent = await tokens()
    await verify(sent.id_token, { algorithms: ['RS256'] })
    for (const method of ['GET', 'POST'] as const) {
      const answer = await askUserinfo(sent.access_token, method)
      assert.deepEqual([answer.statusCode, answer.headers['content-type']], [200, 'application/jwt'])
      const options = { audience: client.clientId, typ: 'userinfo+jwt', algorithms: [algorithm] }
      const { payload } = await verify(answer.body, options)
      assert.deepEqual(payload, { iss: issuer, aud: client.clientId, sub: alice, name: 'Alice Moreau', preferred_username: 'alice' })
      assert.equal((await signOut(answer.body)).statusCode, 200, 'it was taken for an ID token')
      const refused = await askUserinfo(answer.body, method)
      assert.deepEqual([refused.statusCode, refused.json()['code']], [401, 'token.not_valid'])
    }
  })
}

test('a change to signed UserInfo holds for tokens that are out already; refusals stay JSON', async () => {
  const { client, tokens } = await clientWith({})
  const { access_token: token } = await tokens()
  await house.clients.update(house.op(), client.id, { userinfoSignedResponseAlg: 'ES256' })
  assert.equal((await askUserinfo(token, 'GET')).headers['content-type'], 'application/jwt')
  assert.equal((await askUserinfo('nonsense', 'GET')).json()['code'], 'token.not_valid')
})
