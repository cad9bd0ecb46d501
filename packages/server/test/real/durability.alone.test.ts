import assert from 'node:assert/strict'
import { test } from 'node:test'
import { torture } from './torture.ts'

test('thirty kills at random moments lose nothing that was acknowledged and never make two successors', { timeout: 280_000 }, async () => {
  const found = await torture(30)
  assert.equal(found.kills, 30)
  assert.ok(found.signIns >= 10, `only ${found.signIns} sign-ins were under way`)
  assert.ok(found.refreshes >= 30, `only ${found.refreshes} refreshes were under way`)
})
