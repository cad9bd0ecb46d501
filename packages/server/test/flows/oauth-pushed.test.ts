/** Pushed authorization requests, RFC 9126: what a reference is good for, and for whom. @module */

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { newId } from '#kernel'
import { proofBy, proofKey } from '../dpop.ts'
import { alice, asked, client, exchange, get, headers, house, native, redirectUri, third, thirdSecret, type Fields } from './code-house.ts'
import { answered, basic, form, issuer } from './oauth-house.ts'

let requests = 0
const inject: typeof house.inject = async (options) => {
  requests += 1
  return house.inject({ ...options, remoteAddress: `203.0.113.${requests % 256}` })
}

const push = async (more: Fields = {}, as: Fields = headers) => inject(form('/par', asked(more), as))

const reference = async (more: Fields = {}): Promise<string> => {
  const answer = await push(more)
  assert.equal(answer.statusCode, 201, answer.body)
  return String(answer.json().request_uri)
}

const authorizeBy = async (requestUri: string, more: Fields = {}) => {
  const query = new URLSearchParams({ client_id: client.clientId, request_uri: requestUri, ...more }).toString()
  return inject(get(`/authorize?${query}`, { countersign_session: house.signIn(alice).cookie }))
}

test('RFC 9126 section 2.2: a pushed request gets a reference for a minute, and a code comes of it', async () => {
  const answer = await push()
  assert.equal(answer.statusCode, 201)
  assert.match(answer.json().request_uri, /^urn:ietf:params:oauth:request_uri:[\w-]{43}$/)
  assert.equal(answer.json().expires_in, 60)
  assert.match(String(answer.headers['cache-control']), /no-store/)
  const location = answered(await authorizeBy(answer.json().request_uri))
  assert.equal(`${location.origin}${location.pathname}`, redirectUri)
  assert.equal(location.searchParams.get('state'), 'st-1')
  assert.equal((await exchange(location.searchParams.get('code') ?? '')).statusCode, 200)
})

test('RFC 9126 section 2.1: an id_token_hint is pushed as it is sent, and counts', async () => {
  const first = answered(await authorizeBy(await reference())).searchParams.get('code') ?? ''
  const { id_token: hint } = (await exchange(first)).json<{ id_token: string }>()
  const location = answered(await authorizeBy(await reference({ id_token_hint: hint, prompt: 'none' })))
  assert.ok(location.searchParams.has('code'), location.href)
  const another = newId('usr')
  const query = { client_id: client.clientId, request_uri: await reference({ id_token_hint: hint, prompt: 'none' }) }
  const cookies = { countersign_session: house.signIn(another).cookie }
  const refused = answered(await inject(get(`/authorize?${new URLSearchParams(query).toString()}`, cookies)))
  assert.equal(refused.searchParams.get('error'), 'login_required')
  const forged = await push({ id_token_hint: `${hint.slice(0, -4)}AAAA` })
  assert.deepEqual([forged.statusCode, forged.json().code], [400, 'authorize.id_token_hint'])
  const ofAnother = await push(
    { id_token_hint: hint, client_id: third.clientId },
    { authorization: basic(third.clientId, thirdSecret?.reveal() ?? '') },
  )
  assert.deepEqual([ofAnother.statusCode, ofAnother.json().code], [400, 'authorize.id_token_hint'])
})

test('parameters beside the reference count for nothing', async () => {
  const more = { redirect_uri: 'https://evil.example/cb', state: 'evil', scope: 'openid email', nonce: 'evil' }
  const location = answered(await authorizeBy(await reference(), more))
  assert.deepEqual([location.origin, location.searchParams.get('state')], ['https://app.example', 'st-1'])
  assert.equal((await exchange(location.searchParams.get('code') ?? '')).json().scope, 'openid profile notes:read')
})

const refusedPage = async (answer: Awaited<ReturnType<typeof authorizeBy>>): Promise<void> => {
  assert.equal(answer.statusCode, 400)
  assert.equal(answer.headers.location, undefined)
}

test('RFC 9126 section 4: a reference works once, and of many at once one does', async () => {
  const once = await reference()
  assert.equal((await authorizeBy(once)).statusCode, 303)
  await refusedPage(await authorizeBy(once))
  const same = await reference()
  const answers = await Promise.all(Array.from({ length: 5 }, async () => authorizeBy(same)))
  assert.equal(answers.filter(({ statusCode }) => statusCode === 303).length, 1)
})

test('a reference ends after a minute, and is swept', async () => {
  const late = await reference()
  house.clock.forwardMs(59_999)
  assert.equal((await authorizeBy(late)).statusCode, 303)
  const later = await reference()
  house.clock.forwardMs(60_000)
  await refusedPage(await authorizeBy(later))
  assert.ok((await house.oauth.sweep(house.op())) > 0)
})

test('RFC 9126 section 2.2: another client neither uses a reference nor uses it up', async () => {
  const mine = await reference()
  await refusedPage(await authorizeBy(mine, { client_id: third.clientId }))
  assert.equal((await authorizeBy(mine)).statusCode, 303)
})

for (const made of [
  'urn:ietf:params:oauth:request_uri:x',
  `urn:ietf:params:oauth:request_uri:${'A'.repeat(43)}`,
  'urn:ietf:params:oauth:request_uri:',
]) {
  test(`${made} refers to nothing`, async () => refusedPage(await authorizeBy(made, { redirect_uri: redirectUri })))
}

const refused: readonly (readonly [string, Fields, string])[] = [
  ['another redirect URI', { redirect_uri: 'https://evil.example/cb' }, 'invalid_request'],
  ['no PKCE', { code_challenge: '' }, 'invalid_request'],
  ['plain PKCE', { code_challenge_method: 'plain' }, 'invalid_request'],
  ['no scope of the client', { scope: 'x' }, 'invalid_scope'],
  ['a response type that is not offered', { response_type: 'token' }, 'unsupported_response_type'],
  ['a reference in place of a request', { request_uri: 'urn:ietf:params:oauth:request_uri:x' }, 'request_uri_not_supported'],
  ['a resource of others', { resource: 'https://other.example' }, 'invalid_target'],
]
for (const [says, more, error] of refused) {
  test(`RFC 9126 section 2.3: a request with ${says} is refused when it is pushed`, async () => {
    const answer = await push(more)
    assert.deepEqual([answer.statusCode, answer.json().error], [400, error])
  })
}

test('RFC 9126 section 2.1: a client proves itself as at the token endpoint', async () => {
  for (const as of [{}, { authorization: basic(client.clientId, 'x'.repeat(43)) }]) assert.equal((await push({}, as)).statusCode, 401)
  const both = await push({}, { authorization: basic(third.clientId, thirdSecret?.reveal() ?? '') })
  assert.deepEqual([both.statusCode, both.json().code], [400, 'client_auth.two_methods'])
  const publicly = await push({ client_id: native.clientId, redirect_uri: 'http://127.0.0.1/cb' }, {})
  assert.equal(publicly.statusCode, 201)
})

test('a client that pushes its requests is refused what comes otherwise', async () => {
  await house.clients.update(house.op(), client.id, { requirePushedRequests: true })
  const straight = answered(await inject(get(`/authorize?${new URLSearchParams(asked()).toString()}`)))
  assert.equal(straight.searchParams.get('error'), 'invalid_request')
  assert.equal(straight.searchParams.get('code'), null)
  assert.equal((await authorizeBy(await reference())).statusCode, 303)
  await house.clients.update(house.op(), client.id, { requirePushedRequests: false })
})

test('a reference is worth nothing when its client lost the redirect URI meanwhile', async () => {
  const mine = await reference()
  await house.clients.update(house.op(), client.id, { redirectUris: ['https://app.example/other'] })
  await refusedPage(await authorizeBy(mine))
  await house.clients.update(house.op(), client.id, { redirectUris: [redirectUri] })
})

test('RFC 9449 section 10.1: a proof with the pushed request binds the code to its key', async () => {
  const [key, other] = [proofKey(), proofKey()]
  const proof = (by: typeof key, path: string, nonce?: string): string =>
    proofBy(by, 'POST', `${issuer}${path}`, { nonce, nowMs: house.clock.wallMs() })
  const first = await push({}, { ...headers, dpop: proof(key, '/par') })
  assert.equal(first.json().error, 'use_dpop_nonce')
  const nonce = String(first.headers['dpop-nonce'])
  const code = async (): Promise<string> => {
    const pushed = await push({}, { ...headers, dpop: proof(key, '/par', nonce) })
    assert.equal(pushed.statusCode, 201, pushed.body)
    return answered(await authorizeBy(pushed.json().request_uri)).searchParams.get('code') ?? ''
  }
  assert.equal((await exchange(await code(), {}, { ...headers, dpop: proof(other, '/token', nonce) })).json().error, 'invalid_grant')
  assert.equal((await exchange(await code(), {}, { ...headers, dpop: proof(key, '/token', nonce) })).statusCode, 200)
  const contradicts = await push({ dpop_jkt: 'A'.repeat(43) }, { ...headers, dpop: proof(key, '/par', nonce) })
  assert.deepEqual([contradicts.statusCode, contradicts.json().error], [400, 'invalid_request'])
  const wrong = await push({}, { ...headers, dpop: proof(key, '/token', nonce) })
  assert.equal(wrong.json().error, 'invalid_dpop_proof')
})
