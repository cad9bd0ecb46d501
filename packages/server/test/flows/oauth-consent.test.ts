/** What a person allows a client of somebody else. @module */

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { newId } from '#kernel'
import { type Fields, alice, authorize, exchange, house, registration, third, thirdSecret } from './code-house.ts'
import { answered, basic, issuer } from './oauth-house.ts'

test('a client of somebody else needs consent, which is given, remembered, and can be taken back', async () => {
  const asThird = { client_id: third.clientId }
  const signedIn = house.signIn(alice)
  const begin = async (more: Fields = {}) => {
    const response = await authorize({ ...asThird, ...more }, { countersign_session: signedIn.cookie })
    const location = answered(response)
    const browser = String(response.cookies.find(({ name }) => name === 'countersign_browser')?.value)
    return { location, browser, state: location.searchParams.get('state') ?? '' }
  }
  const decide = async (at: { browser: string; state: string }, decision: 'allow' | 'deny', session = signedIn.session) => {
    const answer = await house.oauth.decideConsent(house.op(), session, at.state, at.browser, {
      decision,
      nonce: 'n',
      address: '203.0.113.1',
    })
    assert.ok(answer.body !== 'empty' && 'redirect' in answer.body)
    return new URL(answer.body.redirect, issuer)
  }
  house.recording.events.length = 0
  const first = await begin()
  assert.equal(first.location.pathname, '/consent')
  assert.equal(
    answered(await authorize({ ...asThird, prompt: 'none' }, { countersign_session: signedIn.cookie })).searchParams.get('error'),
    'consent_required',
  )

  const denied = await decide(first, 'deny')
  assert.deepEqual(
    [denied.origin, denied.searchParams.get('error'), denied.searchParams.get('state')],
    ['https://app.example', 'access_denied', 'st-1'],
  )
  assert.deepEqual(house.recording.names(), ['consent.denied'])
  await assert.rejects(decide({ ...first, browser: 'AAAAAAAAAAAAAAAAAAAAAA' }, 'allow'), { code: 'authorize.state_not_valid' })

  house.recording.events.length = 0
  const allowed = await decide(await begin(), 'allow')
  const code = allowed.searchParams.get('code') ?? ''
  assert.deepEqual(house.recording.names(), ['consent.given', 'code.issued'])
  const as = { authorization: basic(third.clientId, thirdSecret?.reveal() ?? '') }
  const tokens = (await exchange(code, {}, as)).json()

  assert.ok((await begin()).location.searchParams.has('code'), 'it is remembered')
  assert.ok((await begin({ scope: 'notes:read' })).location.searchParams.has('code'), 'for less too')
  assert.equal((await begin({ scope: 'openid email' })).location.pathname, '/consent', 'and not for more')
  assert.equal((await begin({ prompt: 'consent' })).location.pathname, '/consent', 'and a client may ask again')
  const { items: remembered } = await house.consents.list(house.op(), { user: alice, limit: 10 })
  assert.deepEqual(
    remembered.map(({ client, scopes }) => [client, scopes]),
    [[third.id, ['openid', 'profile', 'notes:read']]],
  )

  const waiting = (await begin()).location.searchParams.get('code') ?? ''
  house.recording.events.length = 0
  assert.equal(await house.consents.withdraw(house.op(), alice, third.id), true)
  assert.deepEqual(house.recording.names(), ['consent.withdrawn', 'family.ended'])
  await assert.rejects(house.tokens.verifyAccessToken(house.op(), tokens.access_token, 'https://api.example'), { code: 'token.not_valid' })
  assert.equal((await exchange(waiting, {}, as)).json().code, 'grant.unknown_code')
  assert.equal((await begin()).location.pathname, '/consent')
  assert.equal(await house.consents.withdraw(house.op(), alice, third.id), false)
})

test('what one person allows one client is nobody else’s, and taking it back takes nothing else', async () => {
  const fourth = await house.clients.create(house.op(), { ...registration, name: 'Fourth', firstParty: false })
  const people = [house.signIn(newId('usr')), house.signIn(newId('usr'))] as const
  const begin = async (who: (typeof people)[number], clientId: string) => {
    const response = await authorize({ client_id: clientId }, { countersign_session: who.cookie })
    return { location: answered(response), browser: String(response.cookies.find(({ name }) => name === 'countersign_browser')?.value) }
  }
  const allow = async (who: (typeof people)[number], clientId: string): Promise<string> => {
    const { location, browser } = await begin(who, clientId)
    assert.equal(location.pathname, '/consent', 'nobody has allowed this yet')
    const answer = await house.oauth.decideConsent(house.op(), who.session, location.searchParams.get('state') ?? '', browser, {
      decision: 'allow',
      nonce: 'n',
      address: '203.0.113.1',
    })
    assert.ok(answer.body !== 'empty' && 'redirect' in answer.body)
    return new URL(answer.body.redirect).searchParams.get('code') ?? assert.fail()
  }
  const as = { authorization: basic(fourth.client.clientId, fourth.secret?.reveal() ?? '') }
  const asThird = { authorization: basic(third.clientId, thirdSecret?.reveal() ?? '') }
  const [one, other] = people
  const taken = (await exchange(await allow(one, fourth.client.clientId), {}, as)).json()
  const kept = [
    (await exchange(await allow(other, fourth.client.clientId), {}, as)).json(),
    (await exchange(await allow(one, third.clientId), {}, asThird)).json(),
  ]
  const waiting = answered(await authorize({ client_id: third.clientId }, { countersign_session: one.cookie })).searchParams.get('code')
  await house.tokens.revocations.announce(house.op()) // from here on memory answers, so that only what is announced is known at once
  assert.equal(await house.consents.withdraw(house.op(), one.session.user, fourth.client.id), true)
  const verify = async (token: string) => house.tokens.verifyAccessToken(house.op(), token, 'https://api.example')
  await assert.rejects(verify(taken.access_token), { code: 'token.not_valid' })
  for (const { access_token: token } of kept) await verify(token)
  assert.equal((await exchange(waiting ?? '', {}, asThird)).statusCode, 200)
  const listed = async (who: (typeof people)[number]) =>
    (await house.consents.list(house.op(), { user: who.session.user, limit: 10 })).items.map(({ client: id }) => id)
  assert.deepEqual(await listed(one), [third.id])
  assert.deepEqual(await listed(other), [fourth.client.id])
  assert.ok((await begin(other, fourth.client.clientId)).location.searchParams.has('code'))
  await house.clients.delete(house.op(), fourth.client.id)
  assert.deepEqual([await listed(one), await listed(other)], [[third.id], []], 'and a client that is gone has nobody’s')
})

test('a consent is remembered for a year', async () => {
  const bob = newId('usr')
  const ask = async () => {
    const { cookie, session } = house.signIn(bob)
    const response = await authorize({ client_id: third.clientId }, { countersign_session: cookie })
    const browser = String(response.cookies.find(({ name }) => name === 'countersign_browser')?.value)
    return { location: answered(response), browser, session }
  }
  const { location, browser, session } = await ask()
  await house.oauth.decideConsent(house.op(), session, location.searchParams.get('state') ?? '', browser, {
    decision: 'allow',
    nonce: 'n',
    address: '203.0.113.1',
  })
  house.clock.forwardMs(365 * 24 * 3_600_000 - 1)
  while ((await house.oauth.sweep(house.op())) > 0);
  assert.ok((await ask()).location.searchParams.has('code'))
  assert.equal((await house.consents.list(house.op(), { user: bob, limit: 10 })).items.length, 1)
  house.clock.forwardMs(1)
  assert.equal((await ask()).location.pathname, '/consent')
  assert.equal((await house.consents.list(house.op(), { user: bob, limit: 10 })).items.length, 0)
  assert.ok((await house.oauth.sweep(house.op())) >= 1)
  assert.equal(await house.oauth.sweep(house.op()), 0)
})

test('nobody skips the sign-in by posting the consent', async () => {
  const old = house.signIn(alice)
  house.clock.forwardMs(1)
  const begun = await authorize({ client_id: third.clientId, prompt: 'login' }, { countersign_session: old.cookie })
  const state = answered(begun).searchParams.get('state') ?? ''
  const browser = String(begun.cookies.find(({ name }) => name === 'countersign_browser')?.value)
  for (const session of [old.session, undefined]) {
    const answer = await house.oauth.decideConsent(house.op(), session, state, browser, {
      decision: 'allow',
      nonce: 'n',
      address: '203.0.113.1',
    })
    assert.ok(answer.body !== 'empty' && 'redirect' in answer.body && answer.body.redirect.startsWith('/sign-in?'))
  }
})
