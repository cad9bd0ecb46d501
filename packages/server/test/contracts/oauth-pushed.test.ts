/** Pushed requests over two servers on one database, on each engine, where every client has to push (RFC 9126 section 5). @module */

import assert from 'node:assert/strict'
import { newId } from '#kernel'
import { answered, basic, buildHouse, form, houseMigrations, pkce, testClock, type House } from '../flows/oauth-house.ts'
import { openTestVault } from '../keys.ts'
import { eachEngine } from '../store.ts'

const redirectUri = 'https://app.example/cb'

eachEngine('a request that was pushed at one server is used at the other, once', houseMigrations, async (store, recording) => {
  const shared = { clock: testClock(), vault: openTestVault(), requirePushedRequests: { except: ['tool'] } }
  const first = await buildHouse(store, recording, shared)
  const second = await buildHouse(store, recording, { ...shared, beside: first })
  const registration = {
    name: 'Ledger',
    kind: 'confidential',
    grantTypes: ['authorization_code'],
    redirectUris: [redirectUri],
    scopes: ['openid'],
  } as const
  const { client, secret } = await first.clients.create(first.op(), registration)
  const alice = newId('usr')
  first.people.set(alice, { username: 'alice' })
  const asked = (clientId: string) => ({
    response_type: 'code',
    client_id: clientId,
    redirect_uri: redirectUri,
    scope: 'openid',
    code_challenge: pkce().challenge,
    code_challenge_method: 'S256',
  })
  const open = async (at: House, query: Readonly<Record<string, string>>) =>
    at.inject({
      method: 'GET',
      url: `/authorize?${new URLSearchParams(query).toString()}`,
      cookies: { countersign_session: first.signIn(alice).cookie },
    })
  const push = async (at: House) =>
    at.inject(form('/par', asked(client.clientId), { authorization: basic(client.clientId, secret?.reveal() ?? '') }))

  for (const [there, here] of [
    [first, second],
    [second, first],
  ] as const) {
    const pushed = await push(there)
    assert.equal(pushed.statusCode, 201, pushed.body)
    const reference = { client_id: client.clientId, request_uri: String(pushed.json().request_uri) }
    const answers = await Promise.all([open(here, reference), open(there, reference), open(here, reference)])
    const taken = answers.filter(({ statusCode }) => statusCode === 303)
    assert.deepEqual([taken.length, taken.map((answer) => answered(answer).pathname)], [1, ['/consent']])
    for (const at of [there, here]) assert.equal((await open(at, reference)).statusCode, 400)
  }

  // What was not pushed is refused on both, but for our own and the one that is named.
  for (const at of [first, second]) {
    const straight = answered(await open(at, asked(client.clientId)))
    assert.deepEqual([straight.searchParams.get('error'), straight.searchParams.get('code')], ['invalid_request', null])
    const said = (await at.inject({ method: 'GET', url: '/.well-known/oauth-authorization-server' })).json<Record<string, unknown>>()
    assert.equal(said['require_pushed_authorization_requests'], true)
  }
  const { client: ours } = await first.clients.create(first.op(), { ...registration, firstParty: true })
  const { client: named } = await first.clients.create(first.op(), { ...registration, clientId: 'tool' })
  assert.ok(answered(await open(second, asked(ours.clientId))).searchParams.has('code'))
  assert.equal(answered(await open(second, asked(named.clientId))).pathname, '/consent')
  await first.clients.update(first.op(), ours.id, { requirePushedRequests: true })
  assert.equal(answered(await open(first, asked(ours.clientId))).searchParams.get('error'), 'invalid_request')
})
