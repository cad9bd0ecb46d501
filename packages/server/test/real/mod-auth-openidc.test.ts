/**
 * Debian's mod_auth_openidc, unmodified, in a real Apache: as a client that signs
 * people in on our pages, and as a resource server that asks us about tokens or
 * verifies them by our keys.
 *
 * @module
 */

import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { startApache, type Apache } from '../apache.ts'
import { clientScope, openSecureHouse, type ClientHouse } from '../client-house.ts'
import { missing } from '../parts.ts'
import { freePort } from '../product.ts'
import { authorize, exchange, Visitor } from '../visitor.ts'

/** What the module tells of a session, `OIDCInfoHook`. */
interface Told {
  readonly access_token: string
  readonly refresh_token: string
  readonly id_token: Readonly<Record<string, unknown>>
  readonly userinfo: Readonly<Record<string, unknown>>
}

describe('mod_auth_openidc', { skip: missing('apache2') || missing('mod_auth_openidc.so'), timeout: 120_000 }, () => {
  let house: ClientHouse
  let apache: Apache
  let origin: string
  let callback: string
  let secret: string
  /** A resource server that asks us about each token, and one that has our keys alone. */
  let servers: Record<'asking' | 'verifying', string>
  const closers: (() => Promise<unknown>)[] = []
  before(async () => {
    const secure = await openSecureHouse()
    house = secure
    closers.push(house.stop)
    const [port, verifyingPort] = [await freePort(), await freePort()]
    origin = `http://localhost:${port}`
    callback = `${origin}/app/callback`
    servers = { asking: `${origin}/api`, verifying: `http://localhost:${verifyingPort}/api` }
    const client = await house.register('apache', {
      redirectUris: [callback],
      postLogoutRedirectUris: [`${origin}/bye`],
      audiences: [servers.asking],
      introspects: [servers.asking],
    })
    secret = client.client_secret ?? ''
    const issuer = house.issuer.origin
    apache = await startApache(
      port,
      ['app', 'api'],
      `OIDCCABundlePath ${secure.authorityFile}
OIDCProviderMetadataURL ${issuer}/.well-known/openid-configuration
OIDCClientID apache
OIDCClientSecret ${secret}
OIDCRedirectURI ${callback}
OIDCScope "${clientScope}"
OIDCPKCEMethod S256
OIDCCryptoPassphrase of-this-test-alone
OIDCInfoHook access_token refresh_token id_token userinfo
OIDCOAuthRemoteUserClaim sub
<Location /app>
  AuthType openid-connect
  OIDCUnAuthAction auth true
  Require valid-user
</Location>
<Location /api>
  AuthType oauth20
  Require claim client_id:apache
</Location>
Listen 127.0.0.1:${verifyingPort}
<VirtualHost 127.0.0.1:${port}>
  OIDCOAuthIntrospectionEndpoint ${issuer}/introspect
  OIDCOAuthClientID apache
  OIDCOAuthClientSecret ${secret}
  OIDCOAuthTokenIntrospectionInterval 0
</VirtualHost>
<VirtualHost 127.0.0.1:${verifyingPort}>
  OIDCOAuthVerifyJwksUri ${issuer}/jwks
</VirtualHost>`,
    )
    closers.push(apache.stop)
  })
  after(async () => Promise.all(closers.map(async (close) => close())))

  const begin = async (browser: Visitor): Promise<URL> => {
    const { location } = await browser.get('/app')
    assert.equal(location?.origin, house.issuer.origin, apache.log())
    return location
  }

  const signIn = async (browser: Visitor, ours: Visitor): Promise<Told> => {
    const step = await browser.get(await authorize(ours, await begin(browser), callback, house.person))
    assert.equal(step.location?.href, `${origin}/app`, apache.log())
    assert.equal((await browser.get('/app')).text, 'the page of app')
    return told(browser)
  }

  const told = async (browser: Visitor): Promise<Told> => JSON.parse((await browser.get('/app/callback?info=json')).text) as Told

  test('a client: code with PKCE, ID token with nonce, UserInfo, refresh, revocation and sign-out', async () => {
    const [browser, ours] = [new Visitor(origin), new Visitor(house.issuer.origin)]
    const first = await signIn(browser, ours)
    assert.equal(typeof first.id_token['nonce'], 'string')
    assert.deepEqual([first.userinfo['preferred_username'], first.userinfo['email']], ['alice', 'alice@example.com'])
    const asked = new URLSearchParams({ refresh: `${origin}/app`, access_token: first.access_token })
    assert.equal((await browser.get(`/app/callback?${asked.toString()}`)).location?.href, `${origin}/app`)
    const second = await told(browser)
    assert.notEqual(second.access_token, first.access_token)
    assert.notEqual(second.refresh_token, first.refresh_token)

    const { location } = await browser.get(`/app/callback?logout=${encodeURIComponent(`${origin}/bye`)}`)
    assert.equal(location?.pathname, '/logout', apache.log())
    const form = { grant_type: 'refresh_token', refresh_token: second.refresh_token }
    const spent = await exchange(house.issuer.origin, { client_id: 'apache', client_secret: secret }, form)
    assert.equal(spent.error, 'invalid_grant')
    assert.equal((await ours.get(location)).location?.href.split('?')[0], `${origin}/bye`)
    assert.equal((await ours.get(await begin(browser))).location?.pathname, '/sign-in')
  })

  const reach = async (server: string, token: string): Promise<number> =>
    (await fetch(server, { headers: { authorization: `Bearer ${token}` } })).status

  test('RFC 7662, RFC 9068: a resource server that asks us, and one that verifies by our keys', async () => {
    const { access_token: token, refresh_token } = await signIn(new Visitor(origin), new Visitor(house.issuer.origin))
    const [head, body, mark = ''] = token.split('.')
    const forged = `${head}.${body}.${mark.startsWith('A') ? 'B' : 'A'}${mark.slice(1)}`
    for (const server of Object.values(servers)) {
      assert.equal(await reach(server, token), 200, apache.log())
      assert.equal(await reach(server, forged), 401)
    }
    await revoke(refresh_token)
    assert.equal(await reach(servers.asking, token), 401, 'who asks knows at once that it was withdrawn')
    assert.equal(await reach(servers.verifying, token), 200, 'who does not ask believes it until it expires')
  })

  const hostile: readonly { says: string; request?: [string, string]; answer?: [string, string]; refused: RegExp }[] = [
    { says: 'of another issuer', answer: ['iss', 'https://other.example.test'], refused: /issuer/ },
    { says: 'with another state', answer: ['state', 'other'], refused: /state/ },
    { says: 'with another nonce in the ID token', request: ['nonce', 'other'], refused: /nonce/ },
  ]
  for (const { says, request, answer, refused } of hostile) {
    test(`the module refuses an answer ${says}`, async () => {
      const browser = new Visitor(origin)
      const url = await begin(browser)
      if (request !== undefined) url.searchParams.set(...request)
      const back = await authorize(new Visitor(house.issuer.origin), url, callback, house.person)
      if (answer !== undefined) back.searchParams.set(...answer)
      const before = apache.log().length
      await browser.get(back)
      assert.match(apache.log().slice(before), refused)
      assert.equal((await browser.get('/app')).location?.origin, house.issuer.origin)
    })
  }

  const revoke = async (token: string): Promise<void> => {
    const basic = Buffer.from(`apache:${encodeURIComponent(secret)}`).toString('base64')
    const body = new URLSearchParams({ token })
    const answer = await fetch(new URL('/revoke', house.issuer), { method: 'POST', headers: { authorization: `Basic ${basic}` }, body })
    assert.equal(answer.status, 200)
  }
})
