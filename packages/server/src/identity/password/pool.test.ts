import assert from 'node:assert/strict'
import { test } from 'node:test'
import { PasswordPool, type Waiting } from './pool.ts'

const never = new AbortController().signal

/** Work that ends when the test says so, and the order in which it began. */
function bench(pool: PasswordPool) {
  const began: string[] = []
  const finish = new Map<string, () => void>()
  const ask = (name: string, who: Waiting, signal = never): Promise<string> =>
    pool.run(who, signal, async () => {
      began.push(name)
      await new Promise<void>((resolve) => finish.set(name, resolve))
      return name
    })
  return { began, ask, end: (name: string) => finish.get(name)?.() }
}

const shed = { name: 'Unavailable', what: 'password pool', retryAfterSeconds: 2 }
const settled = () => new Promise<void>((resolve) => setImmediate(resolve))

test('only so many hashes run at once, and the rest wait in order', async () => {
  const { began, ask, end } = bench(new PasswordPool({ atOnce: 2, places: 2, placesForKnown: 0 }))
  const all = ['a', 'b', 'c', 'd'].map((name) => ask(name, 'stranger'))
  await settled()
  assert.deepEqual(began, ['a', 'b'])
  end('b')
  await settled()
  assert.deepEqual(began, ['a', 'b', 'c'])
  for (const name of ['a', 'c']) end(name)
  await settled()
  end('d')
  assert.deepEqual(await Promise.all(all), ['a', 'b', 'c', 'd'])
})

test('a stranger who finds no place is sent away with a time to come back', async () => {
  const { ask, end } = bench(new PasswordPool({ atOnce: 1, places: 1, placesForKnown: 1 }))
  const running = ask('running', 'stranger')
  const waiting = ask('waiting', 'stranger')
  await settled()
  await assert.rejects(ask('late', 'stranger'), shed)
  for (const name of ['running', 'waiting']) {
    end(name)
    await settled()
  }
  await Promise.all([running, waiting])
})

test('a known browser has places of its own, and goes first', async () => {
  const { began, ask, end } = bench(new PasswordPool({ atOnce: 1, places: 1, placesForKnown: 1 }))
  const all = [ask('running', 'stranger'), ask('stranger', 'stranger'), ask('known', 'known')]
  await settled()
  await assert.rejects(ask('one known too many', 'known'), shed)
  for (const name of ['running', 'known', 'stranger']) {
    end(name)
    await settled()
  }
  await Promise.all(all)
  assert.deepEqual(began, ['running', 'known', 'stranger'])
})

test('known browsers take no place from strangers', async () => {
  const { ask, end } = bench(new PasswordPool({ atOnce: 1, places: 1, placesForKnown: 1 }))
  const all = [ask('running', 'known'), ask('first', 'known'), ask('stranger', 'stranger')]
  await settled()
  for (const name of ['running', 'first', 'stranger']) {
    end(name)
    await settled()
  }
  assert.deepEqual(await Promise.all(all), ['running', 'first', 'stranger'])
})

test('who goes away while waiting gives the place up', async () => {
  const gone = new AbortController()
  const { began, ask, end } = bench(new PasswordPool({ atOnce: 1, places: 1, placesForKnown: 0 }))
  const running = ask('running', 'stranger')
  const waiting = assert.rejects(ask('gone', 'stranger', gone.signal), shed)
  await settled()
  gone.abort()
  await assert.rejects(ask('gone before', 'stranger', gone.signal), shed)
  const next = ask('next', 'stranger')
  await waiting
  end('running')
  await settled()
  end('next')
  await Promise.all([running, next])
  assert.deepEqual(began, ['running', 'next'])
})

test('a hash that fails frees its place', async () => {
  const pool = new PasswordPool({ atOnce: 1, places: 0, placesForKnown: 0 })
  await assert.rejects(
    pool.run('stranger', never, () => Promise.reject(new Error('no memory'))),
    /no memory/,
  )
  assert.equal(await pool.run('stranger', never, async () => 'free again'), 'free again')
})

test('it tells how busy it is, and how many found no place', async () => {
  const pool = new PasswordPool({ atOnce: 1, places: 1, placesForKnown: 1 })
  assert.deepEqual(pool.load(), { running: 0, waiting: 0, shed: 0 })
  const { ask, end } = bench(pool)
  const all = [ask('running', 'stranger'), ask('stranger', 'stranger'), ask('known', 'known')]
  await settled()
  await assert.rejects(ask('late', 'stranger'), shed)
  await assert.rejects(ask('later', 'known'), shed)
  assert.deepEqual(pool.load(), { running: 1, waiting: 2, shed: 2 })
  for (const name of ['running', 'known', 'stranger']) {
    end(name)
    await settled()
  }
  await Promise.all(all)
  assert.deepEqual(pool.load(), { running: 0, waiting: 0, shed: 2 })
})
