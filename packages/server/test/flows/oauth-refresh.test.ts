import assert from 'node:assert/strict'
import { test } from 'node:test'
import { newId, type FamilyId } from '#kernel'
import type { FamilyTable } from '../../src/tokens/table.ts'
import { answered, basic, claimsOf, form, openHouse, pkce } from './oauth-house.ts'

const house = await openHouse()
const redirectUri = 'https://app.example/cb'
const { client, secret } = await house.clients.create(house.op(), {
  name: 'Notes',
  kind: 'confidential',
  grantTypes: ['authorization_code', 'refresh_token'],
  redirectUris: [redirectUri],
  scopes: ['openid', 'profile', 'offline_access', 'notes:read', 'notes:write'],
  audiences: ['https://api.example'],
  firstParty: true,
})
const headers = { authorization: basic(client.clientId, secret?.reveal() ?? '') }
const alice = newId('usr')
house.people.set(alice, { username: 'alice', name: 'Alice Moreau' })

interface Tokens {
  readonly access_token: string
  readonly refresh_token: string
  readonly id_token: string
  readonly scope: string
}

async function signedIn(scope: string, session = house.signIn(alice)): Promise<Tokens> {
  const pair = pkce()
  const query = new URLSearchParams({
    response_type: 'code',
    client_id: client.clientId,
    redirect_uri: redirectUri,
    scope,
    nonce: 'n-1',
    code_challenge: pair.challenge,
    code_challenge_method: 'S256',
  })
  const url = `/authorize?${query.toString()}`
  const location = answered(await house.inject({ method: 'GET', url, cookies: { countersign_session: session.cookie } }))
  const code = location.searchParams.get('code') ?? assert.fail(location.href)
  const fields = { grant_type: 'authorization_code', code, redirect_uri: redirectUri, code_verifier: pair.verifier }
  return (await house.inject(form('/token', fields, headers))).json<Tokens>()
}

const refresh = async (token: string, more: Record<string, string> = {}, as: Record<string, string> = headers) =>
  house.inject(form('/token', { grant_type: 'refresh_token', refresh_token: token, ...more }, as))
const isAccepted = async (token: string): Promise<boolean> =>
  house.tokens.verifyAccessToken(house.op(), token, 'https://api.example').then(
    () => true,
    () => false,
  )

test('a refresh gives new tokens, an ID token without the nonce, and is recorded', async () => {
  const signIn = house.signIn(alice)
  const first = await signedIn('openid profile notes:read', signIn)
  house.clock.forwardMs(60_000)
  house.recording.events.length = 0
  const response = await refresh(first.refresh_token)
  assert.equal(response.statusCode, 200)
  const next = response.json<Tokens>()
  assert.notEqual(next.refresh_token, first.refresh_token)
  assert.equal(next.scope, 'openid profile notes:read')
  const [before, after] = [claimsOf(first.id_token), claimsOf(next.id_token)]
  assert.equal('nonce' in after, false)
  assert.equal(after['auth_time'], before['auth_time'], 'refreshing is not signing in')
  assert.equal(after['sub'], before['sub'])
  assert.equal(claimsOf(next.access_token)['sid'], signIn.session.id)
  assert.equal(claimsOf(next.access_token)['fam'], claimsOf(first.access_token)['fam'])
  const [event, ...others] = house.recording.events
  assert.deepEqual([event?.what, event?.facts?.['token'], others.length], ['family.rotated', claimsOf(next.access_token)['jti'], 0])
})

test('sent twice at once it yields one successor; sent again after that was used it ends the family', async () => {
  const first = await signedIn('openid offline_access')
  const both = await Promise.all([refresh(first.refresh_token), refresh(first.refresh_token)])
  assert.deepEqual(
    both.map(({ statusCode }) => statusCode),
    [200, 200],
  )
  const [one, other] = both.map((response) => response.json<Tokens>())
  assert.ok(one !== undefined && other !== undefined)
  assert.equal(one.refresh_token, other.refresh_token)
  assert.notEqual(one.access_token, other.access_token)
  const third = (await refresh(one.refresh_token)).json<Tokens>()
  await house.tokens.revocations.announce(house.op()) // from here on memory answers, so that only what is announced is known at once
  house.recording.events.length = 0
  const reused = await refresh(first.refresh_token)
  assert.deepEqual([reused.statusCode, reused.json().error, reused.json().code], [400, 'invalid_grant', 'grant.token_reused'])
  assert.deepEqual(house.recording.names(), ['family.reused', 'family.ended'])
  for (const { access_token: token } of [first, one, other, third]) assert.equal(await isAccepted(token), false)
  assert.equal((await refresh(third.refresh_token)).json().code, 'refresh.ended')
})

test('scopes may be narrowed for one answer and not widened', async () => {
  const first = await signedIn('openid notes:read notes:write')
  const narrowed = (await refresh(first.refresh_token, { scope: 'notes:read' })).json<Tokens>()
  assert.equal(narrowed.scope, 'notes:read')
  assert.equal(claimsOf(narrowed.access_token)['scope'], 'notes:read')
  assert.equal('id_token' in narrowed, false)
  const wider = await refresh(narrowed.refresh_token, { scope: 'openid profile' })
  assert.deepEqual([wider.statusCode, wider.json().error], [400, 'invalid_scope'])
  assert.equal((await refresh(narrowed.refresh_token, { scope: 'openid  notes:read' })).json().error, 'invalid_scope')
  const whole = await refresh(narrowed.refresh_token)
  assert.equal(whole.json<Tokens>().scope, 'openid notes:read notes:write', 'and nothing was spent by asking for too much')
})

test('without offline_access the tokens end with the session', async () => {
  const session = house.signIn(alice)
  const first = await signedIn('openid notes:read', session)
  await house.endSession(session.session.id)
  assert.equal(await isAccepted(first.access_token), false)
  assert.equal((await refresh(first.refresh_token)).json().code, 'refresh.ended')
})

test('a session that ended by time ends them as well', async () => {
  const session = house.signIn(alice)
  const first = await signedIn('openid notes:read', session)
  house.forgetSession(session.session.id)
  const refused = await refresh(first.refresh_token)
  assert.deepEqual([refused.statusCode, refused.json().error, refused.json().code], [400, 'invalid_grant', 'grant.session_over'])
})

test('a family ends with its session’s last moment, and so do its access tokens', async () => {
  const session = house.signIn(alice, { endsAtMs: house.clock.wallMs() + 120_000 })
  const first = await signedIn('openid notes:read', session)
  const { iat, exp } = claimsOf(first.access_token)
  assert.equal(Number(exp) - Number(iat), 120)
  const offline = await signedIn('openid offline_access', session)
  assert.equal(Number(claimsOf(offline.access_token)['exp']) - Number(iat), 900)
  house.clock.forwardMs(120_000)
  assert.equal((await refresh(first.refresh_token)).json().code, 'refresh.expired')
  assert.equal((await refresh(offline.refresh_token)).statusCode, 200)
})

test('with offline_access they live on when the session ends', async () => {
  const session = house.signIn(alice)
  const first = await signedIn('openid offline_access notes:read', session)
  assert.equal('sid' in claimsOf(first.access_token), false)
  await house.endSession(session.session.id)
  assert.equal(await isAccepted(first.access_token), true)
  const next = (await refresh(first.refresh_token)).json<Tokens>()
  assert.equal(await isAccepted(next.access_token), true)
})

test('what is taken from a person is taken from every client of theirs', async () => {
  const first = await signedIn('openid offline_access notes:read')
  await house.store.write(house.op(), async (tx) => house.tokens.revocations.revoke(tx, house.op(), { kind: 'user', id: alice }))
  await house.tokens.revocations.announce(house.op())
  assert.equal(await isAccepted(first.access_token), false)
  assert.equal((await refresh(first.refresh_token)).json().code, 'refresh.ended')
  const again = await signedIn('openid notes:read')
  assert.equal(await isAccepted(again.access_token), true, 'and a new sign-in is a new beginning')
})

test('a client that was deleted has nothing left', async () => {
  const { client: brief, secret: briefSecret } = await house.clients.create(house.op(), {
    name: 'Brief',
    kind: 'confidential',
    grantTypes: ['client_credentials'],
    audiences: ['https://api.example'],
  })
  const as = { authorization: basic(brief.clientId, briefSecret?.reveal() ?? '') }
  const token = (await house.inject(form('/token', { grant_type: 'client_credentials' }, as))).json<Tokens>().access_token
  assert.equal(await isAccepted(token), true)
  house.recording.events.length = 0
  assert.equal(await house.clients.delete(house.op(), brief.id), true)
  assert.deepEqual(house.recording.names(), ['client.deleted'])
  assert.equal(await isAccepted(token), false)
  assert.equal((await house.inject(form('/token', { grant_type: 'client_credentials' }, as))).json().error, 'invalid_client')
  assert.equal(await house.clients.delete(house.op(), brief.id), false)
})

test('without the refresh grant there is no refresh token, and the family is over with its access token', async () => {
  const familyOf = async (token: string): Promise<number> => {
    const id = String(claimsOf(token)['fam'])
    const families = house.store.read(house.op(), async (db) =>
      db
        .withTables<{ refresh_family: FamilyTable }>()
        .selectFrom('refresh_family')
        .selectAll()
        .where('id', '=', id as FamilyId)
        .execute(),
    )
    return (await families)[0]?.ends_at_ms ?? assert.fail()
  }
  const nowMs = house.clock.wallMs()
  const offline = await signedIn('openid offline_access')
  assert.equal((await familyOf(offline.access_token)) - nowMs, 30 * 24 * 3_600_000)
  await house.clients.update(house.op(), client.id, { grantTypes: ['authorization_code'] })
  const brief = await signedIn('openid offline_access')
  assert.equal('refresh_token' in brief, false)
  assert.equal((await familyOf(brief.access_token)) - nowMs, 900_000)
  await house.clients.update(house.op(), client.id, { grantTypes: ['authorization_code', 'refresh_token'] })
})

test('what is no refresh token of ours is refused in the same words', async () => {
  for (const text of ['r1.', 'nonsense', `r1.${'A'.repeat(43)}`, `r1.${'A'.repeat(44)}`, `r2.${'A'.repeat(43)}`]) {
    const refused = await refresh(text)
    assert.deepEqual([refused.statusCode, refused.json().error], [400, 'invalid_grant'], text)
    assert.equal(refused.json().error_description, 'The refresh token is not valid.')
  }
  assert.equal((await refresh('')).json().error, 'invalid_request')
})
