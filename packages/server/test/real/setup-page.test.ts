/**
 * The page of the first administrator in a real browser: the token goes from the
 * fragment into the form, under the server's own policy, on a phone and on a
 * desktop, light and dark, judged by axe. Set COUNTERSIGN_SCREENSHOTS to a folder
 * to look at it.
 *
 * @module
 */

import assert from 'node:assert/strict'
import { createServer, type Server } from 'node:http'
import { after, before, describe, test } from 'node:test'
import type { BrowserContext, Page } from 'playwright-core'
import { createHouseSetup } from '../../src/app/house-setup.ts'
import { missingBrowser, openBrowser, type OpenBrowser } from '../browser.ts'
import { openTestHouse } from '../house.ts'
import { checkPage } from '../page-faults.ts'
import { goodPassword } from '../people.ts'
import { freePort } from '../product.ts'

const port = await freePort()
const house = await openTestHouse({ settings: { issuer: `http://localhost:${port}`, listen: { host: '127.0.0.1', port } } })

const shapes = [
  { name: 'phone', viewport: { width: 360, height: 740 }, isMobile: true },
  { name: 'desktop', viewport: { width: 1_280, height: 800 }, isMobile: false },
] as const
const schemes = ['light', 'dark'] as const

describe('the page of the first administrator', { skip: missingBrowser() }, () => {
  let opened: OpenBrowser
  let listener: Server

  before(async () => {
    listener = createServer((request, response) => house.house.server.handle(request, response))
    await new Promise<void>((resolve) => listener.listen(port, '127.0.0.1', resolve))
    opened = await openBrowser()
  })

  after(async () => {
    await opened.close()
    listener.closeAllConnections()
    await new Promise((resolve) => listener.close(resolve))
  })

  const newLink = async (): Promise<string> => {
    const { ground, identity, operation } = house.house
    return `${house.issuer}/setup#${await createHouseSetup(ground.store, identity).issueLink(operation('test'))}`
  }
  const fill = async (page: Page, username: string, password: string): Promise<void> => {
    await page.getByLabel('User name').fill(username)
    await page.getByLabel('Your name').fill('Ada Lovelace')
    await page.getByLabel('Password').fill(password)
    await page.getByRole('button', { name: 'Become the administrator' }).click()
  }
  const submitted = async (page: Page): Promise<void> => {
    await page.goto(await newLink())
    // Long enough for the browser, and made of the name, so that the server refuses it.
    await fill(page, 'adalovelace', 'adalovelaceadalovelace')
    await page.getByRole('alert').waitFor()
  }

  /** In this order: the last one makes the administrator. */
  const walks: readonly { readonly name: string; readonly go: (page: Page) => Promise<unknown> }[] = [
    { name: 'setup', go: async (page) => page.goto(await newLink()) },
    { name: 'setup-without-link', go: async (page) => page.goto(`${house.issuer}/setup`) },
    { name: 'setup-refused', go: submitted },
    {
      name: 'setup-spent',
      go: async (page) => {
        await page.goto(await newLink())
        await newLink()
        await fill(page, 'ada', goodPassword)
        await page.getByRole('alert').waitFor()
      },
    },
  ]

  for (const shape of shapes) {
    for (const scheme of schemes) {
      test(`fits and is readable on a ${shape.name}, ${scheme}`, async () => {
        const { name, ...size } = shape
        const context = await opened.browser.newContext({ ...size, colorScheme: scheme })
        for (const walk of walks) await look(context, `${walk.name}-${name}-${scheme}`, walk.go)
        await context.close()
      })
    }
  }

  test('takes the token out of the address and out of sight, and the form to the end', async () => {
    const context = await opened.browser.newContext({ viewport: { width: 360, height: 740 } })
    const page = await context.newPage()
    const asked: string[] = []
    page.on('request', (request) => asked.push(`${request.url()} ${request.postData() ?? ''} ${request.headers()['referer'] ?? ''}`))
    const link = await newLink()
    const [, token = ''] = link.split('#')
    await page.goto(link)
    assert.equal(page.url(), `${house.issuer}/setup`)
    assert.equal(await page.getByLabel('Token').count(), 0)
    assert.equal(await page.locator('input[name="token"]').inputValue(), token)
    assert.equal(await page.evaluate('document.activeElement.name'), 'username')
    assert.ok(!asked.some((text) => text.includes(token)), 'no request has carried it yet')
    await fill(page, 'ada', goodPassword)
    await page.getByRole('heading', { name: 'Welcome' }).waitFor()
    assert.deepEqual(
      asked.filter((text) => text.includes(token)).map((text) => text.split(' ')[0]),
      [`${house.issuer}/setup`],
    )
    await checkPage(page, 'setup-done-phone-light')
    await page.getByRole('link', { name: 'Sign in' }).click()
    await page.getByRole('heading', { name: 'Sign in' }).waitFor()
    await context.close()
  })

  test('works without script: the token is pasted', async () => {
    const context = await opened.browser.newContext({ javaScriptEnabled: false })
    const page = await context.newPage()
    await page.goto(`${house.issuer}/setup#b1.x`)
    await page.getByLabel('Token').fill(`b1.${'A'.repeat(43)}`)
    await fill(page, 'mallory', goodPassword)
    await page.getByText('This link does not work').waitFor()
    await context.close()
  })

  async function look(context: BrowserContext, name: string, go: (page: Page) => Promise<unknown>): Promise<void> {
    const page = await context.newPage()
    const troubles: string[] = []
    page.on('console', (message) => void (message.type() === 'error' && !message.text().includes('400') && troubles.push(message.text())))
    page.on('pageerror', (error) => troubles.push(error.message))
    await go(page)
    await checkPage(page, name)
    assert.deepEqual(troubles, [], name)
    await page.close()
  }
})
