import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createTroubleLog } from './trouble-log.ts'

test('ten lines a second are logged, the rest is counted, and the next second begins anew', () => {
  let nowMs = 0
  const said: string[] = []
  const keep = (says: string): void => void said.push(says)
  const log = createTroubleLog(
    { info: keep, warn: (says, facts) => keep(`${says} ${facts?.['omitted'] ?? ''}`.trim()), error: keep },
    { wallMs: () => 0, monotonicMs: () => nowMs },
  )
  const report = { requestId: 'req', route: 'POST /sign-in', causes: ['Unavailable'], stack: undefined }
  for (let sent = 0; sent < 12; sent += 1) log.outage(report)
  assert.equal(said.length, 10)
  nowMs = 1000
  log.outage(report)
  assert.deepEqual(said.slice(10), ['more requests went wrong than were logged 2', 'a request met an outage'])
})
