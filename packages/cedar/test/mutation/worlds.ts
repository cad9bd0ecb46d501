/** Random worlds for a few seconds, from a seed that is always the same. @module */

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { compareFor } from '../differential/run.ts'

test('random worlds are answered as Cedar’s own build answers', () => {
  assert.equal(compareFor(5_000, 1).mismatch, undefined)
})
