/** From a code to tokens, and every way in which that is refused. @module */

import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { NewClient } from '#oauth'
import {
  type Fields,
  alice,
  authorize,
  client,
  codeFor,
  exchange,
  headers,
  house,
  pair,
  redirectUri,
  registration,
  third,
  thirdSecret,
} from './code-house.ts'
import { answered, basic, claimsOf, form, issuer, pkce } from './oauth-house.ts'

test('a person who is signed in comes back with a code, and the client gets tokens for it', async () => {
  house.recording.events.length = 0
  const { session, cookie } = house.signIn(alice)
  const location = answered(await authorize({}, { countersign_session: cookie }))
  assert.equal(`${location.origin}${location.pathname}`, redirectUri)
  assert.deepEqual([...location.searchParams.keys()], ['code', 'state', 'iss'])
  assert.equal(location.searchParams.get('state'), 'st-1')
  assert.equal(location.searchParams.get('iss'), issuer)
  const response = await exchange(location.searchParams.get('code') ?? '')
  assert.equal(response.statusCode, 200)
  const { access_token: access, id_token: idToken, refresh_token: refresh, ...rest } = response.json()
  assert.deepEqual(rest, { token_type: 'Bearer', expires_in: 900, scope: 'openid profile notes:read' })
  assert.match(refresh, /^r1\.[A-Za-z0-9_-]{43}$/)

  const { iat, exp, jti, gen, fam, ...accessClaims } = claimsOf(access)
  assert.deepEqual(accessClaims, {
    iss: issuer,
    aud: ['https://api.example', `${issuer}/userinfo`],
    sub: alice,
    client_id: client.clientId,
    cli: client.id,
    scope: 'openid profile notes:read',
    sid: session.id,
    auth_time: session.authTimeMs / 1000,
    acr: '1fa',
    amr: ['pwd'],
  })
  assert.ok([iat, exp, gen].every(Number.isInteger))
  const { at_hash: hash, ...idClaims } = claimsOf(idToken)
  assert.match(String(hash), /^[A-Za-z0-9_-]{22}$/)
  assert.deepEqual(idClaims, {
    iss: issuer,
    aud: client.clientId,
    sub: alice,
    iat,
    exp: Number(iat) + 600,
    nonce: 'n-1',
    auth_time: session.authTimeMs / 1000,
    acr: '1fa',
    amr: ['pwd'],
    sid: session.id,
    name: 'Alice Moreau',
    preferred_username: 'alice',
  })
  const principal = await house.tokens.verifyAccessToken(house.op(), access, 'https://api.example')
  assert.deepEqual([principal.is, principal.id], ['user', alice])
  const told = house.recording.events.map(({ what, about, actor }) => [what, about.slice(0, 3), 'id' in actor && actor.id])
  assert.deepEqual(told, [
    ['code.issued', 'cod', alice],
    ['grant.code_exchanged', 'cod', client.id],
    ['family.started', 'fam', client.id],
  ])
  assert.equal(house.recording.events[2]?.about, fam)
  assert.equal(house.recording.events[2]?.facts?.['token'], jti)
})

test('a code comes once: the second exchange is refused and withdraws what the first gave out', async () => {
  const code = await codeFor()
  const first = (await exchange(code)).json()
  house.recording.events.length = 0
  const second = await exchange(code)
  assert.deepEqual([second.statusCode, second.json().error, second.json().code], [400, 'invalid_grant', 'grant.spent_code'])
  assert.deepEqual(house.recording.names(), ['grant.code_replayed', 'family.ended'])
  await assert.rejects(house.tokens.verifyAccessToken(house.op(), first.access_token, 'https://api.example'), { code: 'token.not_valid' })
  const refreshed = await house.inject(form('/token', { grant_type: 'refresh_token', refresh_token: first.refresh_token }, headers))
  assert.deepEqual([refreshed.statusCode, refreshed.json().code], [400, 'refresh.ended'])
})

test('of two exchanges at once one wins, and the code counts as leaked', async () => {
  const code = await codeFor()
  const both = await Promise.all([exchange(code), exchange(code)])
  assert.deepEqual(
    both.map(({ statusCode }) => statusCode).sort((left, right) => left - right),
    [200, 400],
  )
  const won = both.find(({ statusCode }) => statusCode === 200)?.json()
  await assert.rejects(house.tokens.verifyAccessToken(house.op(), won.access_token, 'https://api.example'), { code: 'token.not_valid' })
})

const wrongExchanges: readonly { says: string; more: Fields; as?: Fields; error: string }[] = [
  { says: 'another verifier', more: { code_verifier: pkce().verifier }, error: 'invalid_grant' },
  { says: 'a verifier that is too short', more: { code_verifier: 'a'.repeat(42) }, error: 'invalid_request' },
  { says: 'no verifier', more: { code_verifier: '' }, error: 'invalid_request' },
  { says: 'another redirect_uri', more: { redirect_uri: `${redirectUri}/` }, error: 'invalid_grant' },
  { says: 'no redirect_uri', more: { redirect_uri: '' }, error: 'invalid_request' },
  { says: 'another client', more: {}, as: { authorization: basic(third.clientId, thirdSecret?.reveal() ?? '') }, error: 'invalid_grant' },
]

for (const { says, more, as, error } of wrongExchanges) {
  test(`an exchange with ${says} is refused and does not burn the code for its owner`, async () => {
    const code = await codeFor()
    const refused = await exchange(code, more, as)
    assert.deepEqual([refused.statusCode, refused.json().error], [400, error])
    assert.equal((await exchange(code)).statusCode, 200)
  })
}

test('a code lives a minute', async () => {
  const late = await codeFor()
  const early = await codeFor()
  house.clock.forwardMs(59_999)
  assert.equal((await exchange(early)).statusCode, 200)
  house.clock.forwardMs(1)
  assert.deepEqual([(await exchange(late)).json().code], ['grant.unknown_code'])
})

test('a code of a session that ended meanwhile is worth nothing', async () => {
  const signedIn = house.signIn(alice)
  const code = await codeFor({}, signedIn)
  await house.endSession(signedIn.session.id)
  assert.equal((await exchange(code)).json().code, 'grant.withdrawn')
})

test('a code of a person from whom everything was taken meanwhile is worth nothing', async () => {
  const code = await codeFor()
  await house.store.write(house.op(), async (tx) => house.tokens.revocations.revoke(tx, house.op(), { kind: 'user', id: alice }))
  await house.tokens.revocations.announce(house.op())
  assert.equal((await exchange(code)).json().code, 'grant.withdrawn')
  assert.equal((await exchange(await codeFor())).statusCode, 200, 'a code of a later sign-in is')
})

const lost: readonly { readonly says: string; readonly change: Partial<NewClient> }[] = [
  { says: 'its redirect URI', change: { redirectUris: ['https://app.example/kept'] } },
  { says: 'a scope', change: { scopes: ['openid', 'profile'] } },
  { says: 'an audience', change: { audiences: [] } },
  { says: 'a grant', change: { grantTypes: ['authorization_code'] } },
  { says: 'being ours', change: { firstParty: false } },
]

for (const { says, change } of lost) {
  test(`a code of a client that lost ${says} meanwhile is worth nothing, and what it keeps goes on`, async () => {
    const kept = 'https://app.example/kept'
    const made = await house.clients.create(house.op(), { ...registration, redirectUris: [redirectUri, kept] })
    const asks = { client_id: made.client.clientId, redirect_uri: redirectUri }
    const own = { authorization: basic(made.client.clientId, made.secret?.reveal() ?? '') }
    const code = await codeFor(asks)
    const other = await codeFor({ ...asks, redirect_uri: kept })
    await house.clients.update(house.op(), made.client.id, change)
    const refused = await exchange(code, { redirect_uri: redirectUri }, own)
    assert.deepEqual([refused.statusCode, refused.json().error, refused.json().code], [400, 'invalid_grant', 'grant.withdrawn'])
    const elsewhere = await exchange(other, { redirect_uri: kept }, own)
    assert.equal(elsewhere.statusCode, 'redirectUris' in change ? 200 : 400)
  })
}

test('a minimal ID token names nobody, and UserInfo does', async () => {
  const { client: shy, secret: shySecret } = await house.clients.create(house.op(), { ...registration, idTokenClaims: 'minimal' })
  const code = await codeFor({ client_id: shy.clientId, scope: 'openid profile email' })
  const tokens = (await exchange(code, {}, { authorization: basic(shy.clientId, shySecret?.reveal() ?? '') })).json()
  const claims = claimsOf(tokens.id_token)
  assert.deepEqual(
    ['name', 'email', 'preferred_username'].filter((name) => name in claims),
    [],
  )
  const told = await house.inject({ method: 'GET', url: '/userinfo', headers: { authorization: `Bearer ${tokens.access_token}` } })
  assert.deepEqual(told.json(), {
    sub: alice,
    name: 'Alice Moreau',
    preferred_username: 'alice',
    email: 'alice@example.com',
    email_verified: true,
  })
})

test('the gateway redeems a code without tokens, once', async () => {
  const signedIn = house.signIn(alice)
  const code = await codeFor({}, signedIn)
  const request = { clientId: client.clientId, code, redirectUri, verifier: pair.verifier }
  assert.deepEqual(await house.oauth.redeem(house.op(), request), { session: signedIn.session.id, user: alice, nonce: 'n-1' })
  await assert.rejects(house.oauth.redeem(house.op(), request), { code: 'grant.spent_code' })
  await assert.rejects(house.oauth.redeem(house.op(), { ...request, clientId: 'nobody' }), { code: 'client_auth.failed' })
})

test('codes that are over are swept, and not before', async () => {
  await codeFor()
  house.clock.forwardMs(60_000)
  while ((await house.oauth.sweep(house.op())) > 0);
  await codeFor()
  house.clock.forwardMs(59_999)
  assert.equal(await house.oauth.sweep(house.op()), 0)
  house.clock.forwardMs(1)
  assert.equal(await house.oauth.sweep(house.op()), 1)
})
