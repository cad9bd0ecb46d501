/**
 * Clients that sign with their secret (`client_secret_jwt`, OpenID Connect Core
 * section 9), and everything that must not pass as that.
 *
 * @module
 */

import assert from 'node:assert/strict'
import { createHmac, generateKeyPairSync } from 'node:crypto'
import { test } from 'node:test'
import { SignJWT, exportJWK } from 'jose'
import { base64url, randomBytes, Secret, utf8, type ClientId } from '#kernel'
import { readClientKey } from '#keys'
import { basic, form, issuer, openHouse } from './oauth-house.ts'

const house = await openHouse()
const usual = { name: 'Script', kind: 'confidential', grantTypes: ['client_credentials'], audiences: ['https://api.example'] } as const
const signs = { ...usual, tokenEndpointAuthMethod: 'client_secret_jwt' } as const

let requests = 0
const inject: typeof house.inject = async (options) => {
  requests += 1
  return house.inject({ ...options, remoteAddress: `192.0.2.${requests % 256}` })
}

const register = async (more: object = {}) => {
  const { client, secret } = await house.clients.create(house.op(), { ...signs, ...more })
  return { client, secret: secret?.reveal() ?? '' }
}

const claimsFor = (clientId: string) => ({
  iss: clientId,
  sub: clientId,
  aud: issuer,
  exp: Math.floor(house.clock.wallMs() / 1000) + 60,
  jti: base64url(randomBytes(9)),
})

const assertion = async (clientId: string, secret: string, header: object = {}, claims: object = {}) =>
  new SignJWT({ ...claimsFor(clientId), ...claims }).setProtectedHeader({ alg: 'HS256', ...header }).sign(utf8(secret))

const present = async (text: string, endpoint = '/token', more: object = {}) => {
  const fields = {
    grant_type: 'client_credentials',
    client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
    client_assertion: text,
    ...more,
  }
  return (await inject(form(endpoint, fields))).statusCode
}

test('a client proves itself by what it signs with its secret, once', async () => {
  const { client, secret } = await register()
  for (const header of [{}, { typ: 'JWT' }, { typ: 'client-authentication+jwt' }, { kid: 'any' }])
    assert.equal(await present(await assertion(client.clientId, secret, header)), 200)
  const once = await assertion(client.clientId, secret)
  assert.deepEqual([await present(once), await present(once)], [200, 401])
})

test('the secret itself, sent in any way, proves nothing', async () => {
  const { client, secret } = await register()
  const fields = { grant_type: 'client_credentials' }
  const sent = [
    form('/token', fields, { authorization: basic(client.clientId, secret) }),
    form('/token', { ...fields, client_id: client.clientId, client_secret: secret }),
    form('/token', { ...fields, client_id: client.clientId }),
  ]
  for (const request of sent) assert.equal((await inject(request)).statusCode, 401)
})

test('who sends a secret cannot sign with it instead', async () => {
  const { client, secret } = await house.clients.create(house.op(), usual)
  assert.equal(await present(await assertion(client.clientId, secret?.reveal() ?? '')), 401)
})

test('nothing but HS256 counts, and no key', async () => {
  const { client, secret } = await register()
  for (const alg of ['HS384', 'HS512']) assert.equal(await present(await assertion(client.clientId, secret.padEnd(64, 'x'), { alg })), 401)
  const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  const jwk = readClientKey({ ...(await exportJWK(publicKey)), alg: 'ES256' })
  assert.ok(jwk)
  const both = await register({ clientKeys: [jwk] })
  const byKey = await new SignJWT(claimsFor(both.client.clientId)).setProtectedHeader({ alg: 'ES256', kid: jwk.kid }).sign(privateKey)
  assert.equal(await present(byKey), 401, 'its keys sign its requests and prove nothing')
  assert.equal(await present(await assertion(both.client.clientId, both.secret)), 200)

  const keyed = await house.clients.create(house.op(), { ...usual, clientKeys: [jwk] })
  for (const key of [JSON.stringify(jwk), publicKey.export({ format: 'pem', type: 'spki' }), ''.padEnd(32, '\0')])
    assert.equal(await present(await assertion(keyed.client.clientId, key, { kid: jwk.kid })), 401)

  const parts = (header: object) => [header, claimsFor(client.clientId)].map((part) => base64url(utf8(JSON.stringify(part)))).join('.')
  const none = parts({ alg: 'none' })
  assert.equal(await present(`${none}.`), 401)
  assert.equal(await present(`${none}.${createHmac('sha256', secret).update(none).digest('base64url')}`), 401)
  const spoken = parts({ alg: 'hs256' })
  assert.equal(await present(`${spoken}.${createHmac('sha256', secret).update(spoken).digest('base64url')}`), 401)
  assert.equal(await present(await assertion(client.clientId, secret, { jwk: { kty: 'oct', k: 'x' } })), 401)
})

test('the rules of what is said are those of private_key_jwt', async () => {
  const { client, secret } = await register()
  const other = await register()
  const nowSeconds = Math.floor(house.clock.wallMs() / 1000)
  for (const claims of [
    { aud: 'https://other.example' },
    { aud: [issuer, 'https://other.example'] },
    { iss: other.client.clientId },
    { exp: nowSeconds + 3_600 },
    { exp: nowSeconds - 60 },
    { jti: '' },
  ])
    assert.equal(await present(await assertion(client.clientId, secret, {}, claims)), 401, JSON.stringify(claims))
  assert.equal(await present(await assertion(client.clientId, other.secret)), 401)
})

test('a second secret signs too, and one that was removed does not', async () => {
  const { client, secret } = await register()
  const next = await house.clients.addSecret(house.op(), client.id)
  for (const one of [secret, next.secret.reveal()]) assert.equal(await present(await assertion(client.clientId, one)), 200)
  await house.clients.removeSecret(house.op(), client.id, 1)
  assert.equal(await present(await assertion(client.clientId, secret)), 401)
  assert.equal(await present(await assertion(client.clientId, next.secret.reveal())), 200)
})

test('a secret of 32 characters is long enough, and one of 31 is none', async () => {
  const { client } = await house.clients.create(house.op(), { ...signs, secret: new Secret('x'.repeat(32)) })
  assert.equal(await present(await assertion(client.clientId, 'x'.repeat(32))), 200)
  await assert.rejects(house.clients.create(house.op(), { ...signs, secret: new Secret('x'.repeat(31)) }), {
    code: 'client.invalid_secret',
  })
})

test('a client that begins to sign, or stops, gets another secret', async () => {
  const { client, secret } = await house.clients.create(house.op(), usual)
  await house.clients.update(house.op(), client.id, { tokenEndpointAuthMethod: 'client_secret_jwt' })
  assert.equal(await present(await assertion(client.clientId, secret?.reveal() ?? '')), 401)
  const added = (await house.clients.addSecret(house.op(), client.id)).secret.reveal()
  assert.equal(await present(await assertion(client.clientId, added)), 200)
  await house.clients.update(house.op(), client.id, { tokenEndpointAuthMethod: null })
  const sent = form('/token', { grant_type: 'client_credentials' }, { authorization: basic(client.clientId, added) })
  assert.equal((await inject(sent)).statusCode, 401)
})

interface SecretRow {
  readonly client: ClientId
  readonly sealed: Uint8Array | null
  readonly hash: Uint8Array
}

test('the secret is in the database sealed alone, for its client alone; those that are sent are not there at all', async () => {
  const one = await register()
  const two = await register()
  const sends = await house.clients.create(house.op(), usual)
  const rows = async () =>
    house.store.read(house.op(), async (db) =>
      db.withTables<{ client_secret: SecretRow }>().selectFrom('client_secret').selectAll().execute(),
    )
  const of = async (id: ClientId) => (await rows()).find((row) => row.client === id) ?? assert.fail()
  assert.equal((await of(sends.client.id)).sealed, null)
  const { sealed } = await of(one.client.id)
  assert.ok(sealed !== null && !Buffer.from(sealed).includes(one.secret))
  await house.store.write(house.op(), async (tx) => {
    const table = tx.withTables<{ client_secret: SecretRow }>().updateTable('client_secret')
    await table.set({ sealed }).where('client', '=', two.client.id).execute()
  })
  assert.equal(await present(await assertion(two.client.clientId, one.secret)), 401, 'a row that was copied opens nothing')
})

test('it is offered in discovery, and works at the other endpoints of clients', async () => {
  const document = (await inject({ method: 'GET', url: '/.well-known/openid-configuration' })).json<Record<string, readonly string[]>>()
  for (const endpoint of ['token', 'revocation', 'introspection']) {
    assert.ok(document[`${endpoint}_endpoint_auth_methods_supported`]?.includes('client_secret_jwt'))
    assert.ok(document[`${endpoint}_endpoint_auth_signing_alg_values_supported`]?.includes('HS256'))
  }
  const { client, secret } = await register()
  assert.equal(await present(await assertion(client.clientId, secret), '/revoke', { token: 'r1.x' }), 200)
  assert.equal(await present(await assertion(client.clientId, secret), '/introspect', { token: 'x' }), 200)
})
