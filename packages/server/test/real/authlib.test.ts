/**
 * Debian's python3-authlib, unmodified, in a process of its own: as a client by
 * its secret and by its key, and as a resource server that verifies our tokens by
 * our keys.
 *
 * @module
 */

import assert from 'node:assert/strict'
import { generateKeyPairSync } from 'node:crypto'
import { after, before, describe, test } from 'node:test'
import { startClientApp } from '../client-apps/start.ts'
import { clientScope, openSecureHouse } from '../client-house.ts'
import { missing } from '../parts.ts'
import { freePort } from '../product.ts'
import { authorize, Visitor, type Person } from '../visitor.ts'

interface Told {
  readonly claims: Readonly<Record<string, unknown>>
  readonly userinfo: Readonly<Record<string, unknown>>
  readonly token: Readonly<Record<string, string>>
}

describe('python3-authlib', { skip: missing('authlib') || missing('requests'), timeout: 120_000 }, () => {
  const audience = 'https://api.example.test/notes'
  /** Where the app of each client is. */
  const apps: { secret: string; key: string } = { secret: '', key: '' }
  let ours: string
  let person: Person
  const closers: (() => Promise<unknown>)[] = []

  before(async () => {
    const house = await openSecureHouse()
    closers.push(house.stop)
    ;[ours, person] = [house.issuer.origin, house.person]
    const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
    const proofs = {
      secret: { registered: {}, told: {} },
      key: {
        registered: { jwks: { keys: [{ ...publicKey.export({ format: 'jwk' }), kid: 'first', alg: 'ES256', use: 'sig' }] } },
        told: { private_key: privateKey.export({ format: 'pem', type: 'pkcs8' }) },
      },
    }
    for (const name of ['secret', 'key'] as const) {
      const { registered, told } = proofs[name]
      const port = await freePort()
      apps[name] = `http://localhost:${port}`
      const addresses = { redirectUris: [`${apps[name]}/callback`], postLogoutRedirectUris: [`${apps[name]}/bye`] }
      const client = await house.register(`authlib-${name}`, { ...addresses, audiences: [audience], ...registered })
      const shared = { issuer: ours, port, scope: clientScope, audience, authorityFile: house.authorityFile }
      closers.push((await startClientApp('authlib-app.py', { ...shared, ...client, ...told })).stop)
    }
  })
  after(async () => Promise.all(closers.map(async (close) => close())))

  const begin = async (app: Visitor): Promise<URL> => {
    const { location, text } = await app.get('/login')
    assert.equal(location?.origin, ours, text)
    return location
  }

  const read = async (app: Visitor, path: string | URL): Promise<Told> => {
    const { status, text } = await app.get(path)
    assert.equal(status, 200, text)
    return JSON.parse(text) as Told
  }

  for (const [name, says] of [['secret', 'its secret'] as const, ['key', 'its key (RFC 7523)'] as const]) {
    test(`a client by ${says}: code with PKCE, ID token with nonce, UserInfo, refresh, revocation and sign-out`, async () => {
      const [app, browser] = [new Visitor(apps[name]), new Visitor(ours)]
      const first = await read(app, await authorize(browser, await begin(app), `${apps[name]}/callback`, person))
      assert.equal(first.userinfo['email'], 'alice@example.com')
      assert.equal(first.userinfo['sub'], first.claims['sub'])
      const second = await read(app, '/refresh')
      assert.notEqual(second.token['refresh_token'], first.token['refresh_token'])
      assert.equal(second.userinfo['sub'], first.claims['sub'])
      assert.deepEqual((await read(app, '/revoke')).userinfo, { error: 401 })
      assert.match((await app.get('/refresh')).text, /invalid_grant/)
      const out = (await app.get('/logout')).location
      assert.equal((await browser.get(out ?? '')).location?.href, `${apps[name]}/bye`)
      assert.equal((await browser.get(await begin(app))).location?.pathname, '/sign-in')
    })
  }

  test('RFC 9068: a resource server believes our access token by our keys, and nothing else', async () => {
    const app = new Visitor(apps.secret)
    const { token, claims } = await read(app, await authorize(new Visitor(ours), await begin(app), `${apps.secret}/callback`, person))
    const reach = async (bearer = ''): Promise<{ status: number; claims: Readonly<Record<string, unknown>> }> => {
      const answer = await fetch(`${apps.secret}/api`, { headers: { authorization: `Bearer ${bearer}` } })
      return { status: answer.status, claims: (await answer.json()) as Record<string, unknown> }
    }
    const { access_token = '', id_token } = token
    const believed = await reach(access_token)
    assert.deepEqual([believed.status, believed.claims['sub']], [200, claims['sub']])
    const [head, body, mark = ''] = access_token.split('.')
    const forged = `${head}.${body}.${mark.startsWith('A') ? 'B' : 'A'}${mark.slice(1)}`
    for (const wrong of [forged, id_token, '']) assert.equal((await reach(wrong)).status, 403)
  })

  const hostile: readonly { says: string; request?: [string, string]; answer?: [string, string]; refused: RegExp }[] = [
    { says: 'with another state', answer: ['state', 'other'], refused: /MismatchingState/ },
    { says: 'with another nonce in the ID token', request: ['nonce', 'other'], refused: /nonce/ },
  ]
  for (const { says, request, answer, refused } of hostile) {
    test(`the library refuses an answer ${says}`, async () => {
      const app = new Visitor(apps.secret)
      const url = await begin(app)
      if (request !== undefined) url.searchParams.set(...request)
      const back = await authorize(new Visitor(ours), url, `${apps.secret}/callback`, person)
      if (answer !== undefined) back.searchParams.set(...answer)
      const { status, text } = await app.get(back)
      assert.equal(status, 403)
      assert.match(text, refused)
    })
  }
})
