/**
 * What every kind of bucket promises: in memory, and in a real Redis by real
 * time, alone and together with others.
 *
 * @module
 */

import assert from 'node:assert/strict'
import { createHash, randomBytes } from 'node:crypto'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, describe, test } from 'node:test'
import { Secret, systemClock, systemOperation, newId } from '#kernel'
import {
  createGuesses,
  memoryBuckets,
  openRedis,
  sharedBuckets,
  type BucketAsk,
  type Buckets,
  type Redis,
  type RedisOptions,
} from '#ratelimit'
import { makeAuthority } from '../http-certificates.ts'
import { temporaryFolder } from '../product.ts'
import { missingRedis, startRedis } from '../redis.ts'

/** It refills a token in a quarter of an hour: nothing comes back while a test runs. */
const still = { burst: 5, perSecond: 1 / 900 }

let names = 0
const ask = (changes: Partial<BucketAsk> = {}): BucketAsk => ({ name: 'test', key: `ten key ${(names += 1)}`, rate: still, ...changes })
const passed = async (buckets: Buckets, asked: BucketAsk, times: number): Promise<number> => {
  let count = 0
  for (let at = 0; at < times; at += 1) if ((await buckets.take(asked)).allowed) count += 1
  return count
}

function contract(open: () => Promise<Buckets>): void {
  test('a full bucket holds its burst and no more, and says how it stands', async () => {
    const buckets = await open()
    const asked = ask({ rate: { burst: 3, perSecond: 1 / 900 } })
    const seen = []
    for (let at = 0; at < 4; at += 1) seen.push(await buckets.take(asked))
    assert.deepEqual(
      seen.map(({ allowed, name, burst, remaining, windowSeconds }) => [allowed, name, burst, remaining, windowSeconds]),
      [
        [true, 'test', 3, 2, 2700],
        [true, 'test', 3, 1, 2700],
        [true, 'test', 3, 0, 2700],
        [false, 'test', 3, 0, 2700],
      ],
    )
    const { retryAfterSeconds = 0, resetSeconds = 0 } = seen.at(-1) ?? {}
    assert.ok(retryAfterSeconds > 850 && retryAfterSeconds <= 900, String(retryAfterSeconds))
    assert.ok(resetSeconds > 2650 && resetSeconds <= 2700, String(resetSeconds))
    assert.equal(seen[0]?.retryAfterSeconds, 0)
  })

  test('a refused request spends nothing, and looking never does', async () => {
    const buckets = await open()
    const asked = ask()
    assert.equal((await buckets.look(asked)).remaining, 5)
    assert.equal(await passed(buckets, asked, 50), 5)
    assert.equal((await buckets.look(asked)).allowed, false)
    await buckets.giveBack(asked)
    assert.equal((await buckets.look(asked)).remaining, 1)
    assert.equal(await passed(buckets, asked, 5), 1)
  })

  test('giving back more than was spent overfills nothing', async () => {
    const buckets = await open()
    const asked = ask()
    await buckets.take(asked)
    for (let given = 0; given < 20; given += 1) await buckets.giveBack(asked)
    assert.equal(await passed(buckets, asked, 20), 5)
  })

  test('keys and pools do not know each other', async () => {
    const buckets = await open()
    const asked = ask()
    await passed(buckets, asked, 6)
    assert.equal((await buckets.look(ask())).remaining, 5)
    assert.equal((await buckets.look({ ...asked, name: 'other' })).remaining, 5)
  })

  test('a token comes back when its time has come, and not before', async () => {
    const buckets = await open()
    const asked = ask({ rate: { burst: 2, perSecond: 4 } })
    const beganMs = systemClock.monotonicMs()
    let count = 0
    while (systemClock.monotonicMs() - beganMs < 1_100) if ((await buckets.take(asked)).allowed) count += 1
    const elapsedSeconds = (systemClock.monotonicMs() - beganMs) / 1000
    assert.ok(count <= 2 + elapsedSeconds * 4, `${count} passed in ${elapsedSeconds} s`)
    assert.ok(count >= 2 + Math.floor(1.1 * 4) - 1, `${count} passed in ${elapsedSeconds} s`)
  })

  test('a thousand at once are as many as the burst', async () => {
    const buckets = await open()
    const asked = ask({ rate: { burst: 100, perSecond: 1 / 900 } })
    const all = await Promise.all(Array.from({ length: 1_000 }, async () => buckets.take(asked)))
    assert.equal(all.filter(({ allowed }) => allowed).length, 100)
  })

  test('the fastest rate that a setting may say is not an open door', async () => {
    const buckets = await open()
    const asked = ask({ rate: { burst: 10, perSecond: 10_000_000 } })
    const [first] = [await buckets.take(asked)]
    assert.deepEqual([first?.allowed, first?.remaining], [true, 9])
    const slow = ask({ rate: { burst: 10_000_000, perSecond: 1 / 3600 } })
    assert.equal((await buckets.take(slow)).remaining, 9_999_999)
    assert.equal((await buckets.look(slow)).remaining, 9_999_999)
  })
}

describe('buckets in memory', () => contract(async () => memoryBuckets(systemClock)))

describe('buckets in Redis', { skip: missingRedis() }, async () => {
  if (missingRedis() !== false) return
  const redis = await startRedis()
  const namesKey = new Secret(new Uint8Array(randomBytes(32)))
  const lines: Redis[] = []
  after(() => lines.forEach((line) => line.close()))
  const line = async (options: Partial<RedisOptions> = {}): Promise<Redis> => {
    const opened = await openRedis({ url: redis.url, ...options })
    lines.push(opened)
    return opened
  }
  const never = { fellBack: 0 }
  /** A server of its own: its own connection, its own memory. */
  const server = async (url = redis.url): Promise<Buckets> =>
    sharedBuckets({ redis: await line({ url }), memory: memoryBuckets(systemClock), namesKey, onFallback: () => (never.fellBack += 1) })

  contract(async () => server())
  after(() => assert.equal(never.fellBack, 0, 'memory answered for Redis'))

  test('four servers count together exactly', async () => {
    const servers = await Promise.all([server(), server(), server(), server()])
    const asked = ask({ rate: { burst: 250, perSecond: 1 / 900 } })
    // Each has twenty requests at once, as a busy server does.
    const callers = servers.flatMap((buckets) => Array.from({ length: 20 }, async () => passed(buckets, asked, 25)))
    assert.equal(
      (await Promise.all(callers)).reduce((sum, got) => sum + got, 0),
      250,
    )
    await servers[0]?.giveBack(asked)
    assert.equal((await servers[3]?.take(asked))?.allowed, true)
  })

  test('names in Redis tell nothing of who they stand for, and each ends by itself', async () => {
    const buckets = await server()
    const guesses = createGuesses(buckets)
    const op = systemOperation('test', newId('ten'), () => {})
    await guesses.spend(op, { account: 'alice', address: '203.0.113.7' })
    const { createClient } = await import('@redis/client')
    const client = createClient({ url: redis.url })
    await client.connect()
    const keys = await client.keys('*')
    assert.ok(keys.length >= 3)
    const guessable = ['203.0.113.7', 'alice', createHash('sha256').update('alice').digest('base64url')]
    for (const key of keys) {
      assert.match(key, /^countersign:b1:[A-Za-z0-9_-]{24}$/)
      assert.ok((await client.pTTL(key)) > 0, 'a bucket that never ends')
      assert.match((await client.get(key)) ?? '', /^\d{16} \d+(\.\d+)?(e[+-]?\d+)?$/)
      for (const word of guessable) assert.ok(!key.includes(word))
    }
    client.destroy()
  })

  test('buckets of another database in the same Redis are others', async () => {
    const asked = ask()
    await passed(await server(), asked, 6)
    const elsewhere = sharedBuckets({ redis: await line(), memory: memoryBuckets(systemClock), namesKey: new Secret(new Uint8Array(32)) })
    assert.equal((await elsewhere.take(asked)).remaining, 4)
  })

  test('something else under its name, or a database that refuses, is no bucket: memory answers', async () => {
    const elsewhere = await startRedis(['--maxmemory', '1', '--maxmemory-policy', 'noeviction'])
    let fellBack = 0
    const buckets = sharedBuckets({
      redis: await line({ url: elsewhere.url }),
      memory: memoryBuckets(systemClock),
      namesKey,
      onFallback: () => (fellBack += 1),
    })
    const asked = ask()
    assert.equal(await passed(buckets, asked, 20), 5)
    assert.equal(fellBack, 20)
  })
})

describe('when Redis is gone', { skip: missingRedis() }, () => {
  const namesKey = new Secret(new Uint8Array(randomBytes(32)))
  interface Watched {
    readonly buckets: Buckets
    readonly redis: Redis
    readonly changes: boolean[]
    readonly fellBack: () => number
  }
  const watch = async (options: RedisOptions): Promise<Watched> => {
    const changes: boolean[] = []
    let count = 0
    const redis = await openRedis({ ...options, onChange: (isUp) => changes.push(isUp) })
    after(() => redis.close())
    const buckets = sharedBuckets({ redis, memory: memoryBuckets(systemClock), namesKey, onFallback: () => (count += 1) })
    return { buckets, redis, changes, fellBack: () => count }
  }
  const until = async (condition: () => boolean): Promise<void> => {
    while (!condition()) await new Promise((resolve) => setTimeout(resolve, 20))
  }

  test('killed: requests are limited here at their usual rate, guesses at a quarter, and what was spent stays spent', async () => {
    const server = await startRedis()
    const { buckets, redis, changes } = await watch({ url: server.url })
    const [requests, guesses] = [
      ask({ rate: { burst: 8, perSecond: 1 / 900 } }),
      ask({ name: 'guess-account', rate: { burst: 40, perSecond: 1 / 900 } }),
    ]
    assert.equal(await passed(buckets, requests, 3), 3)
    assert.equal(await passed(buckets, guesses, 4), 4)
    await server.kill('SIGKILL')
    await until(() => !redis.isUp())
    assert.equal(await passed(buckets, requests, 20), 8 - 3)
    assert.equal(await passed(buckets, guesses, 40), 10 - 4)
    await server.restart()
    await until(() => redis.isUp())
    assert.deepEqual(changes, [true, false, true])
    assert.equal((await buckets.take(requests)).remaining, 7, 'the shared bucket is asked again')
  })

  test('silent: nobody waits for it longer than a moment, and then nobody at all', async () => {
    const server = await startRedis()
    const { buckets, redis, changes, fellBack } = await watch({ url: server.url })
    const asked = ask()
    await buckets.take(asked)
    await server.kill('SIGSTOP')
    const beganMs = systemClock.monotonicMs()
    const all = await Promise.all(Array.from({ length: 100 }, async () => buckets.take(asked)))
    const waitedMs = systemClock.monotonicMs() - beganMs
    assert.equal(all.filter(({ allowed }) => allowed).length, 4)
    assert.ok(waitedMs >= 200 && waitedMs < 5_000, `${waitedMs} ms`)
    assert.equal(redis.isUp(), false)
    const later = systemClock.monotonicMs()
    for (let at = 0; at < 100; at += 1) await buckets.take(asked)
    assert.ok(systemClock.monotonicMs() - later < waitedMs, 'each waited again')
    assert.equal(fellBack(), 200)
    await server.kill('SIGCONT')
    await until(() => redis.isUp())
    assert.deepEqual(changes, [true, false, true])
  })

  test('never there: a server starts without it, and finds it when it comes', async () => {
    const server = await startRedis()
    await server.kill('SIGKILL')
    const { buckets, redis, changes } = await watch({ url: server.url })
    assert.equal(await passed(buckets, ask(), 9), 5)
    await server.restart()
    await until(() => redis.isUp())
    assert.deepEqual(changes, [false, true])
  })

  test('a restarted one has forgotten the script, and learns it again', async () => {
    const server = await startRedis()
    const { buckets, redis, fellBack } = await watch({ url: server.url })
    const { createClient } = await import('@redis/client')
    const client = createClient({ url: server.url })
    await client.connect()
    await client.sendCommand(['SCRIPT', 'FLUSH', 'SYNC'])
    client.destroy()
    assert.equal(await passed(buckets, ask(), 9), 5)
    assert.deepEqual([redis.isUp(), fellBack()], [true, 0])
  })

  test('a password is asked for and given; a wrong one is no way in', async () => {
    const server = await startRedis(['--requirepass', 'open sesame'])
    const right = await watch({ url: server.url, password: new Secret('open sesame') })
    assert.equal(right.redis.isUp(), true)
    for (const password of [undefined, new Secret('open barley')]) {
      const wrong = await watch({ url: server.url, password })
      assert.equal(wrong.redis.isUp(), false)
      assert.equal(await passed(wrong.buckets, ask(), 9), 5)
    }
  })

  test('the rights of the guide are enough, and no more than enough', async () => {
    const guide = readFileSync(new URL('../../../../docs/guides/administration.md', import.meta.url), 'utf8')
    const rights = /with the rights (.*)/.exec(guide)?.[1]?.trim().split(' ') ?? []
    assert.ok(rights.length > 5)
    const server = await startRedis(['--user', 'countersign', 'on', '>open sesame', 'resetkeys', '-@all', ...rights])
    const limited = await watch({ url: server.url, username: 'countersign', password: new Secret('open sesame') })
    assert.equal(limited.redis.isUp(), true)
    const asked = ask()
    assert.equal(await passed(limited.buckets, asked, 9), 5)
    await limited.buckets.giveBack(asked)
    assert.equal(limited.fellBack(), 0)
  })

  test('TLS: a certificate of the named authority is believed, any other is not', async () => {
    const authority = makeAuthority()
    const { certificate, key } = authority.issue({ hosts: ['localhost'] })
    const folder = temporaryFolder('redis')
    const write = (name: string, text: string): string => {
      writeFileSync(join(folder, name), text, { mode: 0o644 })
      return join(folder, name)
    }
    const files = ['--tls-cert-file', write('cert.pem', certificate), '--tls-key-file', write('key.pem', key), '--tls-auth-clients', 'no']
    const server = await startRedis([...files, '--tls-ca-cert-file', write('ca.pem', authority.certificate)], true)
    const believed = await watch({ url: server.url, ca: authority.certificate })
    assert.equal(believed.redis.isUp(), true)
    assert.equal((await believed.buckets.take(ask())).remaining, 4)
    assert.equal(believed.fellBack(), 0)
    for (const ca of [undefined, makeAuthority('Another authority').certificate]) {
      const other = await watch({ url: server.url, ...(ca === undefined ? {} : { ca }) })
      assert.equal(other.redis.isUp(), false)
    }
  })
})
