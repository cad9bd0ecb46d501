/** What the specifications of the authorization server want of it that no other story tells. @module */

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { newId } from '#kernel'
import { alice, asked, authorize, client, codeFor, exchange, get, house, redirectUri, registration } from './code-house.ts'
import { answered, basic, claimsOf, form, issuer } from './oauth-house.ts'

const bob = newId('usr')

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

test('OpenID Connect Core section 3.1.2.1: acr_values are a wish, and the ID token says what there was', async () => {
  const { id_token: token } = (await exchange(await codeFor({ acr_values: 'phr 1fa' }))).json<{ id_token: string }>()
  assert.equal(claimsOf(token)['acr'], '1fa')
  const { id_token: other } = (await exchange(await codeFor({ acr_values: 'phr' }))).json<{ id_token: string }>()
  assert.equal(claimsOf(other)['acr'], '1fa', 'never more than there was')
  const weak = house.signIn(alice, { acr: '0fa' })
  house.clock.forwardMs(1)
  const ask = async (more: Record<string, string>) => answered(await authorize(more, { countersign_session: weak.cookie }))
  assert.equal((await ask({ acr_values: '1fa' })).pathname, '/sign-in', 'a sign-in would give it')
  assert.ok((await ask({ acr_values: '1fa', prompt: 'none' })).searchParams.has('code'))
  const metadata = (await house.inject(get('/.well-known/openid-configuration'))).json<Record<string, unknown>>()
  assert.deepEqual(
    ['acr_values_supported', 'display_values_supported', 'ui_locales_supported'].map((name) => metadata[name]),
    [['1fa'], ['page', 'popup', 'touch', 'wap'], ['en']],
  )
})

test('OpenID Connect Core section 5.4: the scopes address and phone tell where a person is reached', async () => {
  house.people.set(bob, {
    username: 'bob',
    phoneNumber: '+4612345678',
    phoneNumberVerified: true,
    address: { formatted: 'Storgatan 1\nLund', postalCode: '111 22' },
  })
  const { client: shop, secret } = await house.clients.create(house.op(), {
    ...registration,
    name: 'Shop',
    scopes: ['openid', 'address', 'phone'],
  })
  const as = { authorization: basic(shop.clientId, secret?.reveal() ?? '') }
  const code = await codeFor({ client_id: shop.clientId, scope: 'openid address phone' }, house.signIn(bob))
  const { id_token: idToken, access_token: token } = (await exchange(code, {}, as)).json<{ id_token: string; access_token: string }>()
  const userinfo = (await house.inject({ method: 'GET', url: '/userinfo', headers: { authorization: `Bearer ${token}` } })).json<
    Record<string, unknown>
  >()
  for (const said of [claimsOf(idToken), userinfo]) {
    assert.deepEqual(
      ['phone_number', 'phone_number_verified', 'address'].map((name) => said[name]),
      ['+4612345678', true, { formatted: 'Storgatan 1\nLund', postal_code: '111 22' }],
    )
  }
  const refused = await house.clients.create(house.op(), {
    ...registration,
    name: 'Robot',
    grantTypes: ['client_credentials'],
    redirectUris: [],
    scopes: ['phone'],
  })
  const robot = { authorization: basic(refused.client.clientId, refused.secret?.reveal() ?? '') }
  const asked = await house.inject(form('/token', { grant_type: 'client_credentials', scope: 'phone' }, robot))
  assert.equal(asked.json().code, 'grant.scope', 'a client for itself is no person')
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

test('RFC 8707 section 2.2: where none was asked for, each token may be for another of the client’s resources, one a token', async () => {
  const [one, two] = ['https://one.example', 'https://two.example']
  const { client: many, secret } = await house.clients.create(house.op(), { ...registration, name: 'Many', audiences: [one, two] })
  const as = { authorization: basic(many.clientId, secret?.reveal() ?? '') }
  const audOf = (answer: { readonly access_token: string }) => claimsOf(answer.access_token)['aud']
  const begin = async (more: Record<string, string>, resource?: string) => {
    const code = await codeFor({ client_id: many.clientId, ...more })
    return exchange(code, resource === undefined ? {} : { resource }, as)
  }
  const refresh = async (token: string, resource = '') =>
    house.inject(form('/token', { grant_type: 'refresh_token', refresh_token: token, resource }, as))
  const userinfo = `${issuer}/userinfo`
  const first = (await begin({})).json()
  assert.deepEqual(audOf(first), [one, userinfo], 'the first one by default')
  assert.deepEqual(audOf((await begin({}, two)).json()), [two, userinfo])
  const second = (await refresh(first.refresh_token, two)).json()
  assert.deepEqual(audOf(second), [two, userinfo])
  const wrong = await refresh(second.refresh_token, 'https://three.example')
  assert.deepEqual([wrong.statusCode, wrong.json().error], [400, 'invalid_target'])
  const third = (await refresh(second.refresh_token)).json()
  assert.deepEqual(audOf(third), [one, userinfo], 'asking for too much spent nothing')

  const only = (await begin({ resource: two })).json()
  assert.deepEqual(audOf(only), [two, userinfo])
  assert.equal((await refresh(only.refresh_token, one)).json().error, 'invalid_target', 'what was asked for is all that was granted')
  assert.equal((await begin({ resource: two }, one)).json().error, 'invalid_target')
  const twice = new URLSearchParams({ grant_type: 'refresh_token', refresh_token: only.refresh_token, resource: one })
  twice.append('resource', two)
  const headers = { ...as, 'content-type': 'application/x-www-form-urlencoded' }
  const refused = await house.inject({ method: 'POST', url: '/token', headers, payload: twice.toString() })
  assert.deepEqual([refused.statusCode, refused.json().error], [400, 'invalid_request'])
})

test('RFC 9700 section 2.1.1: the record says which client was registered to go without PKCE', async () => {
  const { client: weak } = await house.clients.create(house.op(), { ...registration, name: 'Weak', unsafelyWithoutPkce: true })
  await house.clients.update(house.op(), weak.id, { unsafelyWithoutPkce: false })
  await house.clients.update(house.op(), weak.id, { unsafelyWithoutPkce: true })
  const events = house.recording.events.filter(({ what, about }) => about === weak.id && what.startsWith('client.'))
  assert.deepEqual(
    events.map(({ facts }) => facts?.['unsafelyWithoutPkce']),
    [true, undefined, true],
  )
})
