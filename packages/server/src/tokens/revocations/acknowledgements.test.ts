import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Acknowledgements, type RevocationListener } from './acknowledgements.ts'

/** A listener that acknowledges when it is told to. */
function listener(): RevocationListener & {
  readonly acknowledge: (at: number) => Promise<void>
  readonly leave: (at: number) => Promise<void>
} {
  const deliveries: PromiseWithResolvers<void>[] = []
  const settle = async (at: number, how: 'resolve' | 'reject'): Promise<void> => {
    deliveries[at]?.[how](new Error('gone') as never)
    await turns()
  }
  return {
    deliver: async () => {
      const delivery = Promise.withResolvers<void>()
      deliveries.push(delivery)
      return delivery.promise
    },
    acknowledge: async (at) => settle(at, 'resolve'),
    leave: async (at) => settle(at, 'reject'),
  }
}

async function turns(): Promise<void> {
  for (let turn = 0; turn < 5; turn += 1) await Promise.resolve()
}

async function isSettled(promise: Promise<void>): Promise<boolean> {
  let settled = false
  void promise.then(() => {
    settled = true
  })
  await turns()
  return settled
}

const batch = (sequence: number) => ({ sequence, entries: [], reset: false })

test('with nobody there is nobody to wait for', async () => {
  assert.equal(await isSettled(new Acknowledgements().all(7)), true)
})

test('everybody must have heard the number', async () => {
  const all = new Acknowledgements()
  const [one, other] = [listener(), listener()]
  all.subscribe(one, 0)
  all.subscribe(other, 0)
  all.deliver(batch(1))
  const waiting = all.all(1)
  assert.equal(await isSettled(waiting), false)
  await one.acknowledge(0)
  assert.equal(await isSettled(waiting), false)
  await other.acknowledge(0)
  assert.equal(await isSettled(waiting), true)
  assert.equal(await isSettled(all.all(2)), false)
})

test('who subscribes knowing a number need not acknowledge it', async () => {
  const all = new Acknowledgements()
  all.subscribe(listener(), 4)
  assert.equal(await isSettled(all.all(4)), true)
  assert.equal(await isSettled(all.all(5)), false)
})

test('who has not put an earlier number into effect has not heard a later one', async () => {
  const all = new Acknowledgements()
  const slow = listener()
  all.subscribe(slow, 0)
  all.deliver(batch(1))
  all.deliver(batch(2))
  const [first, second] = [all.all(1), all.all(2)]
  await slow.acknowledge(1)
  assert.deepEqual([await isSettled(first), await isSettled(second)], [false, false])
  await slow.acknowledge(0)
  assert.deepEqual([await isSettled(first), await isSettled(second)], [true, true])
})

test('after a batch out of turn the next ones are heard as they come', async () => {
  const all = new Acknowledgements()
  const one = listener()
  all.subscribe(one, 0)
  for (const number of [1, 2, 3]) all.deliver(batch(number))
  await one.acknowledge(1)
  await one.acknowledge(0)
  assert.deepEqual([await isSettled(all.all(2)), await isSettled(all.all(3))], [true, false])
  await one.acknowledge(2)
  assert.equal(await isSettled(all.all(3)), true)
})

test('what was heard of other numbers counts for nothing when they begin anew', async () => {
  const all = new Acknowledgements()
  const one = listener()
  all.subscribe(one, 7)
  all.deliver({ sequence: 0, entries: [], reset: true })
  all.deliver(batch(2))
  await one.acknowledge(1)
  assert.equal(await isSettled(all.all(2)), false)
  await one.acknowledge(0)
  assert.deepEqual([await isSettled(all.all(2)), await isSettled(all.all(7))], [true, false])
})

test('who left is not waited for, and does not come back by acknowledging late', async () => {
  const all = new Acknowledgements()
  const [gone, broken] = [listener(), listener()]
  const leave = all.subscribe(gone, 0)
  all.subscribe(broken, 0)
  all.deliver(batch(1))
  const waiting = all.all(1)
  leave()
  assert.equal(await isSettled(waiting), false)
  await broken.leave(0)
  assert.equal(await isSettled(waiting), true)
  await gone.acknowledge(0)
  assert.equal(await isSettled(all.all(2)), true)
})
