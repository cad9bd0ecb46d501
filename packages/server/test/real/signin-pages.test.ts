/**
 * Our pages in a real browser: on a phone and on a desktop, light and dark, with
 * the server's own Content-Security-Policy, judged by axe. Set
 * COUNTERSIGN_SCREENSHOTS to a folder to look at them.
 *
 * @module
 */

import assert from 'node:assert/strict'
import { createServer, type Server } from 'node:http'
import { after, before, describe, test } from 'node:test'
import type { Browser, BrowserContext, Page } from 'playwright-core'
import type { Edge } from '#http'
import { renderRefusalPage } from '#signin'
import { missingBrowser, openBrowser, type OpenBrowser } from '../browser.ts'
import { checkPage } from '../page-faults.ts'
import { goodPassword, peopleMigrations } from '../people.ts'
import { serveSignin, testBrowserCookie, type TestSignin } from '../signin.ts'
import { openTestStore } from '../store.ts'

const store = await openTestStore(peopleMigrations)

const shapes = [
  { name: 'phone', viewport: { width: 360, height: 740 }, isMobile: true },
  { name: 'desktop', viewport: { width: 1_280, height: 800 }, isMobile: false },
] as const
const schemes = ['light', 'dark'] as const

describe('the pages of sign-in', { skip: missingBrowser() }, () => {
  let opened: OpenBrowser
  let listener: Server
  let house: TestSignin
  let origin: string

  before(async () => {
    listener = createServer((request, response) => house.served.server.handle(request, response))
    await new Promise<void>((resolve) => listener.listen(0, '127.0.0.1', resolve))
    const address = listener.address()
    assert.ok(typeof address === 'object' && address !== null)
    origin = `http://localhost:${address.port}`
    house = await serveSignin(store, { origin, edges: [hallway] })
    await house.identity.createUser(house.op(), {
      username: 'alice',
      name: 'Alice Moreau',
      email: 'alice@example.com',
      password: goodPassword,
    })
    opened = await openBrowser()
  })

  after(async () => {
    await opened.close()
    await new Promise((resolve) => listener.close(resolve))
  })

  /** Every page by the way that a person comes to it. */
  const walks: readonly { readonly name: string; readonly heading: string; readonly go: (page: Page) => Promise<unknown> }[] = [
    { name: 'sign-in', heading: 'Sign in to Notes', go: (page) => page.goto(signInAddress()) },
    {
      name: 'sign-in-refused',
      heading: 'Sign in to Notes',
      go: async (page) => {
        await page.goto(signInAddress())
        await fillIn(page, 'alice', 'not her password at all')
      },
    },
    { name: 'sign-in-alone', heading: 'Sign in', go: (page) => page.goto(`${origin}/sign-in`) },
    { name: 'state-lost', heading: 'This sign-in took too long', go: (page) => page.goto(`${origin}/sign-in?state=f1.gone`) },
    {
      name: 'consent',
      heading: 'Let Ledger use your account?',
      go: async (page) => {
        await signIn(page)
        await page.goto(
          `${origin}/consent?state=${waiting({ clientName: 'Ledger', scopes: ['openid', 'profile', 'email', 'offline_access'] })}`,
        )
      },
    },
    {
      name: 'consent-long',
      heading: `Let ${'Quarterly'.repeat(8)} use your account?`,
      go: async (page) => {
        await signIn(page)
        const scopes = ['openid', 'https://ledger.example.test/scopes/accounts.transactions.read']
        await page.goto(
          `${origin}/consent?state=${waiting({ clientName: 'Quarterly'.repeat(8), scopes, redirectUri: 'com.example.app:/cb' })}`,
        )
      },
    },
    { name: 'signed-in', heading: 'You are signed in', go: signIn },
    {
      name: 'signed-out',
      heading: 'You are signed out',
      go: async (page) => {
        await signIn(page)
        await page.getByRole('button', { name: 'Sign out' }).click()
      },
    },
    { name: 'sign-out', heading: 'Sign out?', go: (page) => page.goto(`${origin}/show/sign-out`) },
    { name: 'refused', heading: 'You may read notes, not write them', go: (page) => page.goto(`${origin}/show/refused`) },
    { name: 'not-found', heading: 'Not found', go: (page) => page.goto(`${origin}/nowhere`, { waitUntil: 'load' }) },
  ]

  const waiting = (pending: Parameters<TestSignin['wait']>[1] = {}): string =>
    house.wait(
      { cookies: new Map([['countersign_browser', testBrowserCookie]]), address: '' },
      { redirectUri: 'https://ledger.example/cb', ...pending },
    )
  const signInAddress = (): string => `${origin}/sign-in?state=${waiting()}`

  async function signIn(page: Page): Promise<void> {
    await page.goto(`${origin}/sign-in`)
    await fillIn(page, 'alice', goodPassword)
    await page.getByRole('heading', { name: 'You are signed in' }).waitFor()
  }

  async function fillIn(page: Page, username: string, password: string): Promise<void> {
    await page.getByLabel('Email or user name').fill(username)
    await page.getByLabel('Password').fill(password)
    await page.getByRole('button', { name: 'Sign in' }).click()
  }

  /** Shows pages that other parts of the house show. */
  const hallway: Edge = {
    name: 'hallway',
    refusals: {},
    routes: (['/show/sign-out', '/show/refused'] as const).map((path) => ({
      method: 'GET',
      path,
      caller: 'anyone',
      limit: 'page',
      schema: { answers: { 200: 'html' } },
      answers: 'page',
      summary: 'A page to look at.',
      handle: async () => ({ status: 200, body: { html: path === '/show/refused' ? refused() : signOut() } }),
    })),
  }
  const signOut = (): string => house.signin.pages.signOut({ action: '/logout/confirm', fields: [{ name: 'state', value: 'f1.x' }] })
  const refused = (): string =>
    renderRefusalPage({
      status: 403,
      heading: 'You may read notes, not write them',
      sentence: 'Nothing allows viewers to write notes.',
      requestId: 'req_7Hk2mQ9sTqXw4LrZc1BvYd',
      facts: [
        { name: 'You are', value: 'bob' },
        { name: 'Asked for', value: 'POST /notes' },
      ],
      action: { label: 'Back to Notes', href: 'https://notes.example.test/' },
    })

  const visit = async (browser: Browser, settings: Parameters<Browser['newContext']>[0]): Promise<BrowserContext> => {
    const visitor = await browser.newContext(settings)
    await visitor.addCookies([{ name: 'countersign_browser', value: testBrowserCookie, url: origin }])
    return visitor
  }

  for (const { name, heading, go } of walks) {
    test(`${name} works without script, fits, and has no fault that axe can find`, async () => {
      for (const { name: shape, ...device } of shapes) {
        for (const colorScheme of schemes) {
          const visitor = await visit(opened.browser, { ...device, colorScheme, javaScriptEnabled: true })
          const page = await visitor.newPage()
          const complaints: string[] = []
          page.on('console', (message) => {
            if (message.type() === 'error' && !/status of 4\d\d/.test(message.text())) complaints.push(message.text())
          })
          page.on('pageerror', (error) => complaints.push(error.message))
          await go(page)
          await page.getByRole('heading', { level: 1, name: heading, exact: true }).waitFor()
          await checkPage(page, `${name}-${shape}-${colorScheme}`)
          assert.deepEqual(complaints, [], `${name} on a ${shape}, ${colorScheme}`)
          await visitor.close()
        }
      }
    })
  }

  test('a person signs in, decides and signs out without script and with the keyboard alone', async () => {
    const visitor = await visit(opened.browser, { javaScriptEnabled: false })
    const page = await visitor.newPage()
    await page.goto(`${origin}/sign-in`)
    await page.locator('input[name=username]:focus').waitFor()
    await page.keyboard.type('alice')
    await page.keyboard.press('Tab')
    await page.keyboard.type('not her password at all')
    await page.keyboard.press('Enter')
    await page.getByRole('alert').waitFor()
    assert.equal(await page.getByLabel('Email or user name').inputValue(), 'alice')
    await page.locator('input[name=password]:focus').waitFor()
    await page.keyboard.type(goodPassword)
    await page.keyboard.press('Enter')
    await page.getByRole('heading', { name: 'You are signed in' }).waitFor()
    await page.goto(`${origin}/consent?state=${waiting({ redirectUri: `${origin}/signed-in` })}`)
    await page.keyboard.press('Tab')
    await page.keyboard.press('Tab')
    await page.keyboard.press('Enter')
    await page.waitForURL(`${origin}/signed-in?decision=allow`)
    await page.goto(`${origin}/signed-in`)
    await page.keyboard.press('Tab')
    await page.keyboard.press('Enter')
    await page.getByRole('heading', { name: 'You are signed out' }).waitFor()
    await visitor.close()
  })
})
