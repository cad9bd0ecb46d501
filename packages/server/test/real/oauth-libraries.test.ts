/**
 * The product as others' clients meet it: `openid-client` and `oauth4webapi`,
 * unmodified, against the real server with its real pages, over http on
 * loopback and over https under a name of its own. A person without a browser
 * fills in the forms.
 *
 * @module
 */

import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import tls from 'node:tls'
import * as oauth from 'oauth4webapi'
import * as openid from 'openid-client'
import { registerClient, type Registered } from '../client-house.ts'
import { makeAuthority } from '../http-certificates.ts'
import { codeByOauth4webapi, codeByOpenidClient, refreshByOauth4webapi, type BareClient } from '../library-clients.ts'
import { startDemo } from '../product.ts'
import { startProduction } from '../production.ts'
import { authorize, Visitor, type Person } from '../visitor.ts'
import '../walks/resolve-example-test.ts'

const redirectUri = 'http://127.0.0.1:51234/callback'
const scope = 'openid profile offline_access'

/** A running server, and who is registered at it. */
interface Place {
  readonly issuer: URL
  readonly person: Person
  readonly web: Registered
  readonly native: Registered
  readonly service: Registered
  stop(): Promise<unknown>
}

async function overHttp(): Promise<Place> {
  const product = await startDemo({ serverOnly: true })
  const client = (id: string): Registered => product.clients?.find(({ client_id }) => client_id === id) ?? { client_id: id }
  const [person] = product.accounts ?? []
  assert.ok(person)
  const [web, native, service] = ['demo-web', 'demo-native', 'demo-service'].map(client)
  assert.ok(web && native && service)
  return { issuer: new URL(product.issuer), person, web, native, service, stop: async () => product.stop() }
}

/** This process trusts the authority that it makes, and `fetch` with it. */
async function overHttps(): Promise<Place> {
  const authority = makeAuthority()
  tls.setDefaultCACertificates([...tls.getCACertificates('default'), authority.certificate])
  const { product, admin } = await startProduction({ tls: { host: 'id.example.test', authority } })
  const person = { username: 'alice', password: 'a long enough passphrase of the libraries' }
  await admin('POST', '/users', person)
  const register = async (clientId: string, more: object): Promise<Registered> => registerClient({ admin }, clientId, more)
  const codes = { grantTypes: ['authorization_code', 'refresh_token'], redirectUris: [redirectUri], scopes: scope.split(' ') }
  return {
    issuer: new URL(product.issuer),
    person,
    web: await register('web', { kind: 'confidential', ...codes }),
    native: await register('native', { kind: 'public', ...codes }),
    service: await register('service', { kind: 'confidential', grantTypes: ['client_credentials'], scopes: ['notes:read'] }),
    stop: async () => product.stop(),
  }
}

const places = [
  { says: 'over http on loopback', start: overHttp },
  { says: 'over https', start: overHttps },
] as const

for (const { says, start } of places) {
  describe(`OAUTH-2 clients of others, ${says}`, { timeout: 120_000 }, () => {
    let place: Place
    before(async () => {
      place = await start()
    })
    after(async () => place.stop())

    const isPlain = (): boolean => place.issuer.protocol === 'http:'
    const discover = async ({ client_id }: Registered, authentication: openid.ClientAuth): Promise<openid.Configuration> => {
      const execute = [openid.enableNonRepudiationChecks, ...(isPlain() ? [openid.allowInsecureRequests] : [])]
      return openid.discovery(place.issuer, client_id, undefined, authentication, { execute })
    }

    const browse = async (url: URL): Promise<URL> => authorize(new Visitor(place.issuer.origin), url, redirectUri, place.person)
    const signIn = async (config: openid.Configuration): ReturnType<typeof codeByOpenidClient> =>
      codeByOpenidClient(config, { redirectUri, scope }, browse)

    const ways: readonly { says: string; client: 'web' | 'native'; prove: (secret: string) => openid.ClientAuth }[] = [
      { says: 'a confidential client by Basic', client: 'web', prove: openid.ClientSecretBasic },
      { says: 'a confidential client by post', client: 'web', prove: openid.ClientSecretPost },
      { says: 'a public client', client: 'native', prove: openid.None },
    ]
    for (const way of ways) {
      const prepare = async (): Promise<openid.Configuration> => {
        const registered = place[way.client]
        return discover(registered, way.prove(registered.client_secret ?? ''))
      }

      test(`openid-client, ${way.says}: code with PKCE, UserInfo, refresh`, async () => {
        const config = await prepare()
        const tokens = await signIn(config)
        const claims = tokens.claims()
        assert.ok(claims)
        assert.equal((await openid.fetchUserInfo(config, tokens.access_token, claims.sub)).sub, claims.sub)
        const fresh = await openid.refreshTokenGrant(config, tokens.refresh_token ?? '')
        assert.equal(fresh.claims()?.sub, claims.sub)
        assert.notEqual(fresh.refresh_token, tokens.refresh_token)
        assert.equal((await openid.fetchUserInfo(config, fresh.access_token, claims.sub)).sub, claims.sub)
      })

      test(`OAUTH-5 openid-client, ${way.says}: a refresh token sent many times at once yields one successor, and one used before ends the family`, async () => {
        const config = await prepare()
        const tokens = await signIn(config)
        const { refresh_token: first = '', access_token: token } = tokens
        const racers = await Promise.all(Array.from({ length: 5 }, async () => openid.refreshTokenGrant(config, first)))
        const [second = '', ...others] = new Set(racers.map((answer) => answer.refresh_token))
        assert.deepEqual(others, [])
        const { refresh_token: third = '', access_token: last } = await openid.refreshTokenGrant(config, second)
        assert.notEqual(third, second)
        await assert.rejects(openid.refreshTokenGrant(config, first), { error: 'invalid_grant' })
        await assert.rejects(openid.refreshTokenGrant(config, third), { error: 'invalid_grant' })
        const sub = tokens.claims()?.sub ?? ''
        for (const dead of [token, last])
          await assert.rejects(openid.fetchUserInfo(config, dead, sub), openid.WWWAuthenticateChallengeError)
      })
    }

    for (const way of ways) {
      test(`RFC 9449 openid-client, ${way.says}: code, UserInfo and refresh with tokens that are bound to a key`, async () => {
        const registered = place[way.client]
        const config = await discover(registered, way.prove(registered.client_secret ?? ''))
        const key = openid.getDPoPHandle(config, await openid.randomDPoPKeyPair('ES256'))
        const tokens = await codeByOpenidClient(config, { redirectUri, scope, key }, browse)
        assert.equal(tokens.token_type, 'dpop')
        const sub = tokens.claims()?.sub ?? ''
        const userinfo = async (token: string, by?: openid.DPoPHandle) =>
          openid.fetchUserInfo(config, token, sub, by === undefined ? {} : { DPoP: by })
        assert.equal((await userinfo(tokens.access_token, key)).sub, sub)
        await assert.rejects(userinfo(tokens.access_token), openid.WWWAuthenticateChallengeError)
        const other = openid.getDPoPHandle(config, await openid.randomDPoPKeyPair('ES256'))
        await assert.rejects(userinfo(tokens.access_token, other), openid.WWWAuthenticateChallengeError)
        const fresh = await openid.refreshTokenGrant(config, tokens.refresh_token ?? '', undefined, { DPoP: key })
        assert.equal((await userinfo(fresh.access_token, key)).sub, sub)
        if (way.client === 'native')
          await assert.rejects(openid.refreshTokenGrant(config, fresh.refresh_token ?? ''), { error: 'invalid_grant' })
      })
    }

    test('RFC 9126 openid-client: a request that was pushed, with tokens that are bound to a key', async () => {
      const { web } = place
      const config = await discover(web, openid.ClientSecretBasic(web.client_secret))
      const key = openid.getDPoPHandle(config, await openid.randomDPoPKeyPair('ES256'))
      const pkceCodeVerifier = openid.randomPKCECodeVerifier()
      const expectedState = openid.randomState()
      const code_challenge = await openid.calculatePKCECodeChallenge(pkceCodeVerifier)
      const parameters = { redirect_uri: redirectUri, scope, state: expectedState, code_challenge, code_challenge_method: 'S256' }
      const url = await openid.buildAuthorizationUrlWithPAR(config, parameters, { DPoP: key })
      assert.deepEqual(new Set(url.searchParams.keys()), new Set(['client_id', 'request_uri']))
      const back = await browse(url)
      const tokens = await openid.authorizationCodeGrant(config, back, { pkceCodeVerifier, expectedState }, undefined, { DPoP: key })
      assert.equal(tokens.token_type, 'dpop')
    })

    test('openid-client: client credentials, and the error of a wrong secret', async () => {
      const { service } = place
      const config = await discover(service, openid.ClientSecretBasic(service.client_secret))
      const { token_type, access_token } = await openid.clientCredentialsGrant(config, { scope: 'notes:read' })
      assert.equal(token_type, 'bearer')
      assert.equal(access_token.split('.').length, 3)
      const wrong = await discover(service, openid.ClientSecretBasic(`${service.client_secret}x`))
      await assert.rejects(openid.clientCredentialsGrant(wrong), { status: 401 })
    })

    test('oauth4webapi: code with PKCE, every signature checked, refresh with its race, client credentials', async () => {
      const allow = { [oauth.allowInsecureRequests]: isPlain() }
      const { web, service, issuer } = place
      const as = await oauth.processDiscoveryResponse(issuer, await oauth.discoveryRequest(issuer, allow))
      const client: oauth.Client = { client_id: web.client_id }
      const proof = oauth.ClientSecretBasic(web.client_secret ?? '')
      const bare: BareClient = { as, client, proof, allow }
      const tokens = await codeByOauth4webapi(bare, { redirectUri, scope }, browse)

      const refresh = async (token: string): Promise<oauth.TokenEndpointResponse> => refreshByOauth4webapi(bare, token)
      const first = tokens.refresh_token ?? ''
      const [left, right] = await Promise.all([refresh(first), refresh(first)])
      assert.equal(left.refresh_token, right.refresh_token)
      const third = (await refresh(left.refresh_token ?? '')).refresh_token ?? ''
      await assert.rejects(refresh(first), { error: 'invalid_grant' })
      await assert.rejects(refresh(third), { error: 'invalid_grant' })

      const own = oauth.ClientSecretPost(service.client_secret ?? '')
      const itself: oauth.Client = { client_id: service.client_id }
      const given = await oauth.clientCredentialsGrantRequest(as, itself, own, { scope: 'notes:read' }, allow)
      assert.equal((await oauth.processClientCredentialsResponse(as, itself, given)).token_type, 'bearer')
    })
  })
}
