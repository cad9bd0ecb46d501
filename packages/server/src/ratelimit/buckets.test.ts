import assert from 'node:assert/strict'
import { test } from 'node:test'
import * as fc from 'fast-check'
import type { Clock } from '#kernel'
import { memoryBuckets, type BucketAsk } from './buckets.ts'

function handClock(): Clock & { nowMs: number } {
  const clock = { nowMs: 1_000_000, wallMs: () => 0, monotonicMs: () => clock.nowMs }
  return clock
}

const ask = (key: string, changes: Partial<BucketAsk> = {}): BucketAsk => ({
  name: 'test',
  key,
  rate: { burst: 3, perSecond: 2 },
  ...changes,
})

test('a full bucket holds its burst and no more', () => {
  const buckets = memoryBuckets(handClock())
  const seen = Array.from({ length: 4 }, () => buckets.take(ask('a')))
  assert.deepEqual(
    seen.map(({ allowed, remaining, resetSeconds, retryAfterSeconds }) => [allowed, remaining, resetSeconds, retryAfterSeconds]),
    [
      [true, 2, 1, 0],
      [true, 1, 1, 0],
      [true, 0, 2, 0],
      [false, 0, 2, 1],
    ],
  )
})

test('a token comes back when its time has come, and not a moment earlier', () => {
  const clock = handClock()
  const buckets = memoryBuckets(clock)
  for (let spent = 0; spent < 3; spent++) buckets.take(ask('a'))
  clock.nowMs += 499
  assert.equal(buckets.take(ask('a')).allowed, false)
  clock.nowMs += 1
  assert.equal(buckets.take(ask('a')).allowed, true)
  assert.equal(buckets.take(ask('a')).allowed, false)
})

test('a refused request spends nothing', () => {
  const clock = handClock()
  const buckets = memoryBuckets(clock)
  for (let spent = 0; spent < 100; spent++) buckets.take(ask('a'))
  clock.nowMs += 500
  assert.equal(buckets.take(ask('a')).allowed, true)
})

test('looking spends nothing, and giving back gives back', () => {
  const buckets = memoryBuckets(handClock())
  for (let looked = 0; looked < 10; looked++) assert.equal(buckets.look(ask('a')).remaining, 3)
  for (let spent = 0; spent < 3; spent++) buckets.take(ask('a'))
  assert.equal(buckets.look(ask('a')).allowed, false)
  buckets.giveBack(ask('a'))
  assert.equal(buckets.look(ask('a')).remaining, 1)
})

test('giving back more than was spent overfills nothing', () => {
  const buckets = memoryBuckets(handClock())
  buckets.take(ask('a'))
  for (let given = 0; given < 10; given++) buckets.giveBack(ask('a'))
  const passed = Array.from({ length: 10 }, () => buckets.take(ask('a'))).filter(({ allowed }) => allowed)
  assert.equal(passed.length, 3)
})

test('keys and pools do not know each other', () => {
  const buckets = memoryBuckets(handClock())
  for (let spent = 0; spent < 4; spent++) buckets.take(ask('a'))
  assert.equal(buckets.look(ask('b')).remaining, 3)
  assert.equal(buckets.look(ask('a', { name: 'other' })).remaining, 3)
})

test('a flood of keys resets nobody’s bucket', () => {
  const clock = handClock()
  const buckets = memoryBuckets(clock, 100)
  for (let spent = 0; spent < 3; spent++) buckets.take(ask('victim'))
  for (let stranger = 0; stranger < 5_000; stranger++) buckets.take(ask(`stranger ${stranger}`))
  assert.equal(buckets.take(ask('victim')).allowed, false)
})

test('when there is no room, new keys share buckets and are limited together', () => {
  const buckets = memoryBuckets(handClock(), 100)
  for (let stranger = 0; stranger < 100; stranger++) buckets.take(ask(`stranger ${stranger}`))
  const late = Array.from({ length: 20_000 }, (_, at) => buckets.take(ask(`late ${at}`))).filter(({ allowed }) => allowed)
  assert.ok(late.length <= 3 * 1_024, `${late.length} passed`)
})

test('buckets that are full again make room', () => {
  const clock = handClock()
  const buckets = memoryBuckets(clock, 100)
  for (let stranger = 0; stranger < 100; stranger++) buckets.take(ask(`stranger ${stranger}`))
  clock.nowMs += 10_000
  for (let stranger = 0; stranger < 100; stranger++) {
    for (let spent = 0; spent < 3; spent++) assert.equal(buckets.take(ask(`new ${stranger}`)).allowed, true)
    assert.equal(buckets.take(ask(`new ${stranger}`)).allowed, false)
  }
})

test('no more passes in any time than the burst and what refilled', () => {
  const steps = fc.array(fc.integer({ min: 0, max: 3_000 }), { maxLength: 200 })
  const rates = fc.record({ burst: fc.integer({ min: 1, max: 50 }), perSecond: fc.double({ min: 0.01, max: 1000, noNaN: true }) })
  fc.assert(
    fc.property(steps, rates, (waits, rate) => {
      const clock = handClock()
      const buckets = memoryBuckets(clock)
      let passed = 0
      for (const wait of waits) {
        clock.nowMs += wait
        if (buckets.take(ask('a', { rate })).allowed) passed++
      }
      const elapsed = (clock.nowMs - 1_000_000) / 1000
      assert.ok(passed <= rate.burst + elapsed * rate.perSecond + 1e-3, `${passed} passed`)
    }),
  )
})
