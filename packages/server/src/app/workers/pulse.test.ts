import assert from 'node:assert/strict'
import { test } from 'node:test'
import { watchPulse } from './pulse.ts'

/** Asks as fast as timers go; true where a question was answered. Says how often it was asked until it was lost, or what remained was answered. */
async function askedUntilLost(answers: readonly boolean[]): Promise<{ readonly asked: number; readonly lost: number }> {
  let asked = 0
  let lost = 0
  const enough = Promise.withResolvers<void>()
  const stop = watchPulse(
    async () => {
      asked += 1
      if (asked > answers.length + 3) enough.resolve()
      if (answers[asked - 1] === false) throw new Error('no answer')
    },
    () => {
      lost += 1
      setTimeout(enough.resolve, 30)
    },
    1,
  )
  await enough.promise
  stop()
  return { asked, lost }
}

test('a worker is lost when five questions in a row had no answer, once, and is not asked again', async () => {
  assert.deepEqual(await askedUntilLost([true, ...Array<boolean>(50).fill(false)]), { asked: 6, lost: 1 })
})

test('a worker that answers now and then is not lost', async () => {
  const four = Array<boolean>(4).fill(false)
  assert.equal((await askedUntilLost([...four, true, ...four, true, ...four])).lost, 0)
})
