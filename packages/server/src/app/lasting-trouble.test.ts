import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createLastingTrouble } from './lasting-trouble.ts'

test('an outage of an hour, met twice a second, is told once, then once a minute, then as ended', () => {
  let nowMs = 0
  const said: string[] = []
  const keep = (says: string): void => void said.push(says)
  const log = { info: keep, warn: (says: string, facts?: object) => keep(`${says} ${JSON.stringify(facts)}`), error: keep }
  const trouble = createLastingTrouble(log, { monotonicMs: () => nowMs })
  trouble.worked('the tree')
  assert.deepEqual(said, [], 'what never failed has not ended')
  for (; nowMs < 3_600_000; nowMs += 500) trouble.failed('the tree', new Error('full'))
  trouble.failed('another', new Error('full'))
  assert.equal(said[0], 'the tree; it is tried again')
  assert.deepEqual([...new Set(said.slice(1, -1))], ['the tree, still'])
  assert.equal(said.length, 1 + 59 + 1)
  assert.equal(said.at(-1), 'another; it is tried again', 'each trouble is told by itself')
  trouble.worked('the tree')
  trouble.worked('the tree')
  assert.equal(said.at(-1), 'the tree: that has ended {"failures":7200,"seconds":3600}')
  assert.equal(said.length, 62)
  trouble.failed('the tree', new Error('full'))
  assert.equal(said.at(-1), 'the tree; it is tried again', 'the next outage is a new one')
})
