/** A person in a real browser whose requests go now to one server, now to the other: both on one PostgreSQL, each with its gateway. */

import assert from 'node:assert/strict'
import { createHash, randomBytes } from 'node:crypto'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { after, before, suite, test } from 'node:test'
import { setTimeout as wait } from 'node:timers/promises'
import { Client } from 'pg'
import type { Browser, Page } from 'playwright-core'
import { startBalancer, type Balancer } from '../balancer.ts'
import { missingBrowser, newVisitor, openBrowser } from '../browser.ts'
import { reach, startCluster, tokenAt, webClient, type Cluster, type Member } from '../cluster.ts'
import { until } from '../metrics.ts'
import { checkPage } from '../page-faults.ts'
import { missingPostgres, pausePostgres, stopPostgresAfterwards } from '../postgres.ts'

stopPostgresAfterwards()

const password = 'several words that do not belong'
const appPage = '<!doctype html><html lang="en"><title>The app</title><main><h1>The app</h1></main>'

suite('two servers in a browser', { skip: missingPostgres() === false ? missingBrowser() : missingPostgres(), timeout: 280_000 }, () => {
  let cluster: Cluster
  let one: Member
  let other: Member
  let balancer: Balancer
  let browser: Browser
  const ends: (() => Promise<void>)[] = []

  before(async () => {
    cluster = await startCluster({
      balanced: true,
      app: (_request, answer) => answer.setHeader('content-type', 'text/html').end(appPage),
    })
    ends.push(async () => cluster.stop())
    ;[one, other] = cluster.members
    balancer = await startBalancer(cluster)
    ends.push(async () => balancer.stop())
    const opened = await openBrowser()
    ends.push(async () => opened.close())
    ;({ browser } = opened)
  })
  after(async () => {
    for (const end of ends.toReversed()) await end()
  })

  const isAtSignIn = (page: Page): boolean => page.url().startsWith(`${cluster.issuer}/sign-in`)

  async function isInApp(page: Page): Promise<boolean> {
    return page.url().startsWith(cluster.app) && (await page.textContent('h1')) === 'The app'
  }

  /** Somebody new at the sign-in page of one server, whose form goes to the other one, and who comes back through the first. */
  async function signedIn(username: string): Promise<{ page: Page; session: string }> {
    const { id } = await one.admin<{ id: string }>('POST', '/users', { username, password })
    await one.admin('PUT', `/users/${id}/roles/member`)
    const page = await (await newVisitor(browser)).newPage()
    page.setDefaultTimeout(20_000)
    await signIn(page, username)
    return { page, session: await sessionOf(username) }
  }

  async function signIn(page: Page, username: string): Promise<void> {
    balancer.sendTo(one)
    await page.goto(cluster.app)
    assert.ok(isAtSignIn(page), page.url())
    balancer.sendTo(other)
    await page.fill('[name="username"]', username)
    await page.fill('[name="password"]', password)
    await page.press('[name="password"]', 'Enter')
    await page.waitForURL((url) => url.origin === cluster.app && url.pathname === '/')
    assert.ok(await isInApp(page), page.url())
    balancer.sendTo(one)
    await page.reload()
    assert.ok(await isInApp(page), `the gateway of the first server: ${page.url()}`)
  }

  async function sessionOf(username: string): Promise<string> {
    const { items } = await one.admin<{ items: readonly { id: string; username?: string }[] }>('GET', '/sessions?limit=200')
    return items.find((session) => session.username === username)?.id ?? assert.fail(`${username} has no session`)
  }

  /** What a script in the app is answered next, before any page is opened. */
  async function nextAnswer(page: Page): Promise<number> {
    return page.evaluate(async () => (await fetch('/', { redirect: 'manual', headers: { accept: 'text/html' } })).status)
  }

  test('a session that is ended on one is refused on the other from the first request sent after the answer', async () => {
    const { page, session } = await signedIn('ada')
    balancer.sendTo(other)
    assert.equal(await nextAnswer(page), 200)
    await one.admin('DELETE', `/sessions/${session}`)
    assert.equal(await nextAnswer(page), 401)
    await page.goto(cluster.app)
    assert.ok(isAtSignIn(page), page.url())
  })

  test('with the notification channel cut, what was ended is refused within the stated second', async () => {
    const { page, session } = await signedIn('berta')
    balancer.sendTo(other)
    assert.equal(await nextAnswer(page), 200)
    const client = new Client(cluster.database.superuser)
    await client.connect()
    await client.query("SELECT pg_terminate_backend(pid) FROM pg_locks WHERE classid = x'43535450'::int")
    await client.end()
    await one.admin('DELETE', `/sessions/${session}`)
    const answeredMs = performance.now()
    let status = 0
    // One that was let in was sent before the second was over, whenever its answer came.
    while (status !== 401 && performance.now() - answeredMs < 1_000) status = await nextAnswer(page)
    assert.equal(status === 401 ? status : await nextAnswer(page), 401)
    await page.goto(cluster.app)
    assert.ok(isAtSignIn(page), page.url())
  })

  test('whoever signs out at one is signed out at the other', async () => {
    const { page } = await signedIn('clara')
    const copied = await page.context().cookies(cluster.app)
    assert.ok(copied.length > 0)
    balancer.sendTo(one)
    await page.goto(`${cluster.app}/.countersign/sign-out`)
    const button = page.locator('main button').first()
    while ((await button.count()) > 0 && !isAtSignIn(page)) {
      await button.click()
      await page.waitForLoadState()
    }
    balancer.sendTo(other)
    await page.goto(cluster.app)
    assert.ok(isAtSignIn(page), page.url())
    await page.context().addCookies(copied)
    await page.goto(cluster.app)
    assert.ok(isAtSignIn(page), 'a copy of the cookie opens the app')
  })

  test('a client that signs somebody out at one ends the app and its own tokens at the other', async () => {
    const client = createServer((_request, answer) => answer.setHeader('content-type', 'text/html').end('<h1>The client</h1>'))
    await new Promise<void>((resolve) => client.listen(0, '127.0.0.1', resolve))
    ends.push(async () => {
      client.closeAllConnections()
      client.close()
      await Promise.resolve()
    })
    const origin = `http://127.0.0.1:${(client.address() as AddressInfo).port}`
    const [redirect, goodbye] = [`${origin}/callback`, `${origin}/goodbye`]
    await one.admin('POST', '/clients', { ...webClient(redirect), postLogoutRedirectUris: [goodbye] })
    const { page } = await signedIn('emma')
    balancer.sendTo(one)
    const tokens = await tokensFor(page, redirect)
    const userinfo = async (at: Member): Promise<number> => {
      const headers = { authorization: `Bearer ${String(tokens['access_token'])}` }
      return (await reach(at.port, new URL('/userinfo', cluster.issuer), { headers })).status
    }
    assert.deepEqual([await userinfo(one), await userinfo(other)], [200, 200])
    const leaving = { client_id: 'web', id_token_hint: String(tokens['id_token']), post_logout_redirect_uri: goodbye }
    await page.goto(`${cluster.issuer}/logout?${new URLSearchParams(leaving)}`)
    assert.equal(page.url(), goodbye, 'who brings the token of this session is not asked')
    assert.equal(await userinfo(other), 401)
    balancer.sendTo(other)
    await page.goto(cluster.app)
    assert.ok(isAtSignIn(page), page.url())
  })

  /** Those of a client that the browser goes to, redeemed at the other server. */
  async function tokensFor(page: Page, redirect: string): ReturnType<typeof tokenAt> {
    const verifier = randomBytes(32).toString('base64url')
    const asked = new URLSearchParams({
      response_type: 'code',
      client_id: 'web',
      redirect_uri: redirect,
      scope: 'openid',
      code_challenge: createHash('sha256').update(verifier).digest('base64url'),
      code_challenge_method: 'S256',
    })
    await page.goto(`${cluster.issuer}/authorize?${asked}`)
    if (new URL(page.url()).pathname.endsWith('/consent')) await page.click('button[value="allow"]')
    await page.getByRole('heading', { name: 'The client' }).waitFor()
    const code = new URL(page.url()).searchParams.get('code') ?? ''
    const form = { grant_type: 'authorization_code', client_id: 'web', redirect_uri: redirect, code, code_verifier: verifier }
    return tokenAt(cluster, other, form)
  }

  test('with the database paused both refuse with a page that says so, and let in again by themselves', async () => {
    const { page } = await signedIn('dora')
    const resume = await pausePostgres()
    try {
      await wait(1_100)
      for (const member of [one, other]) {
        balancer.sendTo(member)
        const answer = await page.goto(cluster.app)
        assert.equal(answer?.status(), 503)
        await checkPage(page, 'two-servers-paused')
        assert.match((await page.textContent('main')) ?? '', /Nothing can be decided right now.*again in a moment.*req_/s)
        assert.equal((await page.goto(`${cluster.issuer}/sign-in`))?.status(), 503)
        await checkPage(page, 'two-servers-paused-sign-in')
        assert.match((await page.textContent('main')) ?? '', /not available right now.*again in a moment.*req_/s)
      }
    } finally {
      resume()
    }
    for (const member of [one, other]) {
      balancer.sendTo(member)
      await until('the app answers again', async () => (await page.goto(cluster.app))?.status() === 200)
      assert.ok(await isInApp(page), page.url())
    }
  })
})
