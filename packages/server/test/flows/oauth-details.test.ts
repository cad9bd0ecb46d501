/** Rich authorization requests, RFC 9396: what may be asked for in detail, how a person is shown it, and what is granted. @module */

import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { InjectOptions } from 'light-my-request'
import { newId } from '#kernel'
import type { DetailTypeSettings, NewClient } from '#oauth'
import { clientPair, signedBy } from '../client-keys.ts'
import { openTestVault } from '../keys.ts'
import { answered, basic, buildHouse, claimsOf, form, issuer, openHouse, pkce } from './oauth-house.ts'

const detailTypes: DetailTypeSettings = {
  payment: {
    says: 'Pay {amount.value} {amount.currency} to {creditor}',
    members: {
      amount: {
        type: 'object',
        properties: { value: { type: 'string', pattern: '^[0-9]{1,9}[.][0-9]{2}$' }, currency: { type: 'string', enum: ['EUR', 'CHF'] } },
        required: ['value', 'currency'],
      },
      creditor: { type: 'string', maxLength: 140 },
      reference: { type: 'string', title: 'Reference', maxLength: 1_900 },
      urgent: { type: 'boolean' },
    },
    required: ['amount', 'creditor'],
  },
  accounts: { says: 'See accounts', members: { actions: { type: 'array', items: { type: 'string', enum: ['list', 'balances'] } } } },
  internal: { says: 'Do something of ours', members: {} },
}
const vault = openTestVault()
const house = await openHouse({ detailTypes, vault })
const redirectUri = 'https://app.example/cb'
const pair = pkce()
const signer = await clientPair('ES256')
const registration: NewClient = {
  name: 'Shop',
  kind: 'confidential',
  grantTypes: ['authorization_code', 'refresh_token', 'client_credentials'],
  redirectUris: [redirectUri],
  scopes: ['openid', 'offline_access', 'pay'],
  audiences: ['https://bank.example'],
  introspects: ['https://bank.example'],
  clientKeys: [signer.jwk],
  tokenEndpointAuthMethod: 'client_secret_basic',
  authorizationDetailsTypes: ['payment', 'accounts'],
}
const { client, secret } = await house.clients.create(house.op(), registration)
const headers = { authorization: basic(client.clientId, secret?.reveal() ?? '') }
const alice = newId('usr')
house.people.set(alice, { username: 'alice', name: 'Alice Moreau' })

type Fields = Readonly<Record<string, string>>
type Detail = Readonly<Record<string, unknown>>

let requests = 0
const inject = async (options: InjectOptions) => {
  requests += 1
  return house.inject({ ...options, remoteAddress: `203.0.113.${requests % 256}` })
}

const payment: Detail = { type: 'payment', amount: { value: '123.50', currency: 'EUR' }, creditor: 'Merchant A' }
const accounts: Detail = { type: 'accounts', actions: ['list', 'balances'] }
const text = (...details: readonly unknown[]): string => JSON.stringify(details)

const asked = (details: string | undefined, more: Fields = {}): Fields => ({
  response_type: 'code',
  client_id: client.clientId,
  redirect_uri: redirectUri,
  scope: 'openid offline_access',
  state: 'st-1',
  code_challenge: pair.challenge,
  code_challenge_method: 'S256',
  ...(details === undefined ? {} : { authorization_details: details }),
  ...more,
})

interface Begun {
  readonly state: string
  readonly browser: string
  readonly cookie: string
  readonly session: ReturnType<typeof house.signIn>['session']
}

const authorize = async (fields: Fields, cookies: Fields = {}) =>
  inject({ method: 'GET', url: `/authorize?${new URLSearchParams(fields).toString()}`, cookies: { ...cookies } })

/** As far as the consent page. */
async function begin(fields: Fields): Promise<Begun> {
  const { cookie, session } = house.signIn(alice)
  const begun = await authorize(fields, { countersign_session: cookie })
  const location = answered(begun)
  assert.equal(location.pathname, '/consent', location.href)
  const browser = String(begun.cookies.find(({ name }) => name === 'countersign_browser')?.value)
  return { state: location.searchParams.get('state') ?? '', browser, cookie, session }
}

async function allowed(fields: Fields): Promise<string> {
  const { state, browser, session } = await begin(fields)
  const answer = await house.oauth.decideConsent(house.op(), session, state, browser, {
    decision: 'allow',
    nonce: 'n',
    address: '203.0.113.1',
  })
  assert.ok(answer.body !== 'empty' && 'redirect' in answer.body)
  return new URL(answer.body.redirect).searchParams.get('code') ?? assert.fail(answer.body.redirect)
}

interface Answer {
  readonly access_token: string
  readonly refresh_token: string
  readonly scope: string
  readonly error?: string
  readonly authorization_details?: readonly Detail[]
}

const token = async (fields: Fields, as: Fields = headers): Promise<Answer> =>
  (await inject(form('/token', { ...fields }, { ...as }))).json<Answer>()

const exchange = async (code: string, more: Fields = {}): Promise<Answer> =>
  token({ grant_type: 'authorization_code', code, redirect_uri: redirectUri, code_verifier: pair.verifier, ...more })

const introspect = async (accessToken: string): Promise<Record<string, unknown>> =>
  (await inject(form('/introspect', { token: accessToken }, headers))).json<Record<string, unknown>>()

test('RFC 9396 sections 7 and 9: what was allowed in detail is in the answer, the access token and introspection', async () => {
  const answer = await exchange(await allowed(asked(text(payment, accounts))))
  assert.deepEqual(answer.authorization_details, [payment, accounts])
  assert.deepEqual(claimsOf(answer.access_token)['authorization_details'], [payment, accounts])
  const told = await introspect(answer.access_token)
  assert.deepEqual([told['active'], told['authorization_details']], [true, [payment, accounts]])
})

test('RFC 9396 section 3: details may be all that is asked for, and nothing is remembered', async () => {
  const answer = await exchange(await allowed(asked(text(payment), { scope: '' })))
  assert.deepEqual([answer.scope, answer.authorization_details], ['', [payment]])
  const { items } = await house.consents.list(house.op(), { user: newId('usr'), limit: 10 })
  assert.deepEqual(items, [])
})

test('who asked for no details is told of none', async () => {
  const answer = await exchange(await allowed(asked(undefined, { prompt: 'consent' })))
  assert.equal('authorization_details' in answer, false)
  assert.equal('authorization_details' in claimsOf(answer.access_token), false)
  assert.equal('authorization_details' in (await introspect(answer.access_token)), false)
})

test('a consent is never remembered for details, neither for the same nor for others', async () => {
  await exchange(await allowed(asked(text(payment))))
  for (const details of [text(payment), text({ ...payment, creditor: 'Merchant B' })]) {
    await begin(asked(details))
    const { cookie } = house.signIn(alice)
    const quiet = answered(await authorize(asked(details, { prompt: 'none' }), { countersign_session: cookie }))
    assert.equal(quiet.searchParams.get('error'), 'consent_required')
  }
  // What was allowed beside them is.
  const { cookie } = house.signIn(alice)
  assert.ok(answered(await authorize(asked(undefined), { countersign_session: cookie })).searchParams.has('code'))
})

test('a person is shown every value of the details that the answer is for', async () => {
  const { state, browser } = await begin(
    asked(text({ ...payment, reference: 'Invoice 7', urgent: true }, { type: 'accounts', actions: [] })),
  )
  const pending = await house.oauth.openPending(house.op(), state, browser)
  assert.deepEqual(pending?.details, [
    {
      says: 'Pay {amount.value} {amount.currency} to {creditor}',
      members: [
        { path: 'amount.value', label: 'Amount · Value', values: ['123.50'] },
        { path: 'amount.currency', label: 'Amount · Currency', values: ['EUR'] },
        { path: 'creditor', label: 'Creditor', values: ['Merchant A'] },
        { path: 'reference', label: 'Reference', values: ['Invoice 7'] },
        { path: 'urgent', label: 'Urgent', values: [true] },
      ],
    },
    { says: 'See accounts', members: [{ path: 'actions', label: 'Actions', values: [] }] },
  ])
})

test('the record says of which types details were allowed, and not what they hold', async () => {
  house.recording.events.length = 0
  await allowed(asked(text(payment)))
  const facts: Readonly<Record<string, unknown>> = house.recording.events.find(({ what }) => what === 'consent.given')?.facts ?? {}
  assert.equal(facts['details'], 'payment')
  assert.doesNotMatch(JSON.stringify(house.recording.events), /Merchant/)
})

const many = (count: number): string => text(...Array.from({ length: count }, () => accounts))
const deep = (levels: number): string => `[{"type":"accounts","actions":${'['.repeat(levels)}${']'.repeat(levels)}}]`

const wrong: readonly (readonly [string, string])[] = [
  ['that are no JSON', 'x'],
  ['that are no list', JSON.stringify(payment)],
  ['without one', '[]'],
  ['of texts', '["payment"]'],
  ['of lists', '[[]]'],
  ['without a type', text({ actions: ['list'] })],
  ['with a type that is no text', text({ type: 1 })],
  ['of a type that nobody knows', text({ type: 'unknown' })],
  ['of a type that is a member of every object', text({ type: 'constructor' })],
  ['of a type that the client may not ask for', text({ type: 'internal' })],
  ['of which one is wrong', text(payment, { type: 'internal' })],
  ['with a member that nobody knows', text({ ...payment, note: 'x' })],
  ['with a member that nobody knows inside', text({ ...payment, amount: { value: '1.00', currency: 'EUR', fee: '9.00' } })],
  ['without a member that is required', text({ type: 'payment', creditor: 'Merchant A' })],
  ['with a member of another kind', text({ ...payment, creditor: 1 })],
  ['with a value that is not allowed', text({ ...payment, amount: { value: '1e9', currency: 'EUR' } })],
  ['with a name twice', '[{"type":"payment","type":"accounts"}]'],
  ['with text that turns what stands beside it around', text({ ...payment, creditor: 'Merchant \u202EB' })],
  ['with text that does not show', text({ ...payment, creditor: 'Merchant\u0000' })],
  ['that are too many', many(9)],
  ['that are too long', text({ ...payment, reference: 'x'.repeat(2_000) })],
  ['that are too deep', deep(7)],
  ['with text that has a mark of direction', text({ ...payment, creditor: 'Merchant\u200F A' })],
]
for (const [says, details] of wrong) {
  test(`RFC 9396 section 5: details ${says} are refused`, async () => {
    const { cookie } = house.signIn(alice)
    const sent = await authorize(asked(details), { countersign_session: cookie })
    if (details.length > 2_048) assert.equal(sent.statusCode, 400)
    else assert.equal(answered(sent).searchParams.get('error'), 'invalid_authorization_details')
    const pushed = await inject(form('/par', { ...asked(details) }, headers))
    assert.deepEqual(
      [pushed.statusCode, pushed.json().error],
      [400, details.length > 2_048 ? 'invalid_request' : 'invalid_authorization_details'],
    )
    const own = await token({ grant_type: 'client_credentials', authorization_details: details })
    assert.equal(own.error, details.length > 2_048 ? 'invalid_request' : 'invalid_authorization_details')
  })
}

test('eight details are not too many', async () => {
  assert.equal((await exchange(await allowed(asked(many(8))))).authorization_details?.length, 8)
})

test('RFC 9126 and RFC 9101: details are pushed, and signed, as JSON', async () => {
  const pushed = await inject(form('/par', { ...asked(text(payment)) }, headers))
  assert.equal(pushed.statusCode, 201, pushed.body)
  const reference = { client_id: client.clientId, request_uri: String(pushed.json().request_uri) }
  assert.deepEqual((await exchange(await allowed(reference))).authorization_details, [payment])
  const nowSeconds = Math.floor(house.clock.wallMs() / 1000)
  const claims = { iss: client.clientId, aud: issuer, exp: nowSeconds + 60, ...asked(undefined), authorization_details: [accounts] }
  const signed = { client_id: client.clientId, request: await signedBy(signer, claims) }
  assert.deepEqual((await exchange(await allowed(signed))).authorization_details, [accounts])
})

test('RFC 9396 section 6: a token request may ask for a part of what was granted, and for nothing else', async () => {
  const code = await allowed(asked(text(payment, accounts)))
  for (const more of [{ ...payment, creditor: 'Merchant B' }, { type: 'internal' }, { ...accounts, actions: ['list'] }])
    assert.equal((await exchange(code, { authorization_details: text(more) })).error, 'invalid_authorization_details')
  const inOtherOrder = { creditor: 'Merchant A', amount: { currency: 'EUR', value: '123.50' }, type: 'payment' }
  const part = await exchange(code, { authorization_details: text(inOtherOrder) })
  assert.deepEqual(part.authorization_details, [inOtherOrder])
  assert.deepEqual(claimsOf(part.access_token)['authorization_details'], [inOtherOrder])
  // The authorization is still for all of it.
  const whole = await token({ grant_type: 'refresh_token', refresh_token: part.refresh_token })
  assert.deepEqual(whole.authorization_details, [payment, accounts])
  const less = await token({ grant_type: 'refresh_token', refresh_token: whole.refresh_token, authorization_details: text(accounts) })
  assert.deepEqual(less.authorization_details, [accounts])
  const more = await token({
    grant_type: 'refresh_token',
    refresh_token: less.refresh_token,
    authorization_details: text({ ...payment, urgent: true }),
  })
  assert.equal(more.error, 'invalid_authorization_details')
  // What was refused spent nothing.
  assert.deepEqual((await token({ grant_type: 'refresh_token', refresh_token: less.refresh_token })).authorization_details, [
    payment,
    accounts,
  ])
})

test('a code without details gives none to who asks for some', async () => {
  const code = await allowed(asked(undefined, { prompt: 'consent' }))
  assert.equal((await exchange(code, { authorization_details: text(payment) })).error, 'invalid_authorization_details')
  assert.equal((await exchange(code)).error, undefined)
})

test('RFC 9396 section 6: a client may ask for itself', async () => {
  const own = await token({ grant_type: 'client_credentials', authorization_details: text(accounts) })
  assert.deepEqual(own.authorization_details, [accounts])
  assert.deepEqual(claimsOf(own.access_token)['authorization_details'], [accounts])
})

test('a client that lost a type while its page was open gets nothing of it, and what it had ends', async () => {
  const before = await exchange(await allowed(asked(text(payment))))
  const { state, browser, session } = await begin(asked(text(payment)))
  await house.clients.update(house.op(), client.id, { authorizationDetailsTypes: ['accounts'] })
  assert.equal(await house.oauth.openPending(house.op(), state, browser), undefined)
  await assert.rejects(
    house.oauth.decideConsent(house.op(), session, state, browser, { decision: 'allow', nonce: 'n', address: '203.0.113.1' }),
    {
      code: 'authorize.state_not_valid',
    },
  )
  assert.equal((await introspect(before.access_token))['active'], false)
  assert.equal((await token({ grant_type: 'refresh_token', refresh_token: before.refresh_token })).error, 'invalid_grant')
  await house.clients.update(house.op(), client.id, { authorizationDetailsTypes: ['payment', 'accounts'] })
})

test('a detail that was granted once is had once', async () => {
  const code = await allowed(asked(text(payment)))
  assert.equal((await exchange(code, { authorization_details: text(payment, payment) })).error, 'invalid_authorization_details')
  const { refresh_token: refreshToken } = await exchange(code)
  const many = { grant_type: 'refresh_token', refresh_token: refreshToken, authorization_details: text(payment, payment) }
  assert.equal((await token(many)).error, 'invalid_authorization_details')
  const granted = await exchange(await allowed(asked(text(accounts, payment, accounts))), {
    authorization_details: text(accounts, accounts),
  })
  assert.deepEqual(granted.authorization_details, [accounts, accounts])
})

test('a token with the longest details is taken by every endpoint that reads tokens', async () => {
  const room = 2_048 - text({ ...payment, reference: '' }).length
  const longest = { ...payment, reference: 'ä'.repeat(Math.floor(room / 2)) }
  const { access_token: accessToken } = await exchange(await allowed(asked(text(longest))))
  assert.equal((await introspect(accessToken))['active'], true)
  const asHeader = { method: 'GET', url: '/userinfo', headers: { authorization: `Bearer ${accessToken}` } } as const
  assert.equal((await inject(asHeader)).statusCode, 200)
  assert.equal((await inject(form('/revoke', { token: accessToken }, headers))).statusCode, 200)
  assert.equal((await introspect(accessToken))['active'], false)
})

test('a type that the server no longer knows is in no refreshed token', async () => {
  const before = await exchange(await allowed(asked(text(payment, accounts))))
  const { accounts: known = assert.fail() } = detailTypes
  const after = await buildHouse(house.store, house.recording, {
    detailTypes: { accounts: known },
    clock: house.clock,
    vault,
    beside: house,
  })
  const refreshed = async (more: Fields = {}): Promise<Answer> =>
    (
      await after.inject(form('/token', { grant_type: 'refresh_token', refresh_token: before.refresh_token, ...more }, headers))
    ).json<Answer>()
  assert.equal((await refreshed()).error, 'invalid_authorization_details')
  assert.equal((await refreshed({ authorization_details: text(payment) })).error, 'invalid_authorization_details')
  assert.deepEqual((await refreshed({ authorization_details: text(accounts) })).authorization_details, [accounts])
})

test('RFC 9396 section 10: the types are in the metadata', async () => {
  const said = (await inject({ method: 'GET', url: '/.well-known/oauth-authorization-server' })).json<Record<string, unknown>>()
  assert.deepEqual(said['authorization_details_types_supported'], ['payment', 'accounts', 'internal'])
  const bare = await openHouse()
  const none = (await bare.inject({ method: 'GET', url: '/.well-known/oauth-authorization-server' })).json<Record<string, unknown>>()
  assert.equal('authorization_details_types_supported' in none, false)
})
