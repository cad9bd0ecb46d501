/** What attackers tried at the authorization server, each named after what they saw. @module */

import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Response as InjectedResponse } from 'light-my-request'
import { newId, type UserId } from '#kernel'
import type { SignedIn } from '#oauth'
import { answered, basic, form, issuer, openHouse, pkce } from './oauth-house.ts'

const house = await openHouse()
const redirectUri = 'https://app.example/cb'
const { client, secret } = await house.clients.create(house.op(), {
  name: 'Ledger',
  kind: 'confidential',
  grantTypes: ['authorization_code', 'refresh_token'],
  redirectUris: [redirectUri],
  scopes: ['openid', 'profile', 'offline_access'],
})
const headers = { authorization: basic(client.clientId, secret?.reveal() ?? '') }
const pair = pkce()

const person = (): UserId => {
  const id = newId('usr')
  house.people.set(id, { username: 'somebody' })
  return id
}

async function begin(cookie: string): Promise<{ readonly location: URL; readonly state: string; readonly browser: string }> {
  const asked = new URLSearchParams({
    response_type: 'code',
    client_id: client.clientId,
    redirect_uri: redirectUri,
    scope: 'openid',
    code_challenge: pair.challenge,
    code_challenge_method: 'S256',
  })
  const response = await house.inject({ method: 'GET', url: `/authorize?${asked.toString()}`, cookies: { countersign_session: cookie } })
  const location = answered(response)
  const browser = String(response.cookies.find(({ name }) => name === 'countersign_browser')?.value)
  return { location, browser, state: location.searchParams.get('state') ?? '' }
}

async function allow(
  session: SignedIn | undefined,
  { state, browser }: { readonly state: string; readonly browser: string },
): Promise<URL> {
  const { body } = await house.oauth.decideConsent(house.op(), session, state, browser, {
    decision: 'allow',
    nonce: 'n',
    address: '203.0.113.1',
  })
  assert.ok(body !== 'empty' && 'redirect' in body)
  return new URL(body.redirect, issuer)
}

const codeIn = (location: URL): string => location.searchParams.get('code') ?? assert.fail(location.href)

const exchange = async (code: string): Promise<InjectedResponse> =>
  house.inject(form('/token', { grant_type: 'authorization_code', code, redirect_uri: redirectUri, code_verifier: pair.verifier }, headers))

test('a code of a session’s last seconds gave an ID token after its end', async () => {
  const user = person()
  const endsAtMs = house.clock.wallMs() + 30_000
  const { cookie, session } = house.signIn(user, { endsAtMs })
  const early = codeIn(await allow(session, await begin(cookie)))
  const late = codeIn((await begin(cookie)).location)
  house.clock.forwardMs(29_999)
  assert.equal((await exchange(early)).statusCode, 200)
  house.clock.forwardMs(1)
  assert.equal((await exchange(late)).json().code, 'grant.unknown_code')
})

test('a consent page that was shown to one person was answered by another', async () => {
  const alice = house.signIn(person())
  const bob = house.signIn(person())
  const page = await begin(alice.cookie)
  assert.equal(page.location.pathname, '/consent')
  const again = await allow(bob.session, page)
  assert.equal(again.pathname, '/consent', 'bob is asked himself')
  assert.equal((await house.consents.list(house.op(), { user: bob.session.user, limit: 10 })).items.length, 0)
  const asked = { state: again.searchParams.get('state') ?? '', browser: page.browser }
  assert.ok((await allow(bob.session, asked)).searchParams.has('code'))
  assert.ok((await allow(alice.session, page)).searchParams.has('code'))
})

test('consent was given with the state of the sign-in page, and nobody had seen what was asked for', async () => {
  const page = await begin('nobody')
  assert.equal(page.location.pathname, '/sign-in')
  const { session } = house.signIn(person())
  assert.equal((await allow(session, page)).pathname, '/consent')
})

test('a consent that was taken back while its code was under way gave the code all the same', async () => {
  const { cookie, session } = house.signIn(person())
  await allow(session, await begin(cookie))
  for (let turn = 0; turn < 20; turn += 1) {
    const [asked] = await Promise.all([begin(cookie), house.consents.withdraw(house.op(), session.user, client.id)])
    const code = asked.location.searchParams.get('code')
    if (code !== null) assert.equal((await exchange(code)).statusCode, 400)
    await allow(session, await begin(cookie))
  }
})
