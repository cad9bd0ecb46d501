/**
 * What is wrong with a page in a browser: by axe, by its width, by the size of
 * what is to be touched.
 *
 * @module
 */

import assert from 'node:assert/strict'
import { readFileSync, mkdirSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import type { Page } from 'playwright-core'

const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')
const screenshots = process.env['COUNTERSIGN_SCREENSHOTS']

const smallTargets = `[...document.querySelectorAll('a, button, input:not([type=hidden])')]
  .filter((element) => element.getBoundingClientRect().height < 48)
  .map((element) => element.outerHTML)`

/** Holds a page to what every page of ours must be. `name` is the picture's, in the folder that COUNTERSIGN_SCREENSHOTS names. */
export async function checkPage(page: Page, name: string): Promise<void> {
  if (screenshots !== undefined) {
    mkdirSync(screenshots, { recursive: true })
    await page.screenshot({ path: join(screenshots, `${name}.png`), fullPage: true })
  }
  assert.deepEqual(await axeFaults(page), [], name)
  assert.ok(await page.evaluate('document.documentElement.scrollWidth <= innerWidth'), `${name} is wider than the screen`)
  assert.deepEqual(await page.evaluate(smallTargets), [], `${name} has targets under 48 pixels`)
}

/** WCAG 2.2 A and AA, and what axe calls best practice. */
async function axeFaults(page: Page): Promise<readonly string[]> {
  // The policy of our pages allows no script, so axe runs in a world of its own.
  const session = await page.context().newCDPSession(page)
  const { frameTree } = await session.send('Page.getFrameTree')
  const { executionContextId: contextId } = await session.send('Page.createIsolatedWorld', {
    frameId: frameTree.frame.id,
    worldName: 'axe',
  })
  await session.send('Runtime.evaluate', { contextId, expression: axe })
  const expression = `axe.run().then(({ violations }) => violations.map(({ id, nodes }) => id + ': ' + nodes.map(({ html }) => html).join(' ')))`
  const { result } = await session.send('Runtime.evaluate', { contextId, expression, awaitPromise: true, returnByValue: true })
  await session.detach()
  return result.value as readonly string[]
}
