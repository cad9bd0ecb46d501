/**
 * `passport-openidconnect`, unmodified, in an express app of its own process. It
 * speaks no PKCE, and refreshes and revokes nothing.
 *
 * @module
 */

import assert from 'node:assert/strict'
import { generateKeyPairSync } from 'node:crypto'
import { after, before, describe, test } from 'node:test'
import { startClientApp } from '../client-apps/start.ts'
import { openClientHouse, type ClientHouse } from '../client-house.ts'
import { freePort } from '../product.ts'
import { startProduction } from '../production.ts'
import { authorize, Visitor } from '../visitor.ts'

describe('passport-openidconnect', { timeout: 120_000 }, () => {
  let house: ClientHouse
  const closers: (() => Promise<unknown>)[] = []
  before(async () => {
    house = await openClientHouse()
    closers.push(house.stop)
  })
  after(async () => Promise.all(closers.map(async (close) => close())))

  const startApp = async (clientId: string, more: object): Promise<string> => {
    const port = await freePort()
    const origin = `http://localhost:${port}`
    const client = await house.register(clientId, { redirectUris: [`${origin}/callback`], ...more })
    closers.push((await startClientApp('passport.ts', { issuer: house.issuer.origin, port, ...client })).stop)
    return origin
  }

  const begin = async (app: Visitor): Promise<URL> => {
    const { location } = await app.get('/login')
    assert.equal(location?.origin, house.issuer.origin)
    assert.ok(location.searchParams.has('nonce'))
    return location
  }

  const answerTo = async (url: URL, origin: string): Promise<URL> =>
    authorize(new Visitor(house.issuer.origin), url, `${origin}/callback`, house.person)

  test('code, ID token with nonce, UserInfo, and nothing of it without PKCE for a client that is not exempted', async () => {
    const origin = await startApp('passport', { unsafelyWithoutPkce: true })
    const app = new Visitor(origin)
    assert.equal((await app.get(await answerTo(await begin(app), origin))).location?.pathname, '/me')
    const me = JSON.parse((await app.get('/me')).text) as Record<string, unknown>
    assert.match(String(me['id']), /^usr_/)
    assert.equal(me['displayName'], 'Alice Moreau')
    assert.deepEqual(me['emails'], [{ value: 'alice@example.com' }])

    const usual = await startApp('passport-usual', {})
    const back = await answerTo(await begin(new Visitor(usual)), usual)
    assert.deepEqual([back.searchParams.get('error'), back.searchParams.has('code')], ['invalid_request', false])
  })

  test('an exemption in the configuration is told in the log of each start', async () => {
    const { publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
    const clients = ['usual', 'exempt'].map((clientId) => ({
      clientId,
      name: clientId,
      kind: 'confidential',
      jwks: { keys: [{ ...publicKey.export({ format: 'jwk' }), alg: 'ES256' }] },
      grantTypes: ['authorization_code'],
      redirectUris: [`https://${clientId}.example/cb`],
      scopes: ['openid'],
      unsafelyWithoutPkce: clientId === 'exempt',
    }))
    const { product } = await startProduction({ settings: { clients } })
    closers.push(async () => product.stop())
    const told = product
      .log()
      .split('\n')
      .filter((line) => line.includes('without PKCE'))
    assert.deepEqual(
      told.map((line) => (JSON.parse(line) as { readonly clientId?: string }).clientId),
      ['exempt'],
    )
  })

  const hostile: readonly { says: string; request?: [string, string]; answer?: [string, string] }[] = [
    { says: 'with another state', answer: ['state', 'other'] },
    { says: 'with another nonce in the ID token', request: ['nonce', 'other'] },
  ]
  for (const { says, request, answer } of hostile) {
    test(`the library refuses an answer ${says}`, async () => {
      const origin = await startApp(`passport-${hostile.findIndex((one) => one.says === says)}`, { unsafelyWithoutPkce: true })
      const app = new Visitor(origin)
      const url = await begin(app)
      if (request !== undefined) url.searchParams.set(...request)
      const back = await answerTo(url, origin)
      if (answer !== undefined) back.searchParams.set(...answer)
      assert.equal((await app.get(back)).status, 403)
      assert.equal((await app.get('/me')).text, 'null')
    })
  }
})
