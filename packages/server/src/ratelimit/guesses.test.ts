import assert from 'node:assert/strict'
import { test } from 'node:test'
import { newId, systemOperation, type Clock, type Operation } from '#kernel'
import { memoryBuckets } from './buckets.ts'
import { guessRates } from './classes.ts'
import { createGuesses, requireAttempt, type Guess, type Guesses } from './guesses.ts'

const op: Operation = systemOperation('test', newId('ten'), () => undefined)

function start(): { guesses: Guesses; clock: { nowMs: number } } {
  const clock: Clock & { nowMs: number } = { nowMs: 0, wallMs: () => 0, monotonicMs: () => clock.nowMs }
  return { guesses: createGuesses(memoryBuckets(clock)), clock }
}

async function fail(guesses: Guesses, guess: Guess, times: number): Promise<number> {
  let passed = 0
  for (let attempt = 0; attempt < times; attempt++) if ((await guesses.spend(op, guess)).allowed) passed++
  return passed
}

test('one account is guessed at from one network ten times, then every five minutes', async () => {
  const { guesses, clock } = start()
  const guess = { account: 'alice', address: '203.0.113.1' }
  assert.equal(await fail(guesses, guess, 20), 10)
  clock.nowMs += 299_999
  assert.equal(await fail(guesses, guess, 5), 0)
  clock.nowMs += 1
  assert.equal(await fail(guesses, guess, 5), 1)
})

test('one account is guessed at from everywhere fifty times', async () => {
  const { guesses } = start()
  let passed = 0
  for (let host = 0; host < 100; host++) passed += await fail(guesses, { account: 'alice', address: `203.0.113.${host}` }, 3)
  assert.equal(passed, guessRates.account.burst)
})

test('many accounts are guessed at from one network a hundred times', async () => {
  const { guesses } = start()
  let passed = 0
  for (let account = 0; account < 300; account++) passed += await fail(guesses, { account: `user ${account}`, address: '203.0.113.1' }, 1)
  assert.equal(passed, guessRates.network.burst)
})

test('all addresses of one customer’s IPv6 network count together', async () => {
  const { guesses } = start()
  let passed = 0
  for (let host = 1; host < 30; host++)
    passed += await fail(guesses, { account: 'alice', address: `2001:db8:1:2::${host.toString(16)}` }, 1)
  assert.equal(passed, 10)
})

test('an owner is not locked out of a browser that they used before', async () => {
  const { guesses } = start()
  for (let host = 0; host < 100; host++) await fail(guesses, { account: 'alice', address: `203.0.113.${host}` }, 10)
  assert.equal((await guesses.spend(op, { account: 'alice', address: '203.0.113.1' })).allowed, false)
  assert.equal(await fail(guesses, { account: 'alice', address: '203.0.113.1', knownBrowser: 'b' }, 20), 10)
})

test('a right attempt costs nothing', async () => {
  const { guesses } = start()
  const guess = { account: 'alice', address: '203.0.113.1' }
  for (let signIn = 0; signIn < 1_000; signIn++) {
    requireAttempt(await guesses.spend(op, guess))
    await guesses.giveBack(op, guess)
  }
  assert.equal((await guesses.look(op, guess)).remaining, 10)
})

test('a thousand guesses sent at once are ten', async () => {
  const { guesses } = start()
  const guess = { account: 'alice', address: '203.0.113.1' }
  const decisions = await Promise.all(Array.from({ length: 1_000 }, () => guesses.spend(op, guess)))
  assert.equal(decisions.filter(({ allowed }) => allowed).length, 10)
})

test('an attempt that one bucket refuses spends nothing of the others', async () => {
  const { guesses } = start()
  await fail(guesses, { account: 'alice', address: '203.0.113.1' }, 1_000)
  const neighbour = await guesses.look(op, { account: 'bob', address: '203.0.113.1' })
  assert.equal(neighbour.allowed, true)
  assert.equal(await fail(guesses, { account: 'alice', address: '203.0.113.2' }, 1), 1)
})

test('tenants do not share buckets', async () => {
  const { guesses } = start()
  const guess = { account: 'alice', address: '203.0.113.1' }
  await fail(guesses, guess, 20)
  const elsewhere = systemOperation('test', newId('ten'), () => undefined)
  assert.equal((await guesses.spend(elsewhere, guess)).allowed, true)
})

test('too many attempts are refused with the decision as the cause, for Retry-After', async () => {
  const { guesses } = start()
  const guess = { account: 'alice', address: '203.0.113.1' }
  await fail(guesses, guess, 10)
  const decision = await guesses.look(op, guess)
  assert.throws(() => requireAttempt(decision), { name: 'Refusal', code: 'limit.too_many_attempts', cause: decision })
  assert.equal(decision.retryAfterSeconds, 300)
})

test('a setting that would be a ban is refused', () => {
  for (const rate of [
    { burst: 0, perSecond: 1 },
    { burst: 1, perSecond: 0 },
    { burst: 1.5, perSecond: 1 },
    { burst: 1, perSecond: Number.NaN },
  ]) {
    assert.throws(() => createGuesses(memoryBuckets({ wallMs: () => 0, monotonicMs: () => 0 }), { account: rate }), /The limit account/)
  }
})
