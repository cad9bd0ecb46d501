/** Answers to the client as one signed parameter: JWT Secured Authorization Response Mode (JARM). @module */

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createLocalJWKSet, jwtVerify, type JSONWebKeySet, type JWTPayload } from 'jose'
import type { Response } from 'light-my-request'
import { Value } from 'typebox/value'
import type { SigningAlgorithm } from '#keys'
import { clientMetadata } from '../../src/oauth/clients/metadata.ts'
import {
  alice,
  asked,
  authorize,
  client,
  exchange,
  get,
  house,
  native,
  redirectUri,
  registration,
  third,
  type Fields,
} from './code-house.ts'
import { answered, issuer, openHouse } from './oauth-house.ts'

for (const { id } of [client, third]) await house.clients.update(house.op(), id, { authorizationSignedResponseAlg: 'RS256' })

const published = async () => createLocalJWKSet((await house.inject(get('/jwks'))).json<JSONWebKeySet>())

/** As a client reads it: JARM section 2.4. */
async function opened(
  response: string,
  algorithms: readonly SigningAlgorithm[] = ['RS256'],
  audience = client.clientId,
): Promise<JWTPayload> {
  const at = { currentDate: new Date(house.clock.wallMs()) }
  const { payload, protectedHeader } = await jwtVerify(response, await published(), {
    issuer,
    audience,
    algorithms: [...algorithms],
    ...at,
  })
  assert.equal(protectedHeader.typ, 'oauth-authz-resp+jwt')
  return payload
}

/** The one parameter of a redirect. */
function signedOf(response: Response): string {
  const location = answered(response)
  assert.equal(`${location.origin}${location.pathname}`, redirectUri)
  assert.deepEqual([...location.searchParams.keys()], ['response'])
  return location.searchParams.get('response') ?? ''
}

const signedIn = () => ({ countersign_session: house.signIn(alice).cookie })

for (const mode of ['jwt', 'query.jwt']) {
  test(`JARM section 2.3: ${mode} puts code, state and iss into one signed parameter of the query`, async () => {
    const { code, iat, exp, ...rest } = await opened(signedOf(await authorize({ response_mode: mode }, signedIn())))
    assert.deepEqual(rest, { state: 'st-1', iss: issuer, aud: client.clientId })
    assert.equal(Number(exp) - Number(iat), 600)
    assert.equal((await exchange(String(code))).statusCode, 200)
  })
}

test('JARM section 2.3.3: form_post.jwt posts it', async () => {
  const page = await authorize({ response_mode: 'form_post.jwt' }, signedIn())
  assert.equal(page.statusCode, 200)
  const fields = [...page.body.matchAll(/<input type="hidden" name="([^"]*)" value="([^"]*)">/g)]
  assert.deepEqual(
    fields.map(([, name]) => name),
    ['response'],
  )
  const { code } = await opened(fields[0]?.[2] ?? '')
  assert.equal((await exchange(String(code))).statusCode, 200)
})

test('JARM section 2.1: errors are signed too', async () => {
  for (const [more, error] of [
    [{ prompt: 'none' }, 'login_required'],
    [{ scope: 'admin' }, 'invalid_scope'],
    [{ code_challenge_method: 'plain' }, 'invalid_request'],
  ] as const) {
    const said = await opened(signedOf(await authorize({ response_mode: 'jwt', ...more })))
    assert.deepEqual([said['error'], said['state'], said.iss, said['code']], [error, 'st-1', issuer, undefined])
    assert.equal(typeof said['error_description'], 'string')
  }
})

test('what a person said on our page is signed', async () => {
  for (const [decision, what] of [
    ['allow', 'code'],
    ['deny', 'error'],
  ] as const) {
    const { cookie, session } = house.signIn(alice)
    const asks = { response_mode: 'jwt', prompt: 'consent', client_id: third.clientId }
    const begun = await authorize(asks, { countersign_session: cookie })
    const browser = String(begun.cookies.find(({ name }) => name === 'countersign_browser')?.value)
    const state = answered(begun).searchParams.get('state') ?? ''
    const answer = await house.oauth.decideConsent(house.op(), session, state, browser, { decision, nonce: 'n', address: '203.0.113.1' })
    assert.ok(answer.body !== 'empty' && 'redirect' in answer.body)
    const response = new URL(answer.body.redirect).searchParams.get('response') ?? ''
    assert.ok(what in (await opened(response, ['RS256'], third.clientId)))
  }
})

/** What a client without an algorithm is sent, at its address or by a form. */
async function unsignedOf(more: Fields): Promise<Fields> {
  const answer = await authorize({ client_id: native.clientId, redirect_uri: 'http://127.0.0.1/cb', ...more }, signedIn())
  const posted = answer.body.matchAll(/<input type="hidden" name="([^"]*)" value="([^"]*)">/g)
  if (answer.statusCode === 200) return Object.fromEntries([...posted].map(([, name = '', value = '']) => [name, value]))
  return Object.fromEntries(answered(answer).searchParams)
}

test('nobody makes the server sign for a client that registered no algorithm for answers', async () => {
  for (const mode of ['jwt', 'query.jwt', 'form_post.jwt']) {
    for (const more of [{}, { prompt: 'none' }, { scope: 'admin' }] as const) {
      const { error_description: _, ...said } = await unsignedOf({ response_mode: mode, ...more })
      assert.deepEqual(said, { error: 'unauthorized_client', state: 'st-1', iss: issuer }, mode)
    }
    const { error } = await unsignedOf({ response_mode: mode, response_type: 'token' })
    assert.equal(error, 'unsupported_response_type')
  }
})

test('strangers of one address make the server sign so many refusals and no more', async () => {
  const tight = await openHouse({ limits: { classes: { 'signed-error': { address: { burst: 2, perSecond: 0.001 } } } } })
  const { client: signed } = await tight.clients.create(tight.op(), { ...registration, authorizationSignedResponseAlg: 'PS256' })
  const ask = async (remoteAddress: string, more: Fields, cookies: Fields = {}) => {
    const query = new URLSearchParams(asked({ client_id: signed.clientId, ...more })).toString()
    return tight.inject({ ...get(`/authorize?${query}`, cookies), remoteAddress })
  }
  const stranger = '198.51.100.7'
  signedOf(await ask(stranger, { response_mode: 'jwt', prompt: 'none' }))
  signedOf(await ask(stranger, { response_mode: 'jwt', scope: 'admin' }))
  for (const more of [{ prompt: 'none' }, { scope: 'admin' }]) {
    const one = await ask(stranger, { response_mode: 'jwt', ...more })
    assert.equal(one.statusCode, 429)
    assert.ok(Number(one.headers['retry-after']) > 0)
  }
  const { cookie, session } = tight.signIn(alice)
  const begun = await ask(stranger, { response_mode: 'jwt', prompt: 'consent' }, { countersign_session: cookie })
  const browser = String(begun.cookies.find(({ name }) => name === 'countersign_browser')?.value)
  const state = answered(begun).searchParams.get('state') ?? ''
  const denied = { decision: 'deny', nonce: 'n', address: stranger } as const
  await assert.rejects(tight.oauth.decideConsent(tight.op(), undefined, state, browser, denied), { code: 'limit.exceeded' })
  // What is not signed, what somebody asks for who is signed in, and who asks from elsewhere is not among them.
  assert.equal(answered(await ask(stranger, { prompt: 'none' })).searchParams.get('error'), 'login_required')
  const code = await tight.oauth.decideConsent(tight.op(), session, state, browser, { ...denied, decision: 'allow' })
  assert.ok(code.body !== 'empty' && 'redirect' in code.body)
  signedOf(await ask('198.51.101.7', { response_mode: 'jwt', prompt: 'none' }))
})

test('a client that lost its algorithm while its page was open is not answered unsigned', async () => {
  const { cookie, session } = house.signIn(alice)
  const begun = await authorize({ response_mode: 'jwt', prompt: 'consent', client_id: third.clientId }, { countersign_session: cookie })
  const browser = String(begun.cookies.find(({ name }) => name === 'countersign_browser')?.value)
  const state = answered(begun).searchParams.get('state') ?? ''
  await house.clients.update(house.op(), third.id, { authorizationSignedResponseAlg: undefined })
  await assert.rejects(
    house.oauth.decideConsent(house.op(), session, state, browser, { decision: 'allow', nonce: 'n', address: '203.0.113.1' }),
    {
      code: 'authorize.state_not_valid',
    },
  )
  await house.clients.update(house.op(), third.id, { authorizationSignedResponseAlg: 'RS256' })
})

test('JARM section 2.3.2: what is not offered is refused, unsigned', async () => {
  for (const mode of ['fragment.jwt', 'fragment', 'QUERY.JWT', 'query.jwt.jwt']) {
    const location = answered(await authorize({ response_mode: mode }, signedIn()))
    assert.equal(location.searchParams.get('error'), 'invalid_request', mode)
  }
})

test('JARM section 3: by the algorithm that the client registered', async () => {
  for (const algorithm of ['ES256', 'EdDSA', 'PS256'] as const) {
    await house.clients.update(house.op(), client.id, { authorizationSignedResponseAlg: algorithm })
    const response = signedOf(await authorize({ response_mode: 'jwt' }, signedIn()))
    assert.ok('code' in (await opened(response, [algorithm])), algorithm)
  }
  await house.clients.update(house.op(), client.id, { authorizationSignedResponseAlg: 'RS256' })
  for (const algorithm of ['none', 'HS256'])
    assert.equal(Value.Check(clientMetadata.authorizationSignedResponseAlg.shape, algorithm), false)
})

test('an answer is no ID token of ours, and ends after ten minutes', async () => {
  const response = signedOf(await authorize({ response_mode: 'jwt' }, signedIn()))
  const hinted = answered(await authorize({ id_token_hint: response, prompt: 'none' }, signedIn()))
  assert.equal(hinted.searchParams.get('error'), 'invalid_request')
  house.clock.forwardMs(599_000)
  await opened(response)
  house.clock.forwardMs(1_000)
  await assert.rejects(opened(response), { code: 'ERR_JWT_EXPIRED' })
})

test('an answer for one client is none for another', async () => {
  const response = signedOf(await authorize({ response_mode: 'jwt' }, signedIn()))
  await assert.rejects(opened(response, ['RS256'], third.clientId), { code: 'ERR_JWT_CLAIM_VALIDATION_FAILED' })
})

test('JARM section 3: what is offered is said', async () => {
  const said = (await house.inject(get('/.well-known/openid-configuration'))).json<Record<string, unknown>>()
  assert.deepEqual(said['response_modes_supported'], ['query', 'form_post', 'query.jwt', 'form_post.jwt', 'jwt'])
  assert.deepEqual(said['authorization_signing_alg_values_supported'], said['id_token_signing_alg_values_supported'])
  assert.equal(said['authorization_encryption_alg_values_supported'], undefined)
})
