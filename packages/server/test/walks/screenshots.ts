/**
 * Takes the pictures of the guides: `npm run screenshots`. The demo on its usual
 * ports, a phone, light and dark, made small by Debian's `pngquant`. They show what
 * was there when somebody last ran this; nothing depends on them.
 *
 * @module
 */

import { execFileSync } from 'node:child_process'
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Browser, Page } from 'playwright-core'
import { openBrowser } from '../browser.ts'
import { startDemo } from '../product.ts'
import type { Person } from '../visitor.ts'

const folder = fileURLToPath(new URL('../../../../docs/guides/screenshots', import.meta.url))

const viewport = { width: 420, height: 640 }

interface Scene {
  readonly browser: Browser
  readonly app: string
  readonly alice: Person
  readonly bob: Person
}

async function shoot({ browser, app, alice, bob }: Scene, colorScheme: 'light' | 'dark'): Promise<void> {
  const visit = async (): Promise<Page> => (await browser.newContext({ viewport, colorScheme, deviceScaleFactor: 2 })).newPage()
  const picture = async (page: Page, name: string): Promise<void> => {
    const path = join(folder, `${name}-${colorScheme}.png`)
    await page.screenshot({ path })
    execFileSync('pngquant', ['--force', '--strip', '--nofs', '--output', path, '64', path])
  }
  const signIn = async (page: Page, { username, password }: Person): Promise<void> => {
    await page.fill('[name=username]', username)
    await page.fill('[name=password]', password)
    await page.press('[name=password]', 'Enter')
    await page.waitForURL((url) => url.origin === app || url.pathname === '/consent')
    if (new URL(page.url()).pathname !== '/consent') return
    await picture(page, 'consent')
    await page.click('button[value=allow]')
    await page.waitForURL((url) => url.origin === app)
  }
  const write = async (page: Page, text: string): Promise<void> => {
    await page.fill('[name=text]', text)
    await page.locator('form.write button').click()
  }

  const hers = await visit()
  await hers.goto(app)
  await picture(hers, 'sign-in')
  await signIn(hers, alice)
  for (const text of ['Ask Priya for the key of the archive.', 'Release on Thursday. Alice writes the notes, Bob reads them twice.']) {
    await write(hers, text)
    await hers.getByText(text).first().waitFor()
  }
  await hers.getByText('Live').waitFor()
  await picture(hers, 'notes')

  const his = await visit()
  await his.goto(app)
  await signIn(his, bob)
  await write(his, 'I was never here.')
  await his.getByText('Nothing allows viewers to write notes').waitFor()
  await picture(his, 'refused')
}

mkdirSync(folder, { recursive: true })
for (const colorScheme of ['light', 'dark'] as const) {
  const product = await startDemo({ port: 9000, gatewayPort: 9001 })
  const opened = await openBrowser()
  const [alice, bob] = product.accounts ?? []
  if (alice === undefined || bob === undefined || product.app === undefined) throw new Error('the demo has no accounts')
  await shoot({ browser: opened.browser, app: product.app, alice, bob }, colorScheme)
  await opened.close()
  await product.stop()
}
