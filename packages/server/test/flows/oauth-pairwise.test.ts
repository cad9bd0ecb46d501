/** Pairwise subjects, OpenID Connect Core section 8.1: each sector knows a person by another name, and everything that goes by it agrees. */

import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { NewClient } from '#oauth'
import { alice, authorize, exchange, house, registration, type Fields } from './code-house.ts'
import { answered, basic, claimsOf, form } from './oauth-house.ts'

interface Tokens {
  readonly access_token: string
  readonly id_token: string
  readonly refresh_token: string
}

const api = 'https://api.example'

async function register(more: Partial<NewClient>) {
  const asked: NewClient = {
    ...registration,
    subjectType: 'pairwise',
    introspects: [api],
    postLogoutRedirectUris: ['https://app.example/out'],
    ...more,
  }
  const { client, secret } = await house.clients.create(house.op(), asked)
  return { client, redirectUri: asked.redirectUris?.[0] ?? '', headers: { authorization: basic(client.clientId, secret?.reveal() ?? '') } }
}
type Registered = Awaited<ReturnType<typeof register>>

async function signIn({ client, redirectUri, headers }: Registered, session = house.signIn(alice), more: Fields = {}): Promise<Tokens> {
  const asked = { client_id: client.clientId, redirect_uri: redirectUri, ...more }
  const code = answered(await authorize(asked, { countersign_session: session.cookie })).searchParams.get('code') ?? assert.fail()
  return (await exchange(code, { redirect_uri: redirectUri }, headers)).json<Tokens>()
}

const subOf = (jwt: string) => claimsOf(jwt)['sub']
const userinfo = async (token: string) => house.inject({ method: 'GET', url: '/userinfo', headers: { authorization: `Bearer ${token}` } })

const one = await register({})
const sibling = await register({ name: 'Sibling', redirectUris: ['https://app.example/sibling'] })
const other = await register({ name: 'Other', redirectUris: ['https://other.example/cb'] })

test('section 8.1: a sector has one name for a person, which is no id and is not that of another sector', async () => {
  const subs = await Promise.all([one, one, sibling, other].map(async (client) => subOf((await signIn(client)).id_token)))
  assert.match(String(subs[0]), /^[A-Za-z0-9_-]{43}$/)
  assert.deepEqual([subs[1], subs[2], subs[3] === subs[0]], [subs[0], subs[0], false])
  const named = await register({
    name: 'Named',
    redirectUris: ['https://a.example/cb', 'https://b.example/cb'],
    sectorIdentifierUri: 'https://app.example/uris.json',
  })
  assert.equal(subOf((await signIn(named)).id_token), subs[0])
})

test('section 8.1: ID token, refreshed ID token, access token, UserInfo and introspection agree, and none says who it is', async () => {
  const session = house.signIn(alice)
  const tokens = await signIn(one, session)
  const again = (
    await house.inject(form('/token', { grant_type: 'refresh_token', refresh_token: tokens.refresh_token }, one.headers))
  ).json<Tokens>()
  const told = (await userinfo(tokens.access_token)).json<Record<string, unknown>>()
  const asked = (await house.inject(form('/introspect', { token: tokens.access_token }, one.headers))).json<Record<string, unknown>>()
  const sub = subOf(tokens.id_token)
  assert.deepEqual(
    [subOf(again.id_token), subOf(tokens.access_token), subOf(again.access_token), told['sub'], asked['sub']],
    Array.from({ length: 5 }, () => sub),
  )
  assert.equal(asked['sealed_sub'], undefined)
  for (const said of [claimsOf(tokens.id_token), claimsOf(tokens.access_token), told, asked]) {
    assert.doesNotMatch(JSON.stringify(said), new RegExp(`${alice}|${session.session.id}`))
  }
})

test('two sectors cannot tell by the session either that they know one person', async () => {
  const session = house.signIn(alice)
  const [left, right] = [await signIn(one, session), await signIn(other, session)]
  assert.notEqual(claimsOf(left.id_token)['sid'], claimsOf(right.id_token)['sid'])
  assert.equal(claimsOf(left.id_token)['sid'], claimsOf((await signIn(sibling, session)).id_token)['sid'])
})

test('a hint and a sub with a value name the person by the name that the client knows', async () => {
  const session = house.signIn(alice)
  const { id_token: hint } = await signIn(one, session)
  const ask = async (more: Fields) =>
    answered(await authorize({ client_id: one.client.clientId, prompt: 'none', ...more }, { countersign_session: session.cookie }))
  assert.ok((await ask({ id_token_hint: hint })).searchParams.has('code'))
  const claims = (value: unknown) => ({ claims: JSON.stringify({ id_token: { sub: { value } } }) })
  assert.ok((await ask(claims(subOf(hint)))).searchParams.has('code'))
  assert.equal((await ask(claims(alice))).searchParams.get('error'), 'login_required', 'the id is nobody’s name here')
  const query = new URLSearchParams({ id_token_hint: hint, post_logout_redirect_uri: 'https://app.example/out' })
  const out = await house.inject({ method: 'GET', url: `/logout?${query.toString()}`, cookies: { countersign_session: session.cookie } })
  assert.equal(answered(out).href, 'https://app.example/out', 'the session of the hint ends without asking')
})

test('what is taken away goes by the real ids: a token dies with its session, and by revocation', async () => {
  const session = house.signIn(alice)
  const tokens = await signIn(one, session)
  const believed = await house.tokens.verifyAccessToken(house.op(), tokens.access_token, api)
  assert.ok(believed.is === 'user')
  assert.deepEqual([believed.id, believed.session], [alice, session.session.id], 'our own APIs know who it is')
  await house.endSession(session.session.id)
  assert.equal((await userinfo(tokens.access_token)).statusCode, 401)
  const second = await signIn(one)
  assert.equal((await house.inject(form('/revoke', { token: second.access_token }, one.headers))).statusCode, 200)
  assert.equal((await userinfo(second.access_token)).statusCode, 401)
  const third = await signIn(one)
  await house.store.write(house.op(), async (tx) => house.tokens.revocations.revoke(tx, house.op(), { kind: 'user', id: alice }))
  await house.tokens.revocations.announce(house.op())
  assert.equal((await userinfo(third.access_token)).statusCode, 401)
})

test('a client whose sector changes loses what named people by the old one', async () => {
  const moved = await register({ name: 'Moved', redirectUris: ['https://moved.example/cb'] })
  const { access_token: token } = await signIn(moved)
  await house.clients.update(house.op(), moved.client.id, { sectorIdentifierUri: 'https://elsewhere.example/' })
  assert.equal((await userinfo(token)).statusCode, 401)
})
