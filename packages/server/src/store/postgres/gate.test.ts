import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setImmediate as turn } from 'node:timers/promises'
import { Gate } from './gate.ts'

interface Guest {
  readonly name: string
  readonly done: Promise<void>
  readonly leave: () => void
}

function party(): { readonly inside: Set<string>; readonly enter: (name: string, how: 'together' | 'alone') => Guest } {
  const gate = new Gate()
  const inside = new Set<string>()
  return {
    inside,
    enter: (name, how) => {
      const { promise, resolve } = Promise.withResolvers<void>()
      const visit = async (): Promise<void> => {
        inside.add(name)
        await promise
        inside.delete(name)
      }
      return { name, done: how === 'alone' ? gate.alone(visit) : gate.together(visit), leave: resolve }
    },
  }
}

test('many pass together, one goes alone, and nobody overtakes who waits', async () => {
  const { inside, enter } = party()
  const [first, second] = [enter('first', 'together'), enter('second', 'together')]
  const lone = enter('lone', 'alone')
  const late = enter('late', 'together')
  await turn()
  assert.deepEqual([...inside], ['first', 'second'])
  first.leave()
  await turn()
  assert.deepEqual([...inside], ['second'])
  second.leave()
  await turn()
  assert.deepEqual([...inside], ['lone'])
  lone.leave()
  await turn()
  assert.deepEqual([...inside], ['late'])
  late.leave()
  await Promise.all([first, second, lone, late].map(({ done }) => done))
  assert.equal(inside.size, 0)
})

test('who fails inside leaves the gate open', async () => {
  const gate = new Gate()
  await assert.rejects(
    gate.alone(() => Promise.reject(new Error('fell'))),
    /fell/,
  )
  assert.equal(await gate.alone(() => Promise.resolve('next')), 'next')
})
