/** What the authorization endpoint is asked, and the way through our pages and back. @module */

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type Fields, alice, asked, authorize, exchange, get, house, native, redirectUri, registration } from './code-house.ts'
import { answered, form, issuer, pkce } from './oauth-house.ts'

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
  { more: { request: 'e30.e30.' }, error: 'invalid_request_object' },
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
  assert.deepEqual(pending, {
    clientName: 'Notes',
    firstParty: true,
    scopes: ['openid', 'profile', 'notes:read'],
    claims: [],
    details: [],
    redirectUri,
  })

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
  const answer = await house.oauth.decideConsent(house.op(), session, location.searchParams.get('state') ?? '', browser, {
    decision: 'allow',
    nonce: 'n',
    address: '203.0.113.1',
  })
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
