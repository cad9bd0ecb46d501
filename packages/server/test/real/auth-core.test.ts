/**
 * `@auth/core`, unmodified, in a process of its own: a person signs in on our
 * pages, and out of both. The library refreshes and revokes nothing.
 *
 * @module
 */

import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { startClientApp, type ClientApp } from '../client-apps/start.ts'
import { openClientHouse, type ClientHouse } from '../client-house.ts'
import { freePort } from '../product.ts'
import { authorize, Visitor } from '../visitor.ts'

interface Session {
  readonly subject?: string
  readonly idToken?: string
  readonly user?: { readonly name?: string; readonly email?: string }
}

describe('@auth/core', { timeout: 120_000 }, () => {
  let house: ClientHouse
  let app: ClientApp
  let origin: string
  let callback: string
  before(async () => {
    const port = await freePort()
    origin = `http://localhost:${port}`
    callback = `${origin}/auth/callback/countersign`
    house = await openClientHouse()
    const client = await house.register('auth-core', { redirectUris: [callback], postLogoutRedirectUris: [`${origin}/bye`] })
    app = await startClientApp('auth-core.ts', { issuer: house.issuer.origin, port, ...client })
  })
  after(async () => Promise.all([app.stop(), house.stop()]))

  const csrfToken = async (visitor: Visitor): Promise<string> =>
    (JSON.parse((await visitor.get('/auth/csrf')).text) as { readonly csrfToken: string }).csrfToken

  /** The address of ours that the library sends the browser to. */
  const begin = async (visitor: Visitor): Promise<URL> => {
    const { location } = await visitor.post('/auth/signin/countersign', { csrfToken: await csrfToken(visitor), callbackUrl: origin })
    assert.equal(location?.origin, house.issuer.origin)
    return location
  }

  const session = async (visitor: Visitor): Promise<Session> =>
    (JSON.parse((await visitor.get('/auth/session')).text) as Session | null) ?? {}

  test('code with PKCE, ID token with nonce, UserInfo, and sign-out of both', async () => {
    const [visitor, ours] = [new Visitor(origin), new Visitor(house.issuer.origin)]
    const url = await begin(visitor)
    for (const sent of ['nonce', 'state', 'code_challenge']) assert.ok(url.searchParams.has(sent), sent)
    await visitor.get(await authorize(ours, url, callback, house.person))
    const { subject, user, idToken = '' } = await session(visitor)
    assert.match(subject ?? '', /^usr_/)
    assert.deepEqual([user?.name, user?.email], ['Alice Moreau', 'alice@example.com'])

    const bye = new URL('/logout', house.issuer)
    bye.search = new URLSearchParams({ id_token_hint: idToken, post_logout_redirect_uri: `${origin}/bye` }).toString()
    const out = await visitor.post('/auth/signout', { csrfToken: await csrfToken(visitor), callbackUrl: bye.href })
    assert.equal(out.location?.href, bye.href)
    assert.equal((await ours.get(bye)).location?.href, `${origin}/bye`)
    assert.deepEqual(await session(visitor), {})
    assert.equal((await ours.get(await begin(visitor))).location?.pathname, '/sign-in')
  })

  const hostile: readonly { says: string; request?: [string, string]; answer?: [string, string]; refused: RegExp }[] = [
    { says: 'of another issuer', answer: ['iss', 'https://other.example.test'], refused: /"iss"/ },
    { says: 'with another state', answer: ['state', 'other'], refused: /"state"/ },
    { says: 'with another nonce in the ID token', request: ['nonce', 'other'], refused: /"nonce"/ },
  ]
  for (const { says, request, answer, refused } of hostile) {
    test(`the library refuses an answer ${says}`, async () => {
      const visitor = new Visitor(origin)
      const url = await begin(visitor)
      if (request !== undefined) url.searchParams.set(...request)
      const back = await authorize(new Visitor(house.issuer.origin), url, callback, house.person)
      if (answer !== undefined) back.searchParams.set(...answer)
      assert.equal((await visitor.get(back)).location?.pathname, '/auth/error')
      assert.match((await visitor.get('/refused')).text, refused)
      assert.deepEqual(await session(visitor), {})
    })
  }
})
