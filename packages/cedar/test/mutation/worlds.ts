/** Random worlds, from seeds that are always the same. @module */

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { askOurs } from '../differential/compare.ts'
import { answeredWorlds } from './answers.ts'

test('random worlds are answered as Cedar’s own build answers', () => {
  for (const { seed, policies, entities, requests } of answeredWorlds()) {
    const ask = askOurs(policies, entities)
    for (const [request, answer] of requests) assert.equal(ask(request), answer, `seed ${seed}`)
  }
})
