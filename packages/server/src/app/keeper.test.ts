import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Child } from './children.ts'
import { Keeper, settledMs } from './keeper.ts'

const quiet = { warn: () => undefined, error: () => undefined }

interface Nursery {
  readonly keeper: Keeper
  /** Ends the child that runs and waits until what follows from that has happened. */
  end(afterMs: number): Promise<void>
  readonly begun: number
}

async function nursery(): Promise<Nursery> {
  let nowMs = 0
  let begun = 0
  let next = Promise.withResolvers<void>()
  let end: () => void = () => undefined
  const begin = async (): Promise<Child> => {
    const ended = Promise.withResolvers<void>()
    end = ended.resolve
    begun += 1
    next.resolve()
    next = Promise.withResolvers<void>()
    return { name: 'gateway', pid: 0, ready: {}, ended: ended.promise, stop: async () => ended.resolve() }
  }
  const keeper = new Keeper({ name: 'gateway', begin, graceMs: 0 }, { wallMs: () => nowMs, monotonicMs: () => nowMs }, quiet, 0)
  await keeper.start()
  return {
    keeper,
    end: async (afterMs) => {
      nowMs += afterMs
      const again = next.promise
      end()
      await Promise.race([again, keeper.failed.catch(() => undefined)])
      // The one that began is known to its keeper only now.
      await new Promise(setImmediate)
    },
    get begun() {
      return begun
    },
  }
}

test('a gateway that ends at once is started again five times, and then given up', async () => {
  const home = await nursery()
  for (let times = 0; times < 6; times += 1) await home.end(settledMs - 1)
  await assert.rejects(home.keeper.failed, { name: 'StartMistake' })
  assert.equal(home.begun, 6)
})

test('a child is started again at once the first time that it ends, and makes wait the second time', async () => {
  let begun = 0
  let second: () => void = () => undefined
  const again = Promise.withResolvers<void>()
  const begin = async (): Promise<Child> => {
    begun += 1
    if (begun === 2) again.resolve()
    const ended = begun === 1 ? Promise.resolve() : new Promise<void>((resolve) => (second = resolve))
    return { name: 'gateway', pid: 0, ready: {}, ended, stop: async () => undefined }
  }
  const days = 86_400_000
  const keeper = new Keeper({ name: 'gateway', begin, graceMs: 0 }, { wallMs: () => 0, monotonicMs: () => 0 }, quiet, days)
  await keeper.start()
  await again.promise
  await new Promise(setImmediate)
  second()
  await new Promise((resolve) => setTimeout(resolve, 50))
  assert.equal(begun, 2)
  await keeper.stop()
})

test('a gateway that settled in between is always started again (six crashes in a year ended the server)', async () => {
  const home = await nursery()
  for (let times = 0; times < 20; times += 1) await home.end(settledMs)
  assert.equal(home.begun, 21)
})

test('while none runs a signal goes nowhere, least of all to the number of the one that ended', async () => {
  const home = await nursery()
  await home.keeper.stop()
  await new Promise(setImmediate)
  // Number 0 is our whole process group.
  home.keeper.signal('SIGTERM')
  assert.equal(home.begun, 1)
})

test('a child that was still starting when everything was to end is ended too', async () => {
  const ready = Promise.withResolvers<void>()
  let stopped = 0
  const begin = async (): Promise<Child> => {
    await ready.promise
    return { name: 'gateway', pid: 0, ready: {}, ended: new Promise(() => undefined), stop: async () => void (stopped += 1) }
  }
  const keeper = new Keeper({ name: 'gateway', begin, graceMs: 0 }, { wallMs: () => 0, monotonicMs: () => 0 }, quiet, 0)
  const started = keeper.start()
  await keeper.stop()
  ready.resolve()
  await started
  assert.equal(stopped, 1)
})

test('one that cannot be started again is tried five times, and then given up with the reason', async () => {
  const ended = Promise.withResolvers<void>()
  let begun = 0
  const begin = async (): Promise<Child> => {
    begun += 1
    if (begun > 1) throw new Error(`no ${begun}`)
    return Promise.resolve({ name: 'worker 1', pid: 0, ready: {}, ended: ended.promise, stop: async () => undefined })
  }
  const keeper = new Keeper({ name: 'worker 1', begin, graceMs: 0 }, { wallMs: () => 0, monotonicMs: () => 0 }, quiet, 0)
  await keeper.start()
  ended.resolve()
  await assert.rejects(
    keeper.failed,
    (error: Error) => error.message.startsWith('The worker 1 ') && (error.cause as Error).message === 'no 6',
  )
})
