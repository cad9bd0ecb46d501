/**
 * `oidc-client-ts`, unmodified, in a page of another origin in a real browser:
 * what it asks of the server goes through CORS, and a person signs in on our pages.
 *
 * @module
 */

import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { createServer, type RequestListener } from 'node:http'
import { createServer as createSecureServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import { after, before, describe, test } from 'node:test'
import type * as library from 'oidc-client-ts'
import type { BrowserContext, Page } from 'playwright-core'
import { missingBrowser, newVisitor, openBrowser, signInAs, type OpenBrowser } from '../browser.ts'
import { clientScope, openClientHouse, type ClientHouse } from '../client-house.ts'
import { makeAuthority } from '../http-certificates.ts'
import { exchange } from '../visitor.ts'

const script = readFileSync(new URL('../browser/oidc-client-ts.min.js', import.meta.resolve('oidc-client-ts')))

/** What the app's page has. */
interface InPage {
  readonly manager: library.UserManager
  readonly seen: (user: library.User | null | undefined) => SeenUser
}

interface App {
  readonly clientId: string
  readonly origin: string
  readonly issuer: string
}

interface AppWishes {
  /** `another`: at 127.0.0.1, for a server at `localhost`. `same`: both are https on names under one domain. */
  readonly site: 'another' | 'same'
  readonly grantTypes: readonly string[]
  readonly isBound?: boolean
}

/** What is read of the library's user, or the error that there is instead. */
type SeenUser = Partial<Pick<library.User, 'access_token' | 'refresh_token' | 'token_type' | 'profile'>> & { readonly error?: string }

const nonce = 'the nonce of this sign-in'

describe('oidc-client-ts in a browser', { skip: missingBrowser(), timeout: 120_000 }, () => {
  const authority = makeAuthority()
  let houses: Record<AppWishes['site'], ClientHouse>
  let opened: OpenBrowser
  const closers: (() => Promise<unknown>)[] = []
  before(async () => {
    const tls = { host: 'id.example.test', authority }
    const [another, same] = await Promise.all([openClientHouse(), openClientHouse({ tls })])
    houses = { another, same }
    opened = await openBrowser()
    closers.push(async () => Promise.all([another.stop(), same.stop(), opened.close()]))
  })
  after(async () => Promise.all(closers.map(async (close) => close())))

  const listen = async (site: AppWishes['site'], serve: RequestListener): Promise<string> => {
    const host = 'app.example.test'
    const { certificate: cert, key } = authority.issue({ hosts: [host] })
    const listener = site === 'same' ? createSecureServer({ cert, key }, serve) : createServer(serve)
    await new Promise<void>((resolve) => listener.listen(0, '127.0.0.1', resolve))
    closers.push(async () => listener.close())
    const { port } = listener.address() as AddressInfo
    return site === 'same' ? `https://${host}:${port}` : `http://127.0.0.1:${port}`
  }

  /** One page that is the app, its callback and what the hidden frame ends at. */
  const startApp = async ({ site, grantTypes, isBound = false }: AppWishes): Promise<App> => {
    const clientId = `page-${closers.length}`
    const house = houses[site]
    const issuer = house.issuer.origin
    const origin = await listen(site, ({ url }, response) => {
      if (url === '/oidc-client-ts.js') return response.setHeader('content-type', 'text/javascript').end(script)
      const settings = {
        authority: issuer,
        client_id: clientId,
        redirect_uri: `${origin}/callback`,
        silent_redirect_uri: `${origin}/silent`,
        post_logout_redirect_uri: `${origin}/bye`,
        scope: clientScope,
        loadUserInfo: !isBound, // the library asks UserInfo as a bearer alone
        automaticSilentRenew: false,
        silentRequestTimeoutInSeconds: 5,
      }
      const bound = isBound ? ', dpop: { bind_authorization_code: true, store: new oidc.IndexedDbDPoPStore() }' : ''
      const start = `globalThis.manager = new oidc.UserManager({ ...${JSON.stringify(settings)}${bound} })`
      const seen = `globalThis.seen = ({ ...user }) => user`
      const frame = `if (location.pathname === '/silent') manager.signinSilentCallback()`
      return response
        .setHeader('content-type', 'text/html')
        .end(`<!doctype html><title>App</title><script src="/oidc-client-ts.js"></script><script>${start}\n${seen}\n${frame}</script>`)
    })
    await house.register(clientId, {
      kind: 'public',
      grantTypes,
      redirectUris: [`${origin}/callback`, `${origin}/silent`],
      postLogoutRedirectUris: [`${origin}/bye`],
    })
    return { clientId, origin, issuer }
  }

  const visit = async (): Promise<BrowserContext> => newVisitor(opened.browser, { unsafelyAcceptCertificates: true })

  /** From the app to our pages and back to the app, which has not looked at the answer yet. */
  const signIn = async (context: BrowserContext, { origin, issuer }: App): Promise<Page> => {
    const page = await context.newPage()
    page.setDefaultTimeout(10_000)
    await page.goto(origin)
    await page.evaluate((nonce) => void (globalThis as unknown as InPage).manager.signinRedirect({ nonce }), nonce)
    await page.waitForURL(`${issuer}/**`)
    await signInAs(page, houses.another.person, origin)
    assert.ok(page.url().startsWith(`${origin}/callback?`), page.url())
    return page
  }

  const finish = async (page: Page, answer?: string): Promise<SeenUser> =>
    page.evaluate(async (answer) => {
      const { manager, seen } = globalThis as unknown as InPage
      return seen(await manager.signinCallback(answer))
    }, answer)

  const renew = async (page: Page): Promise<SeenUser> =>
    page.evaluate(async () => {
      const { manager, seen } = globalThis as unknown as InPage
      return manager.signinSilent().then(seen, (error: Error & { readonly error?: string }) => ({ error: error.error ?? error.message }))
    })

  const signOut = async (page: Page, { origin }: App): Promise<void> => {
    await page.evaluate(() => void (globalThis as unknown as InPage).manager.signoutRedirect({ state: 'kept' }))
    await page.waitForURL(`${origin}/bye?**`)
    await page.evaluate(async () => (globalThis as unknown as InPage).manager.signoutCallback())
  }

  test('another site: code, UserInfo, refresh, revocation and sign-out', async () => {
    const app = await startApp({ site: 'another', grantTypes: ['authorization_code', 'refresh_token'] })
    const context = await visit()
    const page = await signIn(context, app)
    const first = await finish(page)
    assert.deepEqual([first.profile?.preferred_username, first.profile?.email], ['alice', 'alice@example.com'])
    const { profile, refresh_token = '' } = await renew(page)
    assert.equal(profile?.sub, first.profile?.sub)
    assert.notEqual(refresh_token, first.refresh_token)
    await page.evaluate(async () => (globalThis as unknown as InPage).manager.revokeTokens(['refresh_token']))
    const again = await exchange(app.issuer, { client_id: app.clientId }, { grant_type: 'refresh_token', refresh_token })
    assert.equal(again.error, 'invalid_grant')
    await signOut(page, app)
    await context.close()
  })

  test('RFC 9449, another site: code, UserInfo and refresh with tokens that are bound to a key of the page', async () => {
    const app = await startApp({ site: 'another', grantTypes: ['authorization_code', 'refresh_token'], isBound: true })
    const context = await visit()
    const page = await signIn(context, app)
    const first = await finish(page)
    assert.equal(first.token_type?.toLowerCase(), 'dpop')
    const second = await renew(page)
    assert.equal(second.profile?.sub, first.profile?.sub)
    const ask = async (scheme: 'DPoP' | 'Bearer'): Promise<{ readonly sub?: string; readonly error?: string }> =>
      page.evaluate(
        async ({ url, scheme }) => {
          const { manager } = globalThis as unknown as InPage
          const user = await manager.getUser()
          if (user === null) throw new Error('nobody')
          const dpop = (await manager.dpopProof(url, user, 'GET')) ?? ''
          const answer = await fetch(url, { headers: { authorization: `${scheme} ${user.access_token}`, dpop } })
          return (await answer.json()) as object
        },
        { url: `${app.issuer}/userinfo`, scheme },
      )
    assert.equal((await ask('DPoP')).sub, first.profile?.sub)
    assert.equal((await ask('Bearer')).error, 'invalid_token')
    await context.close()
  })

  test('the same site: a hidden frame renews by prompt=none, and not once the person is signed out', async () => {
    const app = await startApp({ site: 'same', grantTypes: ['authorization_code'] })
    const context = await visit()
    const page = await signIn(context, app)
    const first = await finish(page)
    const second = await renew(page)
    assert.equal(second.error, undefined)
    assert.equal(second.profile?.sub, first.profile?.sub)
    assert.notEqual(second.access_token, first.access_token)
    await signOut(page, app)
    assert.equal((await renew(page)).error, 'login_required')
    await context.close()
  })

  test('another site: a hidden frame is told that nobody is signed in, since browsers keep our cookie from it', async () => {
    const app = await startApp({ site: 'another', grantTypes: ['authorization_code'] })
    const context = await visit()
    const page = await signIn(context, app)
    await finish(page)
    assert.equal((await renew(page)).error, 'login_required')
    await context.close()
  })

  test('OpenID Connect Core section 3.1.2.7: the library refuses an answer with another state', async () => {
    const context = await visit()
    const page = await signIn(context, await startApp({ site: 'another', grantTypes: ['authorization_code'] }))
    const answer = new URL(page.url())
    answer.searchParams.set('state', 'other')
    await assert.rejects(finish(page, answer.href), /No matching state found/)
    await context.close()
  })

  test('OpenID Connect Core section 3.1.3.7: the library refuses an ID token with another nonce', async () => {
    const context = await visit()
    await context.route(`${houses.another.issuer.origin}/authorize?*`, async (route) => {
      const url = new URL(route.request().url())
      url.searchParams.set('nonce', 'other')
      await route.continue({ url: url.href })
    })
    const page = await signIn(context, await startApp({ site: 'another', grantTypes: ['authorization_code'] }))
    await assert.rejects(finish(page), /nonce in id_token does not match/)
    await context.close()
  })
})
