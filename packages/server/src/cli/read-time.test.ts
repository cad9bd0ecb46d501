import assert from 'node:assert/strict'
import { test } from 'node:test'
import { readTime } from './read-time.ts'

const nowMs = Date.UTC(2026, 10, 26, 14)

for (const [text, atMs] of [
  ['30s', nowMs - 30_000],
  ['2h', nowMs - 7_200_000],
  ['7d', nowMs - 7 * 86_400_000],
  ['999999d', 0],
  ['2026-11-26', Date.UTC(2026, 10, 26)],
  ['2026-11-26T14:00Z', nowMs],
  ['2026-11-26T15:00:00.5+01:00', nowMs + 500],
] as const) {
  test(`${text} is a moment`, () => assert.equal(readTime(text, 'since', nowMs), atMs))
}

for (const text of [
  '',
  'yesterday',
  '2',
  'h',
  '-2h',
  '2 h',
  '2w',
  '2026-11-26T14:00',
  '2026-13-01',
  '2026-02-30T99:00Z',
  '1'.repeat(400),
]) {
  test(`${JSON.stringify(text.slice(0, 20))} is none`, () => assert.throws(() => readTime(text, 'since', nowMs), { name: 'UsageMistake' }))
}
