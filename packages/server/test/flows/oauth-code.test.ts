import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { InjectOptions } from 'light-my-request'
import { newId } from '#kernel'
import type { NewClient } from '#oauth'
import { answered, basic, claimsOf, form, issuer, openHouse, pkce } from './oauth-house.ts'

const house = await openHouse()
const redirectUri = 'https://app.example/cb'
const registration: NewClient = {
  name: 'Notes',
  kind: 'confidential',
  grantTypes: ['authorization_code', 'refresh_token'],
  redirectUris: [redirectUri],
  scopes: ['openid', 'profile', 'email', 'offline_access', 'notes:read'],
  audiences: ['https://api.example'],
  firstParty: true,
}
const { client, secret } = await house.clients.create(house.op(), registration)
const { client: third, secret: thirdSecret } = await house.clients.create(house.op(), {
  ...registration,
  name: 'Ledger',
  firstParty: false,
})
const { client: native } = await house.clients.create(house.op(), {
  ...registration,
  kind: 'public',
  firstParty: false,
  redirectUris: ['http://127.0.0.1/cb'],
})
const headers = { authorization: basic(client.clientId, secret?.reveal() ?? '') }
const alice = newId('usr')
house.people.set(alice, { username: 'alice', name: 'Alice Moreau', email: 'alice@example.com', emailVerified: true })

type Fields = Record<string, string>
const pair = pkce()

const asked = (more: Fields = {}): Fields => ({
  response_type: 'code',
  client_id: client.clientId,
  redirect_uri: redirectUri,
  scope: 'openid profile notes:read',
  state: 'st-1',
  nonce: 'n-1',
  code_challenge: pair.challenge,
  code_challenge_method: 'S256',
  ...more,
})

const get = (url: string, cookies: Fields = {}): InjectOptions => ({ method: 'GET', url, cookies })
const authorize = async (more: Fields = {}, cookies: Fields = {}) =>
  house.inject(get(`/authorize?${new URLSearchParams(asked(more)).toString()}`, cookies))
const exchange = async (code: string, more: Fields = {}, as: Record<string, string> = headers) =>
  house.inject(
    form('/token', { grant_type: 'authorization_code', code, redirect_uri: redirectUri, code_verifier: pair.verifier, ...more }, as),
  )

/** A code for alice, who is signed in. */
async function codeFor(more: Fields = {}, session = house.signIn(alice)): Promise<string> {
  const location = answered(await authorize(more, { countersign_session: session.cookie }))
  return location.searchParams.get('code') ?? assert.fail(location.href)
}

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

test('no error ever goes to an address that is not the client’s', async () => {
  for (const more of [
    { redirect_uri: 'https://evil.example/cb' },
    { redirect_uri: `${redirectUri}/..` },
    { redirect_uri: '' },
    { client_id: 'nobody' },
    { client_id: '' },
  ]) {
    const response = await authorize(more)
    assert.equal(response.statusCode, 400, JSON.stringify(more))
    assert.equal(response.headers.location, undefined)
    assert.match(String(response.headers['content-type']), /^text\/html/)
  }
})

const wrongRequests: readonly { more: Fields; error: string }[] = [
  { more: { response_type: '' }, error: 'invalid_request' },
  { more: { response_type: 'token' }, error: 'unsupported_response_type' },
  { more: { response_mode: 'fragment' }, error: 'invalid_request' },
  { more: { code_challenge: '' }, error: 'invalid_request' },
  { more: { code_challenge_method: 'plain' }, error: 'invalid_request' },
  { more: { code_challenge_method: '' }, error: 'invalid_request' },
  { more: { code_challenge: 'short' }, error: 'invalid_request' },
  { more: { scope: 'admin' }, error: 'invalid_scope' },
  { more: { scope: '' }, error: 'invalid_scope' },
  { more: { resource: 'https://elsewhere.example' }, error: 'invalid_target' },
  { more: { prompt: 'none login' }, error: 'invalid_request' },
  { more: { prompt: 'create' }, error: 'invalid_request' },
  { more: { max_age: '-1' }, error: 'invalid_request' },
  { more: { request: 'e30.e30.' }, error: 'request_not_supported' },
  { more: { request_uri: 'https://app.example/r' }, error: 'request_uri_not_supported' },
  { more: { registration: '{}' }, error: 'registration_not_supported' },
  { more: { prompt: 'none' }, error: 'login_required' },
]

for (const { more, error } of wrongRequests) {
  test(`the client is told ${error} for ${JSON.stringify(more)}`, async () => {
    const location = answered(await authorize(more))
    assert.equal(`${location.origin}${location.pathname}`, redirectUri)
    assert.deepEqual(
      ['error', 'state', 'iss', 'code'].map((name) => location.searchParams.get(name)),
      [error, 'st-1', issuer, null],
    )
    assert.ok((location.searchParams.get('error_description') ?? '').length > 0)
  })
}

test('a stranger’s request writes no row, travels sealed in the browser and comes back after sign-in', async () => {
  house.recording.events.length = 0
  const begun = await authorize()
  const location = answered(begun)
  assert.equal(location.pathname, '/sign-in')
  const state = location.searchParams.get('state') ?? ''
  assert.match(state, /^f1\./)
  const browser = begun.cookies.find(({ name }) => name === 'countersign_browser')
  assert.deepEqual([browser?.httpOnly, browser?.sameSite, browser?.path], [true, 'Lax', '/'])
  assert.deepEqual(house.recording.names(), [])
  const browserCookie = String(browser?.value)

  const pending = await house.oauth.openPending(house.op(), state, browserCookie)
  assert.deepEqual(pending, { clientName: 'Notes', firstParty: true, scopes: ['openid', 'profile', 'notes:read'], redirectUri })

  const { cookie } = house.signIn(alice)
  const resume = `/authorize/resume?${new URLSearchParams({ state }).toString()}`
  const cookies = { countersign_browser: browserCookie, countersign_session: cookie }
  assert.ok(answered(await house.inject(get(resume, cookies))).searchParams.has('code'))

  const other = await authorize()
  const otherBrowser = String(other.cookies.find(({ name }) => name === 'countersign_browser')?.value)
  for (const wrong of [{}, { countersign_browser: otherBrowser }, { countersign_browser: 'x' }]) {
    const refused = await house.inject(get(resume, { ...wrong, countersign_session: cookie }))
    assert.equal(refused.statusCode, 400, 'another browser has nothing of it')
    assert.equal(await house.oauth.openPending(house.op(), state, wrong.countersign_browser), undefined)
  }
  for (const nonsense of ['f1.', 'f1.!', `f2.${state.slice(3)}`, state.slice(3), 'f1.AAAA']) {
    assert.equal((await house.inject(get(`/authorize/resume?state=${nonsense}`, cookies))).statusCode, 400, nonsense.slice(0, 8))
  }
  const changed = `${state.slice(0, -2)}${state.endsWith('A') ? 'B' : 'A'}A`
  assert.equal((await house.inject(get(`/authorize/resume?state=${changed}`, cookies))).statusCode, 400)
  house.clock.forwardMs(20 * 60_000 - 1)
  assert.equal(answered(await house.inject(get(resume, cookies))).searchParams.has('code'), true)
  house.clock.forwardMs(1)
  assert.equal((await house.inject(get(resume, cookies))).statusCode, 400, 'and it is over after twenty minutes')
})

test('a browser that has its cookie keeps it', async () => {
  const first = await authorize()
  const cookie = String(first.cookies.find(({ name }) => name === 'countersign_browser')?.value)
  assert.deepEqual((await authorize({}, { countersign_browser: cookie })).cookies, [])
})

test('the request may be a form of another site, and comes back as a redirect that carries our cookies', async () => {
  const response = await house.inject(
    form('/authorize', { ...asked(), unknown: 'x' }, { origin: 'https://app.example', 'sec-fetch-site': 'cross-site' }),
  )
  assert.equal(response.statusCode, 303)
  const location = answered(response)
  assert.equal(location.pathname, '/authorize')
  assert.deepEqual(Object.fromEntries(location.searchParams), asked())
})

test('prompt=login and max_age want a sign-in, and one after the request began satisfies them', async () => {
  for (const more of [{ prompt: 'login' }, { prompt: 'select_account' }, { max_age: '0' }, { max_age: '60' }]) {
    const old = house.signIn(alice)
    house.clock.forwardMs(60_001)
    const begun = await authorize(more, { countersign_session: old.cookie })
    const location = answered(begun)
    assert.equal(location.pathname, '/sign-in', JSON.stringify(more))
    const countersign_browser = String(begun.cookies.find(({ name }) => name === 'countersign_browser')?.value)
    const resume = `/authorize/resume?${location.searchParams.toString()}`
    const stubborn = answered(await house.inject(get(resume, { countersign_browser, countersign_session: old.cookie })))
    assert.equal(stubborn.pathname, '/sign-in', 'the old session does not do')
    house.clock.forwardMs(60_001)
    const { cookie } = house.signIn(alice)
    const done = answered(await house.inject(get(resume, { countersign_browser, countersign_session: cookie })))
    assert.ok(done.searchParams.has('code'), JSON.stringify(more))
  }
})

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
    const answer = await house.oauth.decideConsent(house.op(), session, at.state, at.browser, decision)
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
    const answer = await house.oauth.decideConsent(house.op(), who.session, location.searchParams.get('state') ?? '', browser, 'allow')
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
  await house.oauth.decideConsent(house.op(), session, location.searchParams.get('state') ?? '', browser, 'allow')
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
    const answer = await house.oauth.decideConsent(house.op(), session, state, browser, 'allow')
    assert.ok(answer.body !== 'empty' && 'redirect' in answer.body && answer.body.redirect.startsWith('/sign-in?'))
  }
})

test('a client that lost its registration meanwhile gets nothing for an earlier request', async () => {
  const { client: brief } = await house.clients.create(house.op(), {
    ...registration,
    redirectUris: [redirectUri, 'https://app.example/old'],
  })
  const begun = await authorize({ client_id: brief.clientId, redirect_uri: 'https://app.example/old' })
  const state = answered(begun).searchParams.get('state') ?? ''
  const countersign_browser = String(begun.cookies.find(({ name }) => name === 'countersign_browser')?.value)
  await house.clients.update(house.op(), brief.id, { redirectUris: [redirectUri] })
  const { cookie } = house.signIn(alice)
  const resume = get(`/authorize/resume?${new URLSearchParams({ state }).toString()}`, { countersign_browser, countersign_session: cookie })
  assert.equal((await house.inject(resume)).statusCode, 400)
})

test('a native app signs in on a loopback port that its system chose, and is asked each time (RFC 8252)', async () => {
  const { cookie, session } = house.signIn(alice)
  const redirect = 'http://127.0.0.1:51004/cb'
  const nativeAsks = async () => authorize({ client_id: native.clientId, redirect_uri: redirect }, { countersign_session: cookie })
  const begun = await nativeAsks()
  const location = answered(begun)
  assert.equal(location.pathname, '/consent')
  const browser = String(begun.cookies.find(({ name }) => name === 'countersign_browser')?.value)
  const answer = await house.oauth.decideConsent(house.op(), session, location.searchParams.get('state') ?? '', browser, 'allow')
  assert.ok(answer.body !== 'empty' && 'redirect' in answer.body)
  const back = new URL(answer.body.redirect)
  assert.equal(back.host, '127.0.0.1:51004')
  const code = back.searchParams.get('code') ?? ''
  const [counted, recorded] = [house.counted.length, house.recorded.length]
  const stranger = await exchange(code, { redirect_uri: redirect, client_id: native.clientId, code_verifier: pkce().verifier }, {})
  assert.equal(stranger.json().error, 'invalid_grant', 'the verifier is its proof')
  assert.deepEqual(house.counted.slice(counted), ['grant.mismatch'], 'the word of a public client is no proof: nobody known was refused')
  assert.equal(house.recorded.length, recorded)
  house.recording.events.length = 0
  const tokens = await exchange(code, { redirect_uri: redirect, client_id: native.clientId }, {})
  assert.equal(tokens.statusCode, 200)
  const { actor } = house.recording.events[0] ?? assert.fail()
  assert.deepEqual('proof' in actor && [actor.id, actor.proof.acr], [native.id, 'none'])
  const pretender = await exchange(code, { redirect_uri: redirect, client_id: native.clientId, client_secret: 'x' }, {})
  assert.equal(pretender.json().error, 'invalid_client', 'it has no secret')
  assert.equal(answered(await nativeAsks()).pathname, '/consent')
})

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
