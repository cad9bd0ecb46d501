/**
 * Scripts that prove themselves by a key of their own: RFC 7523 at the token
 * endpoint, and everything that is none of it.
 *
 * @module
 */

import assert from 'node:assert/strict'
import { generateKeyPairSync, type KeyObject } from 'node:crypto'
import { test } from 'node:test'
import { SignJWT, exportJWK, importJWK, type JWTHeaderParameters } from 'jose'
import { base64url, randomBytes, utf8 } from '#kernel'
import { readClientKey, type PublicJwk } from '#keys'
import { basic, form, issuer, openHouse } from './oauth-house.ts'

const house = await openHouse()

/** Each request comes from elsewhere: what is tried here is judged, not counted. */
let requests = 0
const inject: typeof house.inject = async (options) => {
  requests += 1
  return house.inject({ ...options, remoteAddress: `192.0.2.${requests % 256}` })
}
const type = 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer'

interface Pair {
  readonly jwk: PublicJwk
  readonly privateKey: KeyObject
  readonly alg: string
}

async function pair(alg: string, keys: { readonly publicKey: KeyObject; readonly privateKey: KeyObject }): Promise<Pair> {
  const jwk = readClientKey({ ...(await exportJWK(keys.publicKey)), alg, kid: `key-${alg}` })
  assert.ok(jwk)
  return { jwk, privateKey: keys.privateKey, alg }
}

const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 })
const pairs = {
  ES256: await pair('ES256', generateKeyPairSync('ec', { namedCurve: 'P-256' })),
  EdDSA: await pair('EdDSA', generateKeyPairSync('ed25519')),
  RS256: await pair('RS256', rsa),
  PS256: await pair('PS256', generateKeyPairSync('rsa', { modulusLength: 2048 })),
} as const

const op = house.op()
const register = async (...keys: readonly Pair[]) =>
  (
    await house.clients.create(op, {
      name: 'Script',
      kind: 'confidential',
      grantTypes: ['client_credentials'],
      audiences: ['https://api.example'],
      scopes: ['notes:read'],
      clientKeys: keys.map(({ jwk }) => jwk),
    })
  ).client
const client = await register(...Object.values(pairs))
const other = await register(await pair('ES256', generateKeyPairSync('ec', { namedCurve: 'P-256' })))
const withSecret = await house.clients.create(op, { name: 'Shared', kind: 'confidential', grantTypes: ['client_credentials'] })

interface Said {
  readonly claims?: Readonly<Record<string, unknown>>
  readonly header?: object
  readonly by?: Pair
}

const nowSeconds = (): number => Math.floor(house.clock.wallMs() / 1000)

async function assertion({ claims = {}, header = {}, by = pairs.ES256 }: Said = {}): Promise<string> {
  const usual = { iss: client.clientId, sub: client.clientId, aud: issuer, exp: nowSeconds() + 60, jti: base64url(randomBytes(12)) }
  const said = Object.fromEntries(Object.entries({ ...usual, ...claims }).filter(([, value]) => value !== undefined))
  const members = Object.fromEntries(Object.entries({ alg: by.alg, kid: by.jwk.kid, ...header }).filter(([, value]) => value !== undefined))
  return new SignJWT(said).setProtectedHeader(members as JWTHeaderParameters).sign(by.privateKey)
}

const present = async (text: string, more: object = {}, headers: Readonly<Record<string, string>> = {}) =>
  inject(form('/token', { grant_type: 'client_credentials', client_assertion_type: type, client_assertion: text, ...more }, headers))

for (const [alg, by] of Object.entries(pairs)) {
  test(`a client gets a token by a key for ${alg}, with and without kid and typ`, async () => {
    for (const header of [{}, { kid: undefined }, { typ: 'JWT' }, { typ: 'client-authentication+jwt' }])
      assert.equal((await present(await assertion({ by, header }))).statusCode, 200)
  })
}

test('the token is the client’s own, and the record has whose it was', async () => {
  const before = house.recording.events.length
  const response = await present(await assertion())
  const { access_token: token } = response.json<{ readonly access_token: string }>()
  const principal = await house.tokens.verifyAccessToken(house.op(), token, 'https://api.example')
  assert.deepEqual([principal.is, principal.id], ['service', client.id])
  assert.deepEqual(
    house.recording.events.slice(before).map(({ what }) => what),
    ['grant.client_credentials'],
  )
})

const endpoint = `${issuer}/token`

const accepted: readonly (readonly [string, Said])[] = [
  ['for the token endpoint', { claims: { aud: endpoint } }],
  ['with one audience in a list', { claims: { aud: [issuer] } }],
  ['that lives five minutes', { claims: { exp: nowSeconds() + 300 } }],
  ['that ran out within the skew', { claims: { exp: nowSeconds() - 29 } }],
  ['that says when it was made', { claims: { iat: nowSeconds(), nbf: nowSeconds() } }],
  ['made by a clock that is ahead within the skew', { claims: { iat: nowSeconds() + 30, nbf: nowSeconds() + 30 } }],
  ['with a jti of 255 characters', { claims: { jti: 'j'.repeat(255) } }],
]

for (const [says, said] of accepted) {
  test(`an assertion ${says} is accepted`, async () => assert.equal((await present(await assertion(said))).statusCode, 200))
}

const stranger: Pair = { ...pairs.ES256, privateKey: generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey }

const refused: readonly (readonly [string, Said])[] = [
  ['signed by a stranger', { by: stranger }],
  ['with the key of another algorithm', { header: { kid: pairs.RS256.jwk.kid } }],
  ['with an unknown kid', { header: { kid: 'key-0' } }],
  ['that carries its own key', { header: { jwk: stranger.jwk }, by: stranger }],
  ['that says where its key is', { header: { jku: 'https://evil.example/jwks' }, by: stranger }],
  ['that is another kind of token', { header: { typ: 'at+jwt' } }],
  ['that is a DPoP proof', { header: { typ: 'dpop+jwt' } }],
  ['of another issuer', { claims: { iss: other.clientId } }],
  ['without an issuer', { claims: { iss: undefined } }],
  ['for another server', { claims: { aud: 'https://other.example' } }],
  ['for another endpoint of ours', { claims: { aud: `${issuer}/authorize` } }],
  ['for us with a slash', { claims: { aud: `${issuer}/` } }],
  ['for us and another', { claims: { aud: [issuer, 'https://other.example'] } }],
  ['for nobody', { claims: { aud: undefined } }],
  ['for an empty list', { claims: { aud: [] } }],
  ['for a list in a list', { claims: { aud: [[issuer]] } }],
  ['that never ends', { claims: { exp: undefined } }],
  ['that ran out', { claims: { exp: nowSeconds() - 30 } }],
  ['that lives for an hour', { claims: { exp: nowSeconds() + 3_600 } }],
  ['that lives a second beyond the bound', { claims: { exp: nowSeconds() + 331 } }],
  ['whose end is a text', { claims: { exp: String(nowSeconds() + 60) } }],
  ['that is not valid yet', { claims: { nbf: nowSeconds() + 31 } }],
  ['from the future', { claims: { iat: nowSeconds() + 31 } }],
  ['without a jti', { claims: { jti: undefined } }],
  ['with an empty jti', { claims: { jti: '' } }],
  ['with a jti of 256 characters', { claims: { jti: 'j'.repeat(256) } }],
  ['with a jti that is a number', { claims: { jti: 7 } }],
]

for (const [says, said] of refused) {
  test(`an assertion ${says} is refused as any other`, async () => {
    const response = await present(await assertion(said))
    assert.deepEqual(
      [response.statusCode, response.json()['error'], response.json()['code']],
      [401, 'invalid_client', 'client_auth.failed'],
    )
  })
}

test('an assertion works once, at the token endpoint or any other', async () => {
  const once = await assertion()
  assert.equal((await present(once)).statusCode, 200)
  assert.equal((await present(once)).statusCode, 401)
  const revoke = form('/revoke', { token: 'r1.x', client_assertion_type: type, client_assertion: once })
  assert.equal((await inject(revoke)).statusCode, 401)
})

test('of many who send the same assertion at once, one gets a token', async () => {
  const same = await assertion()
  const answers = await Promise.all(Array.from({ length: 12 }, async () => present(same)))
  assert.equal(answers.filter(({ statusCode }) => statusCode === 200).length, 1)
})

test('what cannot be read is no assertion', async () => {
  const good = await assertion()
  const [head = '', body = '', tail = ''] = good.split('.')
  const none = base64url(utf8(JSON.stringify({ alg: 'none' })))
  const twice = base64url(utf8(`{"alg":"ES256","alg":"ES256","kid":"${pairs.ES256.jwk.kid}"}`))
  for (const text of [
    '',
    'x',
    `${head}.${body}`,
    `${good}.`,
    `${none}.${body}.`,
    `${none}.${body}.${tail}`,
    `${twice}.${body}.${tail}`,
    `${head}=.${body}.${tail}`,
  ])
    assert.equal((await present(text)).statusCode, 401, text)
  assert.equal((await present('x'.repeat(4_097))).statusCode, 400)
})

test('HMAC under the public key is no signature (RFC 8725 section 2.1)', async () => {
  const secret = utf8(JSON.stringify(pairs.RS256.jwk))
  const claims = { iss: client.clientId, sub: client.clientId, aud: issuer, exp: nowSeconds() + 60, jti: 'hmac' }
  const forged = await new SignJWT(claims).setProtectedHeader({ alg: 'HS256', kid: pairs.RS256.jwk.kid }).sign(secret)
  assert.equal((await present(forged)).statusCode, 401)
})

test('one way of authentication at a time', async () => {
  const both = await present(await assertion(), {}, { authorization: basic(client.clientId, 'x'.repeat(32)) })
  assert.equal(both.json()['code'], 'client_auth.two_methods')
  assert.equal((await present(await assertion(), { client_secret: 'x' })).json()['code'], 'client_auth.two_methods')
  assert.equal((await present(await assertion(), { client_id: other.clientId })).json()['code'], 'client_auth.two_methods')
  assert.equal((await present(await assertion(), { client_assertion_type: 'urn:x' })).json()['code'], 'client_auth.failed')
  assert.equal((await present(await assertion(), { client_id: client.clientId })).statusCode, 200)
})

test('a client with keys has no secret, and one with a secret has no keys', async () => {
  assert.equal((await inject(form('/token', { grant_type: 'client_credentials', client_id: client.clientId }))).statusCode, 401)
  await assert.rejects(house.clients.addSecret(house.op(), client.id), { code: 'client.invalid_metadata' })
  const claims = { iss: withSecret.client.clientId, sub: withSecret.client.clientId }
  assert.equal((await present(await assertion({ claims }))).statusCode, 401)
})

test('a secret of before is none any more when a client registers keys, and its tokens end', async () => {
  const made = await house.clients.create(house.op(), { name: 'Moved', kind: 'confidential', grantTypes: ['client_credentials'] })
  const ask = async () =>
    inject(
      form('/token', { grant_type: 'client_credentials' }, { authorization: basic(made.client.clientId, made.secret?.reveal() ?? '') }),
    )
  assert.equal((await ask()).statusCode, 200)
  await house.clients.update(house.op(), made.client.id, { tokenEndpointAuthMethod: 'private_key_jwt', clientKeys: [pairs.ES256.jwk] })
  assert.equal((await ask()).statusCode, 401)
})

test('a key that was taken away proves nothing from then on', async () => {
  const moved = await register(pairs.ES256, pairs.EdDSA)
  const claims = { iss: moved.clientId, sub: moved.clientId }
  assert.equal((await present(await assertion({ claims }))).statusCode, 200)
  await house.clients.update(house.op(), moved.id, { clientKeys: [pairs.EdDSA.jwk] })
  assert.equal((await present(await assertion({ claims }))).statusCode, 401)
  assert.equal((await present(await assertion({ claims, by: pairs.EdDSA }))).statusCode, 200)
})

test('used assertions are forgotten when they are over, and refused by their time then', async () => {
  const used = await assertion()
  assert.equal((await present(used)).statusCode, 200)
  house.clock.forwardMs(400_000)
  assert.ok((await house.oauth.sweep(house.op())) > 0)
  assert.equal(await house.oauth.sweep(house.op()), 0)
  assert.equal((await present(used)).statusCode, 401)
})

const ec = await exportJWK(generateKeyPairSync('ec', { namedCurve: 'P-256' }).publicKey)

for (const [says, jwk] of [
  ['a private key', { ...(await exportJWK(generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey)), alg: 'ES256' }],
  ['a symmetric key', { kty: 'oct', k: 'x', alg: 'HS256' }],
  ['no algorithm', ec],
  ['the algorithm of another kind', { ...ec, alg: 'RS256' }],
  ['none', { ...ec, alg: 'none' }],
  ['a key for encryption', { ...ec, alg: 'ES256', use: 'enc' }],
  ['a point that is not on the curve', { ...ec, alg: 'ES256', x: 'AAAA' }],
  ['a small modulus', { ...(await exportJWK(generateKeyPairSync('rsa', { modulusLength: 1024 }).publicKey)), alg: 'RS256' }],
  ['a kid with a space', { ...ec, alg: 'ES256', kid: 'a b' }],
] as const) {
  test(`${says} cannot be registered`, () => assert.equal(readClientKey({ ...jwk }), undefined))
}

test('a key without a name gets its thumbprint, and jose reads what we keep', async () => {
  const key = readClientKey({ ...ec, alg: 'ES256' })
  assert.match(key?.kid ?? '', /^[\w-]{43}$/)
  assert.ok(await importJWK({ ...key }, 'ES256'))
})
