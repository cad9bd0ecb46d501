import assert from 'node:assert/strict'
import { test } from 'node:test'
import { watchPulse, type Pulse } from './pulse.ts'

test('a worker that says nothing is lost after five questions, once, and not asked again', async () => {
  let asked = 0
  let lost = 0
  const over = Promise.withResolvers<void>()
  watchPulse(
    () => (asked += 1),
    () => {
      lost += 1
      setTimeout(over.resolve, 30)
    },
    1,
  )
  await over.promise
  assert.deepEqual([asked, lost], [5, 1])
})

test('a worker that answers every fourth question, and late, is not lost', async () => {
  let asked = 0
  const over = Promise.withResolvers<'lost' | 'kept'>()
  const pulse: Pulse = watchPulse(
    () => {
      asked += 1
      if (asked % 4 === 0) queueMicrotask(() => pulse.heard())
      if (asked === 40) over.resolve('kept')
    },
    () => over.resolve('lost'),
    1,
  )
  assert.equal(await over.promise, 'kept')
  pulse.stop()
})
