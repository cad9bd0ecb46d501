import assert from 'node:assert/strict'
import { test } from 'node:test'
import { judgeLifetime, prolong, type SessionTimes } from './lifetime.ts'

const began = 1_000_000_000
const times: SessionTimes = {
  startedAtMs: began,
  idleUntilMs: began + 1_800_000,
  endsAtMs: began + 43_200_000,
  endedAtMs: undefined,
  generation: 3,
}
const busy = { idleUntilMs: began + 50_000_000 }

const cases = [
  { says: 'at its beginning', nowMs: began, over: undefined },
  { says: 'a millisecond before it idled too long', nowMs: began + 1_799_999, over: undefined },
  { says: 'when it has idled too long', nowMs: began + 1_800_000, over: 'idle' },
  { says: 'a millisecond later', nowMs: began + 1_800_001, over: 'idle' },
  { says: 'a millisecond before its longest life, though busy', ...busy, nowMs: began + 43_199_999, over: undefined },
  { says: 'at its longest life', ...busy, nowMs: began + 43_200_000, over: 'expired' },
  { says: 'a millisecond after its longest life', ...busy, nowMs: began + 43_200_001, over: 'expired' },
  { says: 'ended', endedAtMs: began + 1, nowMs: began + 2, over: 'ended' },
  { says: 'ended by a clock that is ahead', endedAtMs: began + 9, nowMs: began + 2, over: 'ended' },
  { says: 'of a user whose generation has risen', now: 4, nowMs: began, over: 'user' },
  { says: 'of a user whose generation is lower, as after a restore', now: 2, nowMs: began, over: 'user' },
  { says: 'of a user who may not sign in', now: undefined, nowMs: began, over: 'user' },
  { says: 'seen by a clock five minutes behind', nowMs: began - 300_000, over: undefined },
  { says: 'seen by a clock that was set back', nowMs: began - 300_001, over: 'clock' },
] as const

for (const row of cases) {
  test(`a session ${row.says}`, () => {
    const generation = 'now' in row ? row.now : 3
    const found = judgeLifetime({ ...times, ...row }, { nowMs: row.nowMs, generation })
    assert.deepEqual(found, row.over === undefined ? { is: 'live' } : { is: 'over', why: row.over })
  })
}

const uses = [
  { says: 'a millisecond less than a minute after the last note', idleMs: 1_800_000, afterMs: 59_999, noted: false },
  { says: 'a minute after the last note', idleMs: 1_800_000, afterMs: 60_000, noted: true },
  { says: 'a short limit, before a sixth of it', idleMs: 60_000, afterMs: 9_999, noted: false },
  { says: 'a short limit, after a sixth of it', idleMs: 60_000, afterMs: 10_000, noted: true },
] as const

for (const row of uses) {
  test(`a use is noted or not, ${row.says}`, () => {
    const nowMs = began + row.afterMs
    assert.equal(prolong({ idleUntilMs: began + row.idleMs }, row.idleMs, nowMs), row.noted ? nowMs + row.idleMs : undefined)
  })
}
