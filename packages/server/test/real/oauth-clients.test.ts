/**
 * Clients that others wrote, unmodified, against a real listener: `openid-client`
 * and `oauth4webapi` complete code with PKCE, refresh, and client credentials.
 * Only the sign-in page is left out; the session is there already.
 *
 * @module
 */

import assert from 'node:assert/strict'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { after, test } from 'node:test'
import * as oauth from 'oauth4webapi'
import * as client from 'openid-client'
import { newId, systemClock } from '#kernel'
import { codeByOauth4webapi, codeByOpenidClient, refreshByOauth4webapi, type BareClient } from '../library-clients.ts'
import { openTestStore } from '../store.ts'
import { recordingRecorder } from '../record.ts'
import { buildHouse, houseMigrations } from '../flows/oauth-house.ts'

const listener = createServer()
await new Promise<void>((resolve) => listener.listen(0, '127.0.0.1', resolve))
after(() => {
  listener.close()
  listener.closeAllConnections()
})
const origin = `http://127.0.0.1:${(listener.address() as AddressInfo).port}`
const server = new URL(origin)

const recording = recordingRecorder()
const store = await openTestStore(houseMigrations, recording.recorder)
const house = await buildHouse(store, recording, { issuer: origin, origins: [origin], clock: systemClock })
listener.on('request', house.handle)

const redirectUri = 'http://127.0.0.1:51234/callback'
const scope = 'openid profile email offline_access'
const shared = {
  redirectUris: ['http://127.0.0.1/callback'],
  postLogoutRedirectUris: ['http://127.0.0.1/bye'],
  scopes: ['openid', 'profile', 'email', 'offline_access', 'notes:read'],
  audiences: ['https://api.example'],
  firstParty: true,
} as const
const web = await house.clients.create(house.op(), {
  ...shared,
  name: 'Web',
  kind: 'confidential',
  grantTypes: ['authorization_code', 'refresh_token', 'client_credentials'],
})
const native = await house.clients.create(house.op(), {
  ...shared,
  name: 'Native',
  kind: 'public',
  grantTypes: ['authorization_code', 'refresh_token'],
})
const webSecret = web.secret?.reveal() ?? ''
const alice = newId('usr')
house.people.set(alice, { username: 'alice', name: 'Alice', email: 'alice@example.com', emailVerified: true })

/** What a browser does with the authorization URL when the person is signed in. */
async function browse(url: URL, { cookie } = house.signIn(alice)): Promise<URL> {
  const response = await fetch(url, { redirect: 'manual', headers: { cookie: `countersign_session=${cookie}` } })
  assert.equal(response.status, 303)
  return new URL(response.headers.get('location') ?? '')
}

const insecure = { execute: [client.allowInsecureRequests] }
const openidClients = [
  { says: 'confidential by post', id: web.client.clientId, auth: client.ClientSecretPost(webSecret) },
  { says: 'confidential by Basic', id: web.client.clientId, auth: client.ClientSecretBasic(webSecret) },
  { says: 'public', id: native.client.clientId, auth: client.None() },
]

for (const { says, id, auth } of openidClients) {
  test(`openid-client, ${says}: code with PKCE, UserInfo, refresh, revocation`, async () => {
    const config = await client.discovery(server, id, undefined, auth, insecure)
    client.enableNonRepudiationChecks(config)
    const tokens = await codeByOpenidClient(config, { redirectUri, scope, maxAge: 3_600 }, browse)
    const claims = tokens.claims()
    assert.deepEqual([claims?.sub, claims?.['name'], tokens.expires_in], [alice, 'Alice', 900])
    const info = await client.fetchUserInfo(config, tokens.access_token, alice)
    assert.equal(info.email, 'alice@example.com')

    const refreshed = await client.refreshTokenGrant(config, tokens.refresh_token ?? '')
    assert.equal(refreshed.claims()?.sub, alice)
    assert.notEqual(refreshed.refresh_token, tokens.refresh_token)
    await client.tokenRevocation(config, refreshed.refresh_token ?? '')
    await assert.rejects(client.refreshTokenGrant(config, refreshed.refresh_token ?? ''), { error: 'invalid_grant' })
    await assert.rejects(client.fetchUserInfo(config, refreshed.access_token, alice))
  })
}

test('openid-client: client credentials, and the error of a wrong secret', async () => {
  const config = await client.discovery(server, web.client.clientId, undefined, client.ClientSecretBasic(webSecret), insecure)
  const tokens = await client.clientCredentialsGrant(config, { scope: 'notes:read', resource: 'https://api.example' })
  assert.equal(tokens.scope, 'notes:read')
  const wrong = await client.discovery(server, web.client.clientId, undefined, client.ClientSecretBasic(`${webSecret}x`), insecure)
  await assert.rejects(client.clientCredentialsGrant(wrong), { status: 401 })
})

test('openid-client: sign-out with the ID token of the session goes where the client registered', async () => {
  const config = await client.discovery(server, web.client.clientId, undefined, client.ClientSecretPost(webSecret), insecure)
  const browser = house.signIn(alice)
  const pkceCodeVerifier = client.randomPKCECodeVerifier()
  const challenge = await client.calculatePKCECodeChallenge(pkceCodeVerifier)
  const asked = { redirect_uri: redirectUri, scope: 'openid', code_challenge: challenge, code_challenge_method: 'S256' }
  const back = await browse(client.buildAuthorizationUrl(config, asked), browser)
  const tokens = await client.authorizationCodeGrant(config, back, { pkceCodeVerifier, idTokenExpected: true })
  const bye = { post_logout_redirect_uri: 'http://127.0.0.1/bye', state: 'x', id_token_hint: tokens.id_token ?? '' }
  assert.equal((await browse(client.buildEndSessionUrl(config, bye), browser)).href, 'http://127.0.0.1/bye?state=x')
  await assert.rejects(client.fetchUserInfo(config, tokens.access_token, alice))
})

test('oauth4webapi: code with PKCE, every signature and claim checked, refresh, client credentials', async () => {
  const allow = { [oauth.allowInsecureRequests]: true }
  for (const algorithm of ['oidc', 'oauth2'] as const) {
    const as = await oauth.processDiscoveryResponse(server, await oauth.discoveryRequest(server, { algorithm, ...allow }))
    const registered: oauth.Client = { client_id: web.client.clientId }
    const auth = oauth.ClientSecretBasic(webSecret)
    const bare: BareClient = { as, client: registered, proof: auth, allow }
    const tokens = await codeByOauth4webapi(bare, { redirectUri, scope }, browse)
    assert.equal(oauth.getValidatedIdTokenClaims(tokens)?.sub, alice)

    const again = await refreshByOauth4webapi(bare, tokens.refresh_token ?? '')
    assert.equal(oauth.getValidatedIdTokenClaims(again)?.sub, alice)

    const own = await oauth.clientCredentialsGrantRequest(as, registered, auth, { scope: 'notes:read' }, allow)
    const { access_token: token } = await oauth.processClientCredentialsResponse(as, registered, own)
    const request = new Request('https://api.example/notes', { headers: { authorization: `Bearer ${token}` } })
    const claims = await oauth.validateJwtAccessToken(as, request, 'https://api.example', allow)
    assert.equal(claims.client_id, web.client.clientId)
  }
})
