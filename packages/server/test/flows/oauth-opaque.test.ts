/** Opaque access tokens: references that say nothing, believed and taken away as JWTs are. */

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { alice, authorize, exchange, headers as others, house, redirectUri, registration } from './code-house.ts'
import { answered, basic, claimsOf, form } from './oauth-house.ts'

const api = 'https://api.example'
const grantTypes = ['authorization_code', 'refresh_token', 'client_credentials'] as const
const { client, secret } = await house.clients.create(house.op(), {
  ...registration,
  name: 'Opaque',
  grantTypes,
  introspects: [api],
  accessTokenFormat: 'opaque',
})
const headers = { authorization: basic(client.clientId, secret?.reveal() ?? '') }

interface Tokens {
  readonly access_token: string
  readonly refresh_token: string
  readonly id_token: string
}

async function signIn(session = house.signIn(alice)): Promise<Tokens> {
  const at = answered(await authorize({ client_id: client.clientId, redirect_uri: redirectUri }, { countersign_session: session.cookie }))
  return (await exchange(at.searchParams.get('code') ?? '', {}, headers)).json<Tokens>()
}

const introspect = async (token: string, as = headers) =>
  (await house.inject(form('/introspect', { token }, as))).json<Record<string, unknown>>()
const isActive = async (token: string) => (await introspect(token))['active']
const userinfo = async (token: string) => house.inject({ method: 'GET', url: '/userinfo', headers: { authorization: `Bearer ${token}` } })
const rows = async (): Promise<readonly object[]> =>
  house.store.read(house.op(), async (db) =>
    db.withTables<{ opaque_token: { hash: Uint8Array; sealed: Uint8Array } }>().selectFrom('opaque_token').selectAll().execute(),
  )

test('an opaque token is a reference of random bytes, and the database has neither it nor what it says', async () => {
  const { access_token: token, id_token: idToken } = await signIn()
  assert.match(token, /^o1\.[A-Za-z0-9_-]{43}$/)
  const kept = JSON.stringify(
    (await rows()).map((row) =>
      Object.values(row).map((value) => (value instanceof Uint8Array ? Buffer.from(value).toString('latin1') : value)),
    ),
  )
  for (const said of [token, Buffer.from(token.slice(3), 'base64url').toString('latin1'), alice, client.clientId])
    assert.ok(!kept.includes(said))
  assert.equal(typeof claimsOf(idToken)['at_hash'], 'string')
})

test('UserInfo takes it, and introspection tells its resource server what a JWT would say', async () => {
  const { access_token: token } = await signIn()
  assert.equal((await userinfo(token)).json<{ sub: string }>().sub, alice)
  const said = await introspect(token)
  assert.deepEqual(
    [said['active'], said['sub'], said['client_id'], said['scope']],
    [true, alice, client.clientId, 'openid profile notes:read'],
  )
  assert.deepEqual(await introspect(token, others as typeof headers), { active: false }, 'nobody else')
  const own = (await house.inject(form('/token', { grant_type: 'client_credentials' }, headers))).json<Tokens>()
  assert.deepEqual([own.access_token.slice(0, 3), (await introspect(own.access_token))['sub']], ['o1.', client.id])
  assert.ok((await house.tokens.verifyAccessToken(house.op(), token, api)).is === 'user')
  await assert.rejects(house.tokens.verifyAccessToken(house.op(), token, 'https://other.example'), { code: 'token.not_valid' })
})

test('it is over when a JWT would be, and is swept', async () => {
  const { access_token: token } = await signIn()
  house.clock.forwardMs(client.accessTokenSeconds * 1000 - 1)
  assert.equal(await isActive(token), true)
  house.clock.forwardMs(1)
  assert.equal(await isActive(token), false)
  assert.equal((await userinfo(token)).statusCode, 401)
  assert.ok((await rows()).length > 0)
  await house.tokens.sweep(house.op())
  assert.equal((await rows()).length, 0)
})

test('it dies alone by revocation, and with its family, session, person and client', async () => {
  const alone = await signIn()
  await house.inject(form('/revoke', { token: alone.access_token }, headers))
  assert.equal(await isActive(alone.access_token), false)
  const family = await signIn()
  await house.inject(form('/revoke', { token: family.refresh_token }, headers))
  assert.equal(await isActive(family.access_token), false)
  const session = house.signIn(alice)
  const { access_token: ofSession } = await signIn(session)
  await house.endSession(session.session.id)
  assert.equal(await isActive(ofSession), false)
  for (const target of [
    { kind: 'user', id: alice },
    { kind: 'client', id: client.id },
  ] as const) {
    const { access_token: token } = await signIn()
    assert.equal(await isActive(token), true)
    await house.store.write(house.op(), async (tx) => house.tokens.revocations.revoke(tx, house.op(), target))
    await house.tokens.revocations.announce(house.op())
    assert.equal(await isActive(token), false, target.kind)
  }
})

test('what is no reference of ours is no token', async () => {
  const { access_token: token } = await signIn()
  const other = token.endsWith('A') ? 'B' : 'A'
  for (const wrong of [
    'o1.',
    `o1.${'A'.repeat(43)}`,
    `o2.${token.slice(3)}`,
    `${token}A`,
    token.slice(0, -1),
    `o1.${other}${token.slice(4)}`,
    `${token}=`,
  ]) {
    assert.equal(await isActive(wrong), false, wrong.slice(0, 8))
    assert.equal((await userinfo(wrong)).statusCode, 401)
  }
})
