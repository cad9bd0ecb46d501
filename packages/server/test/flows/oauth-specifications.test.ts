/** What the specifications of the authorization server want of it that no other story tells. @module */

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { alice, asked, authorize, client, codeFor, exchange, get, house, redirectUri } from './code-house.ts'
import { answered, claimsOf, issuer } from './oauth-house.ts'

const headerOf = (jwt: string): Record<string, unknown> =>
  JSON.parse(Buffer.from(jwt.split('.')[0] ?? '', 'base64url').toString()) as Record<string, unknown>

test('OpenID Connect Core section 15.1: display, locales, acr_values and what nobody knows cause no error', async () => {
  const more = {
    display: 'popup',
    ui_locales: 'fr-CA fr en',
    claims_locales: 'de',
    acr_values: 'urn:example:loa:3 1fa',
    claims: '{"id_token":{"name":null}}',
    something_else: 'x',
  }
  const { cookie } = house.signIn(alice)
  assert.ok(answered(await authorize(more, { countersign_session: cookie })).searchParams.has('code'))
  assert.equal(answered(await authorize(more)).pathname, '/sign-in')
})

test('RFC 6749 section 3.1: a parameter that is sent twice is refused, on a page', async () => {
  const { cookie } = house.signIn(alice)
  const query = new URLSearchParams(asked())
  query.append('state', 'another')
  const refused = await house.inject(get(`/authorize?${query.toString()}`, { countersign_session: cookie }))
  assert.deepEqual([refused.statusCode, refused.headers.location], [400, undefined])
  const body = new URLSearchParams({ grant_type: 'authorization_code', client_id: client.clientId, code: 'c' })
  body.append('code', 'd')
  const headers = { 'content-type': 'application/x-www-form-urlencoded' }
  const token = await house.inject({ method: 'POST', url: '/token', headers, payload: body.toString() })
  assert.deepEqual([token.statusCode, token.json().error], [400, 'invalid_request'])
})

test('RFC 6749 section 5.1: what carries tokens is JSON and is cached by nobody', async () => {
  const answer = await exchange(await codeFor())
  assert.deepEqual(
    ['content-type', 'cache-control', 'pragma'].map((name) => String(answer.headers[name]).split(';')[0]),
    ['application/json', 'no-store', 'no-cache'],
  )
  assert.deepEqual([answer.json().token_type, answer.json().expires_in], ['Bearer', 900])
  const refused = await exchange('nonsense')
  assert.deepEqual([refused.statusCode, refused.json().error, refused.headers['cache-control']], [400, 'invalid_grant', 'no-store'])
})

test('RFC 9068 section 2: an access token is an at+jwt, signed with a key that is published, with every required claim', async () => {
  const { access_token: token } = (await exchange(await codeFor())).json<{ access_token: string }>()
  const { typ, alg, kid } = headerOf(token)
  assert.deepEqual([typ, alg], ['at+jwt', 'ES256'])
  const { keys } = (await house.inject(get('/jwks'))).json<{ keys: { kid: string; alg: string }[] }>()
  assert.ok(keys.some((key) => key.kid === kid && key.alg === 'ES256'))
  const claims = claimsOf(token)
  for (const name of ['iss', 'exp', 'aud', 'sub', 'client_id', 'iat', 'jti', 'auth_time', 'acr', 'amr', 'scope']) {
    assert.ok(claims[name] !== undefined, name)
  }
  assert.deepEqual([claims['iss'], claims['client_id'], claims['sub']], [issuer, client.clientId, alice])
})

test('RFC 9207 section 2: iss stands beside a code and beside an error, and is the issuer of the metadata', async () => {
  const { cookie } = house.signIn(alice)
  const said = (await house.inject(get('/.well-known/oauth-authorization-server'))).json<Record<string, unknown>>()
  assert.equal(said['authorization_response_iss_parameter_supported'], true)
  for (const [more, name] of [
    [{}, 'code'],
    [{ prompt: 'none login' }, 'error'],
  ] as const) {
    const location = answered(await authorize(more, { countersign_session: cookie }))
    assert.equal(`${location.origin}${location.pathname}`, redirectUri)
    assert.ok(location.searchParams.has(name))
    assert.deepEqual(location.searchParams.getAll('iss'), [said['issuer']])
  }
})

test('RFC 8707 section 2.2: a code for one resource gives a token for that one and UserInfo, and for no other resource', async () => {
  const { client: two, secret } = await house.clients.create(house.op(), {
    name: 'Two',
    kind: 'confidential',
    grantTypes: ['authorization_code'],
    redirectUris: [redirectUri],
    scopes: ['openid', 'notes:read'],
    audiences: ['https://one.example', 'https://two.example'],
    firstParty: true,
  })
  const as = { authorization: `Basic ${Buffer.from(`${two.clientId}:${secret?.reveal() ?? ''}`).toString('base64')}` }
  const audienceOf = async (more: Record<string, string>): Promise<unknown> => {
    const code = await codeFor({ client_id: two.clientId, ...more })
    return claimsOf((await exchange(code, {}, as)).json<{ access_token: string }>().access_token)['aud']
  }
  assert.deepEqual(await audienceOf({ scope: 'notes:read', resource: 'https://two.example' }), 'https://two.example')
  assert.deepEqual(await audienceOf({ scope: 'openid', resource: 'https://two.example' }), ['https://two.example', `${issuer}/userinfo`])
})
