import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { openPretendIssuer, type PretendIssuer } from '../pretend-issuer.ts'
import type { AppSettings } from '../settings.ts'
import { createSignIn, type SignIn, type SignInEnd } from './oidc.ts'
import { newVisitor, type Tokens, type Visitor } from './visitors.ts'

const publicOrigin = 'http://notes.localhost:9001'
const audience = `${publicOrigin}/api`
const alice = 'usr_alice'

let issuer: PretendIssuer
let signIn: SignIn
before(async () => {
  issuer = await openPretendIssuer()
  signIn = createSignIn(settings(issuer.url))
})
after(async () => issuer.close())

function settings(url: string): AppSettings {
  const listen = { host: '127.0.0.1', port: 0 }
  return { issuer: url, publicOrigin, audience, listen, apiUrl: 'http://127.0.0.1:9', client_id: 'notes', client_secret: 'hush' }
}

/** Goes through a sign-in; the ID token says `claims` and is signed with `key`. */
async function goThrough(visitor: Visitor, claims: object = {}, key: 'token' | 'stolen' = 'token'): Promise<SignInEnd> {
  const to = new URL(await signIn.begin(visitor))
  assert.deepEqual(to.searchParams.getAll('resource'), [audience])
  const said = { iss: issuer.url, aud: 'notes', sub: alice, nonce: to.searchParams.get('nonce'), ...claims }
  issuer.onToken = (form) => {
    assert.deepEqual(form.getAll('resource'), [audience])
    return { body: { token_type: 'Bearer', expires_in: 900, access_token: 'first', id_token: issuer.jwt(key, 'JWT', said) } }
  }
  const state = to.searchParams.get('state') ?? ''
  return signIn.complete(visitor, `/oidc/callback?code=c&state=${state}&iss=${encodeURIComponent(issuer.url)}`)
}

for (const [says, session, claims, end] of [
  ['their subject and session', 'ses_1', { sid: 'ses_1' }, 'signed in'],
  ['their subject and no session', 'ses_1', {}, 'signed in'],
  ['another subject', 'ses_1', { sub: 'usr_bob', sid: 'ses_1' }, 'somebody else'],
  ['another session of theirs', 'ses_1', { sid: 'ses_2' }, 'another session'],
  ['a session where the gateway speaks of none', undefined, { sid: 'ses_1' }, 'another session'],
] as const) {
  test(`an ID token that names ${says}: ${end}`, async () => {
    const visitor = newVisitor(alice, session)
    assert.equal(await goThrough(visitor, claims), end)
    assert.equal(visitor.tokens?.accessToken, end === 'signed in' ? 'first' : undefined)
  })
}

test('an ID token with a signature of somebody else is not believed', async () => {
  const visitor = newVisitor(alice, 'ses_1')
  await assert.rejects(goThrough(visitor, { sid: 'ses_1' }, 'stolen'))
  assert.equal(visitor.tokens, undefined)
})

test('an issuer elsewhere is not asked over plain http', async () => {
  await assert.rejects(createSignIn(settings('http://id.example.test')).begin(newVisitor(alice, 'ses_1')), {
    code: 'OAUTH_HTTP_REQUEST_FORBIDDEN',
  })
})

const old = (): Tokens => ({ accessToken: 'old', refreshToken: 'r1', expiresAtMs: Date.now() + 29_000, gotAtMs: 0 })

test('requests that come together refresh once, and the old tokens stay until the new ones are there', async () => {
  const visitor = newVisitor(alice, 'ses_1')
  const before = old()
  visitor.tokens = before
  const forms: string[] = []
  issuer.onToken = (form) => {
    forms.push(`${form.get('grant_type')} ${form.get('refresh_token')} ${form.get('resource')}`)
    assert.equal(visitor.tokens, before)
    return { body: { token_type: 'Bearer', expires_in: 900, access_token: 'new', refresh_token: 'r2' } }
  }
  const got = await Promise.all([signIn.tokens(visitor), signIn.tokens(visitor), signIn.tokens(visitor)])
  assert.deepEqual(
    got.map((tokens) => tokens?.accessToken),
    ['new', 'new', 'new'],
  )
  assert.deepEqual(forms, [`refresh_token r1 ${audience}`])
  assert.equal(visitor.tokens?.refreshToken, 'r2')
  assert.equal(await signIn.tokens(visitor), visitor.tokens)
  assert.equal(forms.length, 1)
})

for (const [says, answer, left] of [
  ['the grant is over', { status: 400, body: { error: 'invalid_grant' } }, undefined],
  ['the app is not known', { status: 400, body: { error: 'unauthorized_client' } }, 'old'],
  ['the issuer is not well', { status: 503, body: { error: 'temporarily_unavailable' } }, 'old'],
] as const) {
  test(`a refresh that fails because ${says} leaves ${left ?? 'nothing, so that the person signs in'}`, async () => {
    const visitor = newVisitor(alice, 'ses_1')
    visitor.tokens = old()
    issuer.onToken = () => answer
    if (left === undefined) assert.equal(await signIn.tokens(visitor), undefined)
    else await assert.rejects(signIn.tokens(visitor))
    assert.equal(visitor.tokens?.accessToken, left)
    assert.equal(visitor.refreshing, undefined)
  })
}

test('a sign-in that ends while a refresh fails is not lost', async () => {
  const visitor = newVisitor(alice, 'ses_1')
  visitor.tokens = old()
  const signedIn = { ...old(), accessToken: 'of the sign-in' }
  issuer.onToken = () => {
    visitor.tokens = signedIn
    return { status: 400, body: { error: 'invalid_grant' } }
  }
  assert.equal(await signIn.tokens(visitor), signedIn)
})

test('tokens that last, and none, are taken as they are; without a refresh token the person signs in', async () => {
  issuer.onToken = () => assert.fail('nothing is refreshed')
  const visitor = newVisitor(alice, 'ses_1')
  assert.equal(await signIn.tokens(visitor), undefined)
  visitor.tokens = { ...old(), expiresAtMs: Date.now() + 35_000 }
  assert.equal(await signIn.tokens(visitor), visitor.tokens)
  visitor.tokens = { ...old(), refreshToken: undefined }
  assert.equal(await signIn.tokens(visitor), undefined)
})
