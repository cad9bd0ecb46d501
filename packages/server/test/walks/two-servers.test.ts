/** A person in a real browser whose requests go now to one server, now to the other: both on one PostgreSQL, each with its gateway. */

import assert from 'node:assert/strict'
import { after, before, suite, test } from 'node:test'
import { setTimeout as wait } from 'node:timers/promises'
import { Client } from 'pg'
import type { Browser, Page } from 'playwright-core'
import { startBalancer, type Balancer } from '../balancer.ts'
import { missingBrowser, newVisitor, openBrowser } from '../browser.ts'
import { startCluster, type Cluster, type Member } from '../cluster.ts'
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
  })

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
        assert.match((await page.textContent('main')) ?? '', /again/i)
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
