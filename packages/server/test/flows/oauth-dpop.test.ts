/**
 * Tokens that are bound to a key, RFC 9449: at the token endpoint, at UserInfo,
 * through a refresh and from a code; and everything that is no proof.
 *
 * @module
 */

import assert from 'node:assert/strict'
import { generateKeyPairSync } from 'node:crypto'
import { test } from 'node:test'
import { base64url, utf8 } from '#kernel'
import { proofBy, proofKey, type ProofKey, type ProofSaid } from '../dpop.ts'
import { alice, authorize, client, codeFor, headers, house, native, pair, redirectUri, registration, type Fields } from './code-house.ts'
import { answered, basic, claimsOf, form, issuer } from './oauth-house.ts'

const key = proofKey()
const other = proofKey()
const endpoint = `${issuer}/token`

/** Each request comes from elsewhere: what is tried here is judged, not counted. */
let requests = 0
const inject: typeof house.inject = async (options) => {
  requests += 1
  return house.inject({ ...options, remoteAddress: `198.51.100.${requests % 256}` })
}

async function freshNonce(): Promise<string> {
  const said = { nowMs: house.clock.wallMs() }
  const asked = await inject(form('/token', { grant_type: 'x' }, { ...headers, dpop: proofBy(proofKey(), 'POST', endpoint, said) }))
  assert.deepEqual([asked.statusCode, asked.json().error], [400, 'use_dpop_nonce'])
  return String(asked.headers['dpop-nonce'])
}

const prove = async (by: ProofKey = key, said: Partial<ProofSaid> = {}, nonce?: string): Promise<string> =>
  proofBy(by, 'POST', endpoint, { nonce: nonce ?? (await freshNonce()), nowMs: house.clock.wallMs(), ...said })

interface As {
  readonly by?: ProofKey
  readonly proof?: string
  readonly headers?: Fields
}

const ask = async (fields: Fields, { by = key, proof, headers: as = headers }: As = {}) =>
  inject(form('/token', fields, { ...as, dpop: proof ?? (await prove(by)) }))

const exchange = async (code: string, as?: As, more: Fields = {}) =>
  ask({ grant_type: 'authorization_code', code, redirect_uri: redirectUri, code_verifier: pair.verifier, ...more }, as)

const userinfo = async (token: string, by: ProofKey = key, said: Partial<ProofSaid> = {}, scheme = 'DPoP') =>
  inject({
    method: 'GET',
    url: '/userinfo',
    headers: {
      authorization: `${scheme} ${token}`,
      dpop: proofBy(by, 'GET', `${issuer}/userinfo`, { accessToken: token, nowMs: house.clock.wallMs(), ...said }),
    },
  })

const granted = async (): Promise<string> => {
  const answer = await exchange(await codeFor())
  assert.equal(answer.statusCode, 200, answer.body)
  return String(answer.json().access_token)
}

test('RFC 9449 section 5: a request with a proof gets a token of type DPoP, bound to the key', async () => {
  const answer = await exchange(await codeFor())
  const { token_type: type, access_token: token } = answer.json()
  assert.equal(type, 'DPoP')
  assert.match((claimsOf(token)['cnf'] as { readonly jkt: string }).jkt, /^[\w-]{43}$/)
  assert.ok(answer.headers['dpop-nonce'])
  assert.match(String(answer.headers['access-control-expose-headers']), /dpop-nonce/)
})

test('a request without a proof gets a Bearer token that is bound to nothing', async () => {
  const given = { grant_type: 'authorization_code', redirect_uri: redirectUri, code_verifier: pair.verifier }
  const answer = await inject(form('/token', { ...given, code: await codeFor() }, headers))
  assert.equal(answer.json().token_type, 'Bearer')
  assert.equal(claimsOf(answer.json().access_token)['cnf'], undefined)
})

const wrong: readonly (readonly [string, (() => Promise<string> | string) | Partial<ProofSaid>])[] = [
  ['for another endpoint', { claims: { htu: `${issuer}/userinfo` } }],
  ['for another method', { claims: { htm: 'GET' } }],
  ['from an hour ago', { claims: { iat: 1 } }],
  ['without a jti', { claims: { jti: undefined } }],
  ['of another type', { header: { typ: 'JWT' } }],
  ['that is an assertion of a client', { header: { typ: 'client-authentication+jwt' } }],
  ['without a type', { header: { typ: undefined } }],
  ['without a key', { header: { jwk: undefined } }],
  ['with a key that is a text', { header: { jwk: 'x' } }],
  ['with another’s key', { header: { jwk: other.jwk } }],
  ['that names its key beside it', { header: { kid: 'x' } }],
  ['that says where its key is', { header: { jku: 'https://evil.example/jwks' } }],
  ['with a certificate', { header: { x5c: ['x'] } }],
  ['that says where its certificate is', { header: { x5u: 'https://evil.example/cert' } }],
  ['with an extension that must be understood', { header: { crit: ['b64'], b64: false } }],
  ['for another algorithm', { header: { alg: 'RS256' } }],
  ['without an algorithm', { header: { alg: 'none' } }],
  ['by HMAC', { header: { alg: 'HS256', jwk: { kty: 'oct', k: 'AAAA' } } }],
  ['with a private key in it', { header: { jwk: { ...key.privateKey.export({ format: 'jwk' }) } } }],
  ['with a key for encryption', { header: { jwk: { ...key.jwk, use: 'enc' } } }],
  ['with a key whose algorithm is another', { header: { jwk: { ...key.jwk, alg: 'ES384' } } }],
  ['without a signature', async () => (await prove()).replace(/[^.]+$/, '')],
  ['with a cut signature', async () => (await prove()).slice(0, -4)],
  ['that is two', async () => `${await prove()}, ${await prove()}`],
  ['that is empty', () => ''],
  ['that is no token', () => 'x.y.z'],
  ['that is huge', async () => prove(key, { claims: { x: 'x'.repeat(4_096) } })],
  ['that is deep', async () => prove(key, { claims: { x: JSON.parse(`${'['.repeat(64)}${']'.repeat(64)}`) as unknown } })],
  [
    'that says its algorithm twice',
    async () => {
      const [, body = '', tail = ''] = (await prove()).split('.')
      return `${base64url(utf8(`{"typ":"dpop+jwt","alg":"ES256","alg":"ES256","jwk":${JSON.stringify(key.jwk)}}`))}.${body}.${tail}`
    },
  ],
  [
    'by a small RSA key',
    () => {
      const { publicKey } = generateKeyPairSync('rsa', { modulusLength: 1024 })
      return prove(key, { header: { alg: 'RS256', jwk: publicKey.export({ format: 'jwk' }) } })
    },
  ],
]

for (const [says, said] of wrong) {
  test(`RFC 9449 section 4.3: a proof ${says} is invalid_dpop_proof, and spends nothing`, async () => {
    const code = await codeFor()
    const proof = typeof said === 'function' ? await said() : await prove(key, said)
    const answer = await exchange(code, { proof })
    assert.deepEqual([answer.statusCode, answer.json().error, answer.json().code], [400, 'invalid_dpop_proof', 'dpop.proof'])
    assert.equal((await exchange(code)).statusCode, 200)
  })
}

test('RFC 9449 section 11.1: a proof works once, and of many at once one does', async () => {
  const proof = await prove()
  const [first, second] = [await codeFor(), await codeFor()]
  assert.equal((await exchange(first, { proof })).statusCode, 200)
  assert.equal((await exchange(second, { proof })).json().code, 'dpop.proof')
  const same = await prove()
  const codes = await Promise.all(Array.from({ length: 6 }, async () => codeFor()))
  const answers = await Promise.all(codes.map(async (code) => exchange(code, { proof: same })))
  assert.equal(answers.filter(({ statusCode }) => statusCode === 200).length, 1)
})

test('the jti of one key is free for another', async () => {
  const nonce = await freshNonce()
  for (const by of [key, other]) {
    const proof = await prove(by, { claims: { jti: 'the same' } }, nonce)
    assert.equal((await exchange(await codeFor(), { proof })).statusCode, 200)
  }
})

test('RFC 9449 section 8: a nonce is asked for, ends, and is nobody’s invention', async () => {
  const nonce = await freshNonce()
  house.clock.forwardMs(299_000)
  assert.equal((await exchange(await codeFor(), { proof: await prove(key, {}, nonce) })).statusCode, 200)
  house.clock.forwardMs(1_000)
  for (const bad of [nonce, 'x', `${nonce}x`, '', 'x'.repeat(1_000)]) {
    const answer = await exchange(await codeFor(), { proof: await prove(key, {}, bad) })
    assert.deepEqual([answer.statusCode, answer.json().error], [400, 'use_dpop_nonce'], bad)
    assert.notEqual(answer.headers['dpop-nonce'], nonce)
  }
})

test('a client that is registered for bound tokens gets no others', async () => {
  const { dpopBoundAccessTokens } = await house.clients.update(house.op(), client.id, { dpopBoundAccessTokens: true })
  assert.equal(dpopBoundAccessTokens, true)
  const code = await codeFor()
  const given = { grant_type: 'authorization_code', code, redirect_uri: redirectUri, code_verifier: pair.verifier }
  const answer = await inject(form('/token', given, headers))
  assert.deepEqual([answer.json().error, answer.json().code], ['invalid_dpop_proof', 'dpop.missing'])
  assert.equal((await exchange(code)).statusCode, 200)
  await house.clients.update(house.op(), client.id, { dpopBoundAccessTokens: false })
})

test('tokens of before die when a client is registered for bound ones', async () => {
  const moved = await house.clients.create(house.op(), {
    ...registration,
    name: 'Moved',
    grantTypes: ['client_credentials'],
    redirectUris: [],
  })
  const as = { authorization: `Basic ${Buffer.from(`${moved.client.clientId}:${moved.secret?.reveal()}`).toString('base64')}` }
  const { access_token: token } = (await inject(form('/token', { grant_type: 'client_credentials' }, as))).json()
  await house.tokens.verifyAccessToken(house.op(), token, 'https://api.example')
  await house.clients.update(house.op(), moved.client.id, { dpopBoundAccessTokens: true })
  await assert.rejects(house.tokens.verifyAccessToken(house.op(), token, 'https://api.example'), { code: 'token.not_valid' })
})

test('RFC 9449 section 7: UserInfo takes a bound token with a proof of its key', async () => {
  const token = await granted()
  const answer = await userinfo(token)
  assert.deepEqual([answer.statusCode, answer.json().sub], [200, alice])
  assert.ok(answer.headers['dpop-nonce'])
})

test('UserInfo by POST needs a proof for POST', async () => {
  const token = await granted()
  for (const [method, status] of [
    ['POST', 200],
    ['GET', 401],
  ] as const) {
    const proof = proofBy(key, method, `${issuer}/userinfo`, { accessToken: token, nowMs: house.clock.wallMs() })
    const answer = await inject(form('/userinfo', {}, { authorization: `DPoP ${token}`, dpop: proof }))
    assert.equal(answer.statusCode, status)
  }
})

const atUserinfo: readonly (readonly [string, string, (token: string) => ReturnType<typeof userinfo>])[] = [
  ['as Bearer, with the proof', 'invalid_token', async (token) => userinfo(token, key, {}, 'Bearer')],
  [
    'as Bearer, alone',
    'invalid_token',
    async (token) => inject({ method: 'GET', url: '/userinfo', headers: { authorization: `Bearer ${token}` } }),
  ],
  ['in the form', 'invalid_token', async (token) => inject(form('/userinfo', { access_token: token }))],
  [
    'without a proof',
    'invalid_dpop_proof',
    async (token) => inject({ method: 'GET', url: '/userinfo', headers: { authorization: `DPoP ${token}` } }),
  ],
  ['with a proof of another key', 'invalid_dpop_proof', async (token) => userinfo(token, other)],
  ['with a proof for another token', 'invalid_dpop_proof', async (token) => userinfo(token, key, { accessToken: 'x' })],
  ['with a proof without a hash', 'invalid_dpop_proof', async (token) => userinfo(token, key, { claims: { ath: undefined } })],
  ['with a proof for the token endpoint', 'invalid_dpop_proof', async (token) => userinfo(token, key, { claims: { htu: endpoint } })],
  ['with an old nonce', 'use_dpop_nonce', async (token) => userinfo(token, key, { nonce: 'old' })],
]

for (const [says, error, send] of atUserinfo) {
  test(`a bound token ${says} opens nothing at UserInfo`, async () => {
    const answer = await send(await granted())
    assert.equal(answer.statusCode, 401)
    assert.match(String(answer.headers['www-authenticate']), new RegExp(`^DPoP error="${error}".*algs="ES256 PS256 RS256 EdDSA`))
    assert.equal(answer.headers['dpop-nonce'] !== undefined, error === 'use_dpop_nonce')
  })
}

test('a proof at UserInfo works once', async () => {
  const token = await granted()
  const same = { claims: { jti: 'once' } }
  assert.equal((await userinfo(token, key, same)).statusCode, 200)
  assert.equal((await userinfo(token, key, same)).statusCode, 401)
})

test('an unbound token does not pass as a bound one, with whatever proof', async () => {
  const given = { grant_type: 'authorization_code', redirect_uri: redirectUri, code_verifier: pair.verifier }
  const { access_token: token } = (await inject(form('/token', { ...given, code: await codeFor() }, headers))).json()
  assert.equal((await userinfo(token)).statusCode, 401)
})

test('a bound token sent alone is believed nowhere', async () => {
  const token = await granted()
  await assert.rejects(house.tokens.verifyAccessToken(house.op(), token, 'https://api.example'), { code: 'token.not_valid' })
  assert.ok((await house.tokens.believe(house.op(), token, 'https://api.example')).confirmation)
})

/** A public client asks each time: the page is answered as the person would. */
async function nativeCode(): Promise<string> {
  const { session, cookie } = house.signIn(alice)
  const begun = await authorize(
    { client_id: native.clientId, redirect_uri: 'http://127.0.0.1/cb', scope: 'openid offline_access' },
    { countersign_session: cookie },
  )
  const browser = begun.cookies.find(({ name }) => name === 'countersign_browser')?.value
  const state = answered(begun).searchParams.get('state') ?? ''
  const { body } = await house.oauth.decideConsent(house.op(), session, state, browser, {
    decision: 'allow',
    nonce: 'x',
    address: '203.0.113.1',
  })
  assert.ok(typeof body === 'object' && 'redirect' in body)
  return new URL(body.redirect).searchParams.get('code') ?? assert.fail(body.redirect)
}

test('RFC 9449 section 5: the refresh token of a public client is bound to its key', async () => {
  const code = await nativeCode()
  const as = { client_id: native.clientId, redirect_uri: 'http://127.0.0.1/cb' }
  const { refresh_token: first } = (await exchange(code, { headers: {} }, as)).json()
  const refresh = async (token: string, by?: ProofKey) => {
    const fields = { grant_type: 'refresh_token', refresh_token: token, client_id: native.clientId }
    return by === undefined ? inject(form('/token', fields)) : ask(fields, { by, headers: {} })
  }
  for (const by of [undefined, other]) {
    const answer = await refresh(first, by)
    assert.deepEqual([answer.statusCode, answer.json().error, answer.json().code], [400, 'invalid_grant', 'refresh.sender'])
  }
  const good = await refresh(first, key)
  assert.deepEqual([good.statusCode, good.json().token_type], [200, 'DPoP'])
  assert.equal((await refresh(good.json().refresh_token, other)).json().code, 'refresh.sender')
  assert.equal((await refresh(good.json().refresh_token, key)).statusCode, 200)
})

test('a public client binds an unbound refresh token by its first proof', async () => {
  const fields = { grant_type: 'authorization_code', code: await nativeCode(), code_verifier: pair.verifier }
  const as = { client_id: native.clientId, redirect_uri: 'http://127.0.0.1/cb' }
  const { refresh_token: first } = (await inject(form('/token', { ...fields, ...as }))).json()
  const second = await ask({ grant_type: 'refresh_token', refresh_token: first, client_id: native.clientId }, { headers: {} })
  const third = { grant_type: 'refresh_token', refresh_token: String(second.json().refresh_token), client_id: native.clientId }
  assert.equal((await inject(form('/token', third))).json().code, 'refresh.sender')
  assert.equal((await ask(third, { headers: {} })).statusCode, 200)
})

test('a confidential client proves itself and may change its key', async () => {
  const { refresh_token: token } = (await exchange(await codeFor())).json()
  const answer = await ask({ grant_type: 'refresh_token', refresh_token: token }, { by: other })
  assert.equal(answer.statusCode, 200)
  const { jkt } = claimsOf(answer.json().access_token)['cnf'] as { readonly jkt: string }
  assert.equal((await userinfo(answer.json().access_token, other)).statusCode, 200, jkt)
})

test('RFC 9449 section 10: a code that is bound to a key is exchanged with it alone', async () => {
  const { access_token: token } = (await exchange(await codeFor())).json()
  const { jkt } = claimsOf(token)['cnf'] as { readonly jkt: string }
  const bound = async (): Promise<string> => codeFor({ dpop_jkt: jkt })
  assert.equal((await exchange(await bound())).statusCode, 200)
  assert.equal((await exchange(await bound(), { by: other })).json().code, 'grant.mismatch')
  const given = { grant_type: 'authorization_code', redirect_uri: redirectUri, code_verifier: pair.verifier }
  assert.equal((await inject(form('/token', { ...given, code: await bound() }, headers))).json().error, 'invalid_grant')
})

test('used proofs are forgotten when they are over, and refused by their age then', async () => {
  const proof = await prove()
  assert.equal((await exchange(await codeFor(), { proof })).statusCode, 200)
  house.clock.forwardMs(100_000)
  assert.ok((await house.oauth.sweep(house.op())) > 0)
  assert.equal((await exchange(await codeFor(), { proof })).json().code, 'dpop.proof')
})

test('pages of other origins may send proofs', async () => {
  const answer = await inject({ method: 'OPTIONS', url: '/token' })
  assert.match(String(answer.headers['access-control-allow-headers']), /dpop/)
})

test('RFC 9449 section 6.2: introspection says which key a token is bound to', async () => {
  const api = await house.clients.create(house.op(), {
    name: 'API',
    kind: 'confidential',
    grantTypes: ['client_credentials'],
    introspects: ['https://api.example'],
  })
  const token = await granted()
  const authorization = basic(api.client.clientId, api.secret?.reveal() ?? '')
  const answer = (await inject(form('/introspect', { token }, { authorization }))).json()
  assert.deepEqual([answer.active, answer.token_type, answer.cnf], [true, 'DPoP', claimsOf(token)['cnf']])
})
