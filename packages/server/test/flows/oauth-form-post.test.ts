/** Answers to the client as a form that the browser posts (OAuth 2.0 Form Post Response Mode). @module */

import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Response } from 'light-my-request'
import { alice, authorize, exchange, get, house, redirectUri, third } from './code-house.ts'
import { answered, issuer } from './oauth-house.ts'

/** The form of a page, as a browser would post it. */
function formOf({ statusCode, headers, body }: Response): { action: string; fields: Record<string, string> } {
  assert.equal(statusCode, 200, body)
  assert.equal(headers.location, undefined)
  const read = (text: string): string =>
    text.replaceAll('&quot;', '"').replaceAll('&#39;', "'").replaceAll('&lt;', '<').replaceAll('&gt;', '>').replaceAll('&amp;', '&')
  const [, action = ''] = /<form method="post" action="([^"]*)">/.exec(body) ?? []
  const fields = [...body.matchAll(/<input type="hidden" name="([^"]*)" value="([^"]*)">/g)]
  return { action: read(action), fields: Object.fromEntries(fields.map(([, name = '', value = '']) => [read(name), read(value)])) }
}

test('Form Post section 2: the code, the state and iss are posted to the redirect URI', async () => {
  const { cookie } = house.signIn(alice)
  const page = await authorize({ response_mode: 'form_post' }, { countersign_session: cookie })
  const { action, fields } = formOf(page)
  const { code = '', ...rest } = fields
  assert.deepEqual([action, rest], [redirectUri, { state: 'st-1', iss: issuer }])
  assert.equal((await exchange(code)).statusCode, 200)
  assert.equal(page.headers['cache-control'], 'no-store')
  const policy = String(page.headers['content-security-policy'])
  const [, nonce = ''] = /script-src 'nonce-([^']+)'/.exec(policy) ?? []
  assert.ok(page.body.includes(`<script nonce="${nonce}">`))
  assert.match(policy, /form-action 'self' https:\/\/app\.example;/)
})

test('Form Post section 2: errors take the same way', async () => {
  for (const [more, error] of [
    [{ prompt: 'none' }, 'login_required'],
    [{ scope: 'admin' }, 'invalid_scope'],
    [{ response_type: 'token' }, 'unsupported_response_type'],
  ] as const) {
    const { action, fields } = formOf(await authorize({ response_mode: 'form_post', ...more }))
    assert.deepEqual(
      [action, fields['error'], fields['state'], fields['iss'], fields['code']],
      [redirectUri, error, 'st-1', issuer, undefined],
    )
  }
})

test('the state of a client is a value in the page and never a part of it', async () => {
  const state = '"><script>alert(1)</script>&amp;\''
  const page = await authorize({ response_mode: 'form_post', prompt: 'none', state })
  assert.equal(formOf(page).fields['state'], state)
  assert.equal(page.body.match(/<script/g)?.length, 1)
})

test('a person who says yes or no on our page is sent on by the same form', async () => {
  for (const [decision, what] of [
    ['allow', 'code'],
    ['deny', 'error'],
  ] as const) {
    const { cookie, session } = house.signIn(alice)
    const asks = { response_mode: 'form_post', prompt: 'consent', client_id: third.clientId }
    const begun = await authorize(asks, { countersign_session: cookie })
    const browser = String(begun.cookies.find(({ name }) => name === 'countersign_browser')?.value)
    const state = answered(begun).searchParams.get('state') ?? ''
    const answer = await house.oauth.decideConsent(house.op(), session, state, browser, { decision, nonce: 'n-0', address: '203.0.113.1' })
    assert.ok(answer.body !== 'empty' && 'html' in answer.body)
    assert.match(answer.body.html, new RegExp(`name="${what}"`))
    assert.match(answer.body.html, /<script nonce="n-0">/)
    assert.deepEqual(answer.body.formTargets, ['https://app.example'])
  }
})

test('an app on the device cannot be posted to', async () => {
  const { client: app } = await house.clients.create(house.op(), {
    name: 'App',
    kind: 'public',
    grantTypes: ['authorization_code'],
    redirectUris: ['com.example.app:/cb'],
    scopes: ['openid'],
  })
  const refused = answered(await authorize({ client_id: app.clientId, redirect_uri: 'com.example.app:/cb', response_mode: 'form_post' }))
  assert.deepEqual([refused.protocol, refused.searchParams.get('error')], ['com.example.app:', 'invalid_request'])
})

test('OpenID Connect Core section 3.1.2.1: an id_token_hint names the one person who may answer', async () => {
  const first = house.signIn(alice)
  const code = answered(await authorize({}, { countersign_session: first.cookie })).searchParams.get('code') ?? ''
  const { id_token: hint } = (await exchange(code)).json<{ id_token: string }>()
  const asks = { id_token_hint: hint, prompt: 'none' }
  assert.ok(answered(await authorize(asks, { countersign_session: house.signIn(alice).cookie })).searchParams.has('code'))

  const bob = house.signIn('usr_0000000000000000000009' as typeof alice)
  const quiet = answered(await authorize(asks, { countersign_session: bob.cookie }))
  assert.equal(quiet.searchParams.get('error'), 'login_required')

  house.clock.forwardMs(1_000)
  const begun = await authorize({ id_token_hint: hint }, { countersign_session: bob.cookie })
  const location = answered(begun)
  assert.equal(location.pathname, '/sign-in', 'somebody else is asked to give way')
  const countersign_browser = String(begun.cookies.find(({ name }) => name === 'countersign_browser')?.value)
  const resume = async (cookie: string) =>
    answered(
      await house.inject(
        get(`/authorize/resume?${location.searchParams.toString()}`, { countersign_browser, countersign_session: cookie }),
      ),
    )
  const again = await resume(house.signIn(bob.session.user).cookie)
  assert.equal(again.searchParams.get('error'), 'login_required', 'and is not asked for ever')
  assert.ok((await resume(house.signIn(alice).cookie)).searchParams.has('code'))

  for (const wrong of [{ id_token_hint: `${hint}x` }, { id_token_hint: 'e30.e30.e30' }, { client_id: third.clientId }]) {
    const refused = answered(await authorize({ ...asks, ...wrong }, { countersign_session: first.cookie }))
    assert.equal(refused.searchParams.get('error'), 'invalid_request', JSON.stringify(wrong).slice(0, 40))
  }
})
