/** Single claims and who has to answer: the `claims` parameter, OpenID Connect Core section 5.5. */

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { newId } from '#kernel'
import {
  alice,
  authorize,
  codeFor,
  exchange,
  get,
  headers,
  house,
  registration,
  secret,
  third,
  thirdSecret,
  type Fields,
} from './code-house.ts'
import { answered, basic, claimsOf, form, issuer } from './oauth-house.ts'

interface Tokens {
  readonly access_token: string
  readonly id_token: string
  readonly refresh_token: string
}

const claims = (asked: object): Fields => ({ claims: JSON.stringify(asked) })

async function userinfo(token: string): Promise<Record<string, unknown>> {
  const answer = await house.inject({ method: 'GET', url: '/userinfo', headers: { authorization: `Bearer ${token}` } })
  return answer.json<Record<string, unknown>>()
}

const personal = ['name', 'preferred_username', 'picture', 'email', 'email_verified']
const told = (said: Record<string, unknown>): readonly string[] => personal.filter((name) => said[name] !== undefined)

test('OpenID Connect Core section 5.5: a claim is told where it was asked for, and the refreshed tokens tell the same', async () => {
  const asked = claims({
    userinfo: { email: { essential: true }, phone_number: null, sub: null },
    id_token: { name: null, auth_time: { essential: true } },
  })
  const tokens = (await exchange(await codeFor({ scope: 'openid', ...asked }))).json<Tokens>()
  assert.deepEqual([told(claimsOf(tokens.id_token)), told(await userinfo(tokens.access_token))], [['name'], ['email']])
  assert.equal(typeof claimsOf(tokens.id_token)['auth_time'], 'number')
  const again = (
    await house.inject(form('/token', { grant_type: 'refresh_token', refresh_token: tokens.refresh_token }, headers))
  ).json<Tokens>()
  assert.deepEqual([told(claimsOf(again.id_token)), told(await userinfo(again.access_token))], [['name'], ['email']])
})

test('section 5.5: what a client asks for by name is in its ID token even where it wants no more than that', async () => {
  const { client, secret: own } = await house.clients.create(house.op(), { ...registration, name: 'Frugal', idTokenClaims: 'minimal' })
  const code = await codeFor({ client_id: client.clientId, scope: 'openid profile email', ...claims({ id_token: { email: null } }) })
  const tokens = (await exchange(code, {}, { authorization: basic(client.clientId, own?.reveal() ?? '') })).json<Tokens>()
  assert.deepEqual(told(claimsOf(tokens.id_token)), ['email'])
  assert.deepEqual(told(await userinfo(tokens.access_token)), ['name', 'preferred_username', 'email', 'email_verified'])
})

test('section 5.5: a client that is not registered for a scope has none of its claims, and a request of plain OAuth has none at all', async () => {
  const { client, secret: own } = await house.clients.create(house.op(), {
    ...registration,
    name: 'Few',
    scopes: ['openid', 'profile', 'notes:read'],
  })
  const as = { authorization: basic(client.clientId, own?.reveal() ?? '') }
  const both = claims({ userinfo: { email: null, name: null }, id_token: { email: { essential: true } } })
  const code = await codeFor({ client_id: client.clientId, scope: 'openid', ...both })
  const tokens = (await exchange(code, {}, as)).json<Tokens>()
  assert.deepEqual([told(claimsOf(tokens.id_token)), told(await userinfo(tokens.access_token))], [[], ['name']])
  const plain = (await exchange(await codeFor({ client_id: client.clientId, scope: 'notes:read', ...both }), {}, as)).json<Tokens>()
  assert.deepEqual([plain.id_token, claimsOf(plain.access_token)['userinfo_claims']], [undefined, undefined])
})

test('section 5.5: a person is asked for each claim that no scope tells, and what they allowed is remembered', async () => {
  const as = { authorization: basic(third.clientId, thirdSecret?.reveal() ?? '') }
  const signedIn = house.signIn(alice)
  const begin = async (more: Fields) => {
    const begun = await authorize({ client_id: third.clientId, scope: 'openid profile', ...more }, { countersign_session: signedIn.cookie })
    const browser = String(begun.cookies.find(({ name }) => name === 'countersign_browser')?.value)
    const state = answered(begun).searchParams.get('state') ?? ''
    return { at: answered(begun), browser, state }
  }
  const email = claims({ userinfo: { email: null, name: null } })
  const first = await begin(email)
  assert.equal(first.at.pathname, '/consent')
  const pending = await house.oauth.openPending(house.op(), first.state, first.browser)
  assert.deepEqual(pending?.claims, ['email'], 'the name is among what the scope tells')
  const allowed = await house.oauth.decideConsent(house.op(), signedIn.session, first.state, first.browser, {
    decision: 'allow',
    nonce: 'n',
    address: '203.0.113.1',
  })
  assert.ok(allowed.body !== 'empty' && 'redirect' in allowed.body)
  const code = new URL(allowed.body.redirect, issuer).searchParams.get('code') ?? ''
  const tokens = (await exchange(code, {}, as)).json<Tokens>()
  assert.deepEqual(told(await userinfo(tokens.access_token)), ['name', 'preferred_username', 'email'])
  const { items } = await house.consents.list(house.op(), { user: alice, client: third.id, limit: 10 })
  assert.deepEqual(
    items.map(({ scopes, claims }) => [scopes, claims]),
    [[['openid', 'profile'], ['email']]],
  )
  assert.ok((await begin(email)).at.searchParams.has('code'), 'not asked again')
  assert.ok((await begin({})).at.searchParams.has('code'), 'nor for less')
  assert.equal((await begin(claims({ id_token: { email_verified: null } }))).at.pathname, '/consent', 'but for another claim')
  assert.equal((await begin({ scope: 'openid profile email' })).at.pathname, '/consent', 'and for the scope with all that it tells')
})

test('section 5.5.1: only the person of the sub may answer, and an acr that cannot be met is refused', async () => {
  const { cookie } = house.signIn(alice)
  house.clock.forwardMs(1)
  const ask = async (more: Fields) => answered(await authorize(more, { countersign_session: cookie }))
  assert.ok((await ask(claims({ id_token: { sub: { value: alice } } }))).searchParams.has('code'))
  assert.equal((await ask(claims({ id_token: { sub: { value: newId('usr') } } }))).pathname, '/sign-in')
  assert.equal(
    (await ask({ ...claims({ id_token: { sub: { value: newId('usr') } } }), prompt: 'none' })).searchParams.get('error'),
    'login_required',
  )
  const acr = (values: readonly string[], essential: boolean) => claims({ id_token: { acr: { essential, values } } })
  assert.equal((await ask(acr(['phr'], true))).searchParams.get('error'), 'unmet_authentication_requirements')
  const code = (await ask(acr(['phr', '1fa'], true))).searchParams.get('code') ?? ''
  assert.equal(claimsOf((await exchange(code)).json<Tokens>().id_token)['acr'], '1fa')
  assert.ok((await ask(acr(['phr'], false))).searchParams.has('code'), 'what is only wished for is no error')
})

test('section 5.5: what is not a request for claims is told to the client, and a pushed one is told at once', async () => {
  const { cookie } = house.signIn(alice)
  const location = answered(await authorize({ claims: '{"userinfo":[]}' }, { countersign_session: cookie }))
  assert.equal(location.searchParams.get('error'), 'invalid_request')
  const tooLong = await authorize({ claims: JSON.stringify({ x: 'y'.repeat(2048) }) }, { countersign_session: cookie })
  assert.deepEqual([tooLong.statusCode, tooLong.headers.location], [400, undefined])
  assert.ok(secret !== undefined)
  const metadata = await house.inject(get('/.well-known/openid-configuration'))
  assert.equal(metadata.json<Record<string, unknown>>()['claims_parameter_supported'], true)
})
