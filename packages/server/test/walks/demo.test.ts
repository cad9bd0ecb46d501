import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { missingBrowser, openBrowser } from '../browser.ts'
import { startDemo } from '../product.ts'
import { walk } from './walk.ts'

test('the walk through the demo, over http on *.localhost', { skip: missingBrowser(), timeout: 180_000 }, async () => {
  const product = await startDemo()
  after(async () => product.stop())
  const opened = await openBrowser()
  after(async () => opened.close())
  const { browser } = opened
  const [alice, bob] = ['alice', 'bob'].map((name) => product.accounts?.find(({ username }) => username === name))
  assert.ok(alice && bob && product.app !== undefined)
  await walk({ browser, app: product.app, issuer: product.issuer, dataDir: product.dataDir, alice, bob })
})
