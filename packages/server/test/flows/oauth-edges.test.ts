import assert from 'node:assert/strict'
import { test } from 'node:test'
import { newId } from '#kernel'
import type { SigningPurpose } from '#keys'
import { protocolAnswers } from '#oauth'
import { answered, basic, form, issuer, openHouse, pkce } from './oauth-house.ts'

const house = await openHouse()
const redirectUri = 'https://app.example/cb'
const postLogout = 'https://app.example/bye?x=1'
const { client, secret } = await house.clients.create(house.op(), {
  name: 'Notes',
  kind: 'confidential',
  grantTypes: ['authorization_code', 'refresh_token', 'client_credentials'],
  redirectUris: [redirectUri],
  postLogoutRedirectUris: [postLogout],
  scopes: ['openid', 'profile', 'email', 'notes:read'],
  audiences: ['https://api.example'],
  firstParty: true,
})
const { client: other, secret: otherSecret } = await house.clients.create(house.op(), {
  name: 'Other',
  kind: 'confidential',
  grantTypes: ['client_credentials'],
})
const headers = { authorization: basic(client.clientId, secret?.reveal() ?? '') }
const alice = newId('usr')
house.people.set(alice, {
  username: 'alice',
  name: 'Alice',
  email: 'alice@example.com',
  emailVerified: true,
  picture: 'https://pic.example/a',
})

interface Tokens {
  readonly access_token: string
  readonly refresh_token: string
  readonly id_token: string
}

async function signedIn(scope = 'openid profile', session = house.signIn(alice)): Promise<Tokens> {
  const pair = pkce()
  const query = { response_type: 'code', client_id: client.clientId, redirect_uri: redirectUri, scope }
  const all = new URLSearchParams({ ...query, code_challenge: pair.challenge, code_challenge_method: 'S256' })
  const url = `/authorize?${all.toString()}`
  const location = answered(await house.inject({ method: 'GET', url, cookies: { countersign_session: session.cookie } }))
  const code = location.searchParams.get('code') ?? assert.fail(location.href)
  const fields = { grant_type: 'authorization_code', code, redirect_uri: redirectUri, code_verifier: pair.verifier }
  return (await house.inject(form('/token', fields, headers))).json<Tokens>()
}

const userinfo = async (token: string) => house.inject({ method: 'GET', url: '/userinfo', headers: { authorization: `Bearer ${token}` } })
const revoke = async (token: string, as: Record<string, string> = headers, more: Record<string, string> = {}) =>
  house.inject(form('/revoke', { token, ...more }, as))

test('UserInfo says what the scopes allow, by GET and by POST, in the header or the form', async () => {
  const { access_token: token } = await signedIn('openid profile email')
  const expected = {
    sub: alice,
    name: 'Alice',
    preferred_username: 'alice',
    picture: 'https://pic.example/a',
    email: 'alice@example.com',
    email_verified: true,
  }
  const got = await userinfo(token)
  assert.deepEqual([got.statusCode, got.json()], [200, expected])
  assert.equal(got.headers['cache-control'], 'no-store')
  assert.equal(got.headers['access-control-allow-origin'], '*')
  assert.deepEqual((await house.inject(form('/userinfo', {}, { authorization: `Bearer ${token}` }))).json(), expected)
  assert.deepEqual((await house.inject(form('/userinfo', { access_token: token }))).json(), expected)
  assert.deepEqual((await userinfo((await signedIn('openid')).access_token)).json(), { sub: alice })
})

test('UserInfo refuses what is no token for it (RFC 6750 section 3.1)', async () => {
  const { access_token: token } = await signedIn()
  const none = await house.inject({ method: 'GET', url: '/userinfo' })
  assert.deepEqual([none.statusCode, none.headers['www-authenticate']], [401, 'Bearer'])
  for (const authorization of ['', 'Bearer', 'Bearer ', 'Basic YTpi', `Bearer ${token} x`, `Bearer  ${token}`]) {
    const refused = await house.inject({ method: 'GET', url: '/userinfo', headers: { authorization } })
    assert.deepEqual([refused.statusCode, refused.json().code], [401, 'userinfo.no_token'], authorization.slice(0, 12))
  }
  const bad = await userinfo(`${token}x`)
  assert.deepEqual([bad.statusCode, bad.json().error], [401, 'invalid_token'])
  assert.match(String(bad.headers['www-authenticate']), /^Bearer error="invalid_token"/)
  const twice = await house.inject(form('/userinfo', { access_token: token }, { authorization: `Bearer ${token}` }))
  assert.deepEqual([twice.statusCode, twice.json().error], [400, 'invalid_request'])
  assert.equal((await userinfo((await signedIn('notes:read')).access_token)).statusCode, 401, 'a token for an API is not one for UserInfo')
  const own = (await house.inject(form('/token', { grant_type: 'client_credentials' }, headers))).json<Tokens>()
  assert.equal((await userinfo(own.access_token)).statusCode, 401)
  house.clock.forwardMs(900_000)
  assert.equal((await userinfo(token)).statusCode, 401)
  const gone = await signedIn()
  house.people.delete(alice)
  assert.equal((await userinfo(gone.access_token)).json().code, 'userinfo.gone')
  house.people.set(alice, { username: 'alice' })
})

/** From here on memory answers, so that only what is announced is known at once. */
const settle = async (): Promise<void> => house.tokens.revocations.announce(house.op())

test('UserInfo refuses a token that was narrowed to something else', async () => {
  const { refresh_token: refresh } = await signedIn('openid notes:read')
  const fields = { grant_type: 'refresh_token', refresh_token: refresh, scope: 'notes:read' }
  const narrowed = (await house.inject(form('/token', fields, headers))).json<Tokens>()
  const refused = await userinfo(narrowed.access_token)
  assert.deepEqual([refused.statusCode, refused.json().error], [403, 'insufficient_scope'])
  assert.match(String(refused.headers['www-authenticate']), /^Bearer error="insufficient_scope"/)
})

test('revoking a refresh token ends its family, access tokens included (RFC 7009)', async () => {
  const tokens = await signedIn()
  await settle()
  house.recording.events.length = 0
  const response = await revoke(tokens.refresh_token)
  assert.deepEqual([response.statusCode, response.body], [200, ''])
  assert.deepEqual(
    house.recording.events.map(({ what, facts }) => [what, facts?.['why']]),
    [['family.ended', 'revoked']],
  )
  assert.equal((await userinfo(tokens.access_token)).statusCode, 401)
  const fields = { grant_type: 'refresh_token', refresh_token: tokens.refresh_token }
  assert.equal((await house.inject(form('/token', fields, headers))).json().error, 'invalid_grant')
  house.recording.events.length = 0
  assert.equal((await revoke(tokens.refresh_token)).statusCode, 200, 'again')
  assert.deepEqual(house.recording.names(), [])
})

test('revoking an access token leaves the refresh token', async () => {
  const tokens = await signedIn()
  house.recording.events.length = 0
  assert.equal((await revoke(tokens.access_token, headers, { token_type_hint: 'refresh_token' })).statusCode, 200)
  assert.deepEqual(house.recording.names(), ['token.revoked'])
  assert.equal((await userinfo(tokens.access_token)).statusCode, 401)
  const fields = { grant_type: 'refresh_token', refresh_token: tokens.refresh_token }
  const next = (await house.inject(form('/token', fields, headers))).json<Tokens>()
  assert.equal((await userinfo(next.access_token)).statusCode, 200)
})

test('revocation refuses another client and a stranger, and shrugs at nonsense', async () => {
  const tokens = await signedIn()
  const stranger = { authorization: basic(other.clientId, otherSecret?.reveal() ?? '') }
  for (const token of [tokens.refresh_token, tokens.access_token]) {
    assert.deepEqual([(await revoke(token, stranger)).statusCode, (await revoke(token, stranger)).json().code], [400, 'revoke.not_yours'])
    assert.equal((await revoke(token, {})).statusCode, 401)
  }
  assert.equal((await userinfo(tokens.access_token)).statusCode, 200)
  assert.equal((await revoke('nonsense')).statusCode, 200)
  assert.equal((await revoke('')).json().error, 'invalid_request')
})

const logout = async (query: Record<string, string>, cookies: Record<string, string> = {}) =>
  house.inject({ method: 'GET', url: `/logout?${new URLSearchParams(query).toString()}`, cookies })

test('a client signs its person out with the ID token of the session, and gets them back', async () => {
  const session = house.signIn(alice)
  const tokens = await signedIn('openid', session)
  house.recording.events.length = 0
  const query = { id_token_hint: tokens.id_token, post_logout_redirect_uri: postLogout, state: 'st-9' }
  house.clock.forwardMs(700_000) // the ID token has expired, and that does not matter
  const response = await logout(query, { countersign_session: session.cookie })
  assert.equal(response.statusCode, 303)
  assert.equal(response.headers.location, `${postLogout}&state=st-9`)
  assert.deepEqual(
    response.cookies.map(({ name, maxAge }) => [name, maxAge]),
    [['countersign_session', 0]],
  )
  assert.deepEqual(house.recording.names(), ['session.ended', 'family.ended'])
  assert.equal((await userinfo(tokens.access_token)).statusCode, 401)
  assert.equal((await logout(query, { countersign_session: session.cookie })).headers.location, `${postLogout}&state=st-9`, 'and again')
})

test('without proof that they want it, the person is asked first', async () => {
  const session = house.signIn(alice)
  const elsewhere = await signedIn('openid')
  const cookies = { countersign_session: session.cookie }
  for (const query of [{}, { id_token_hint: 'nonsense' }, { id_token_hint: elsewhere.id_token }] as Record<string, string>[]) {
    house.recording.events.length = 0
    const asked = await logout(query, cookies)
    assert.equal(asked.statusCode, 200)
    assert.match(asked.body, /action="\/logout\/confirm".*nowhere$/)
    assert.deepEqual(house.recording.names(), [])
  }
  const asked = await logout({ client_id: client.clientId, post_logout_redirect_uri: postLogout }, cookies)
  assert.ok(asked.body.endsWith(postLogout), 'the page knows where its form may end')
  const state = /value="([^"]+)"/.exec(asked.body)?.[1] ?? ''
  const browser = String(asked.cookies.find(({ name }) => name === 'countersign_browser')?.value)
  const confirm = async (more: Record<string, string>) =>
    house.inject({ ...form('/logout/confirm', { state }), cookies: { ...cookies, ...more } })
  assert.equal((await confirm({})).statusCode, 400, 'a form of another browser')
  const stay = { ...form('/logout/confirm', { state, decision: 'stay' }), cookies: { ...cookies, countersign_browser: browser } }
  assert.deepEqual([answered(await house.inject(stay)).pathname, house.recording.names()], ['/signed-in', []])
  const forged = {
    ...form('/logout/confirm', { state }, { 'sec-fetch-site': 'cross-site' }),
    cookies: { ...cookies, countersign_browser: browser },
  }
  assert.equal((await house.inject(forged)).statusCode, 403, 'a form of another site')
  const done = await confirm({ countersign_browser: browser })
  assert.deepEqual([done.statusCode, done.headers.location], [303, postLogout])
  assert.deepEqual(house.recording.names(), ['session.ended'])
})

test('who is not signed in is simply sent on', async () => {
  assert.equal((await logout({})).headers.location, '/signed-out')
  assert.equal((await logout({}, { countersign_session: 'gone' })).headers.location, '/signed-out')
})

test('sign-out never goes on to an address that is not registered', async () => {
  const session = house.signIn(alice)
  const tokens = await signedIn('openid', session)
  const wrong: Record<string, string>[] = [
    { id_token_hint: tokens.id_token, post_logout_redirect_uri: 'https://evil.example/' },
    { id_token_hint: tokens.id_token, post_logout_redirect_uri: redirectUri },
    { post_logout_redirect_uri: postLogout },
    { client_id: other.clientId, post_logout_redirect_uri: postLogout },
    { id_token_hint: tokens.id_token, client_id: other.clientId },
    { client_id: 'nobody', post_logout_redirect_uri: postLogout },
  ]
  for (const query of wrong) {
    const response = await logout(query, { countersign_session: session.cookie })
    assert.deepEqual([response.statusCode, response.headers.location], [400, undefined], JSON.stringify(query))
  }
  assert.equal((await userinfo(tokens.access_token)).statusCode, 200, 'and nobody was signed out')
})

test('sign-out by a form of another site comes back as a redirect', async () => {
  const response = await house.inject(
    form('/logout', { client_id: client.clientId, state: 's', unknown: 'x' }, { 'sec-fetch-site': 'cross-site' }),
  )
  assert.deepEqual([response.statusCode, response.headers.location], [303, `/logout?client_id=${client.clientId}&state=s`])
})

test('both metadata documents say the same, and every endpoint in them is there', async () => {
  const found = await house.inject({ method: 'GET', url: '/.well-known/openid-configuration' })
  const same = await house.inject({ method: 'GET', url: '/.well-known/oauth-authorization-server' })
  assert.deepEqual(found.json(), same.json())
  assert.equal(found.headers['cache-control'], 'public, max-age=300')
  assert.equal(found.headers['access-control-allow-origin'], '*')
  const said = found.json<Record<string, unknown>>()
  assert.equal(said['issuer'], issuer)
  for (const [name, value] of Object.entries(said)) {
    if (!name.endsWith('_endpoint') && name !== 'jwks_uri') continue
    const { origin, pathname } = new URL(String(value))
    assert.equal(origin, issuer)
    assert.notEqual((await house.inject({ method: 'GET', url: pathname })).statusCode, 404, name)
  }
})

test('keys are public, without their private parts, and only those that others need', async () => {
  const response = await house.inject({ method: 'GET', url: '/jwks' })
  const { keys } = response.json<{ keys: Record<string, string>[] }>()
  assert.ok(keys.length >= 2)
  assert.ok(['RS256', 'ES256'].every((alg) => keys.some((key) => key['alg'] === alg)))
  for (const key of keys)
    assert.deepEqual(
      Object.keys(key).filter((member) => ['d', 'p', 'q', 'dp', 'dq', 'qi', 'k'].includes(member)),
      [],
    )
  assert.equal(response.headers['cache-control'], 'public, max-age=300')
  const published = async (purpose: SigningPurpose) => (await house.keys.publicKeys(house.op(), [purpose])).map(({ kid }) => kid)
  const kids = keys.map((key) => key['kid'])
  const purposes = ['id-token', 'id-token-ps256', 'id-token-es256', 'id-token-eddsa', 'access-token'] as const
  assert.deepEqual(new Set(kids), new Set((await Promise.all(purposes.map(published))).flat()))
  const assertions = await house.inject({ method: 'GET', url: '/assertion-jwks' })
  const theirs = assertions.json<{ keys: Record<string, string>[] }>().keys.map((key) => key['kid'])
  assert.deepEqual(theirs, await published('gateway-assertion'))
  for (const kid of theirs) assert.equal(kids.includes(kid), false, 'who holds the gateway’s key makes no tokens')
})

test('an issuer with a path has everything below it, and RFC 8414’s document in front', async () => {
  const below = await openHouse({ issuer: 'http://localhost:9000/id' })
  const places = ['/id/.well-known/openid-configuration', '/.well-known/oauth-authorization-server/id', '/id/jwks']
  for (const url of places) assert.equal((await below.inject({ method: 'GET', url })).statusCode, 200, url)
  for (const url of ['/.well-known/openid-configuration', '/jwks'])
    assert.equal((await below.inject({ method: 'GET', url })).statusCode, 404)
  const said = (await below.inject({ method: 'GET', url: places[0] ?? '' })).json<Record<string, unknown>>()
  assert.equal(said['token_endpoint'], 'http://localhost:9000/id/token')
})

test('browsers may call the endpoints from any page, without cookies', async () => {
  for (const url of ['/token', '/revoke', '/userinfo', '/jwks', '/.well-known/openid-configuration']) {
    const response = await house.inject({
      method: 'OPTIONS',
      url,
      headers: {
        origin: 'https://app.example',
        'access-control-request-method': 'POST',
        'access-control-request-headers': 'authorization',
      },
    })
    assert.equal(response.statusCode, 204)
    assert.equal(response.headers['access-control-allow-origin'], '*')
    assert.equal(response.headers['access-control-allow-credentials'], undefined)
    assert.match(String(response.headers['access-control-allow-headers']), /authorization/)
  }
  const cross = await house.inject(form('/token', {}, { origin: 'https://app.example', 'sec-fetch-site': 'cross-site' }))
  assert.equal(cross.json().error, 'invalid_client', 'and are refused for what they lack, not for where they come from')
})

test('pages of other origins may read every refusal', () => {
  for (const [code, answer] of Object.entries(protocolAnswers)) assert.equal(answer.headers?.['access-control-allow-origin'], '*', code)
})
