import assert from 'node:assert/strict'
import { randomInt } from 'node:crypto'
import { test } from 'node:test'
import { compareFor, sayMismatch } from './run.ts'

const seconds = 60

test('random policies, entities and requests are answered as Cedar’s own build answers them', { timeout: 180_000 }, () => {
  const seed = randomInt(2 ** 31)
  const { worlds, mismatch } = compareFor(seconds * 1_000, seed)
  console.log(`${worlds} worlds from seed ${seed}`)
  assert.equal(mismatch === undefined ? undefined : sayMismatch(mismatch), undefined)
  assert.ok(worlds > 100, `${worlds} worlds`)
})
