/** Revocations between servers on one PostgreSQL: who is waited for, and what a lost word costs. */

import assert from 'node:assert/strict'
import { test, type TestContext } from 'node:test'
import { setTimeout as wait } from 'node:timers/promises'
import { Client } from 'pg'
import { newId, systemClock, systemOperation } from '#kernel'
import type { Store } from '#store'
import { migrations, type RevocationListener } from '#tokens'
import { RevocationFeed } from '../../src/tokens/revocations/feed.ts'
import { revoke } from '../../src/tokens/revocations/revoke.ts'
import { missingPostgres, stopPostgresAfterwards } from '../postgres.ts'
import { freshPostgres, type FreshDatabase } from '../store.ts'

stopPostgresAfterwards()

const withPostgres = { skip: missingPostgres() }
const tenant = newId('ten')
const op = systemOperation('test', tenant, () => {})
const lives = { accessTokenSeconds: 3_600, sessionSeconds: 43_200 }
const never = 2 ** 30

interface Server {
  readonly store: Store
  readonly feed: RevocationFeed
}

/** A server whose feed reads only when it is told to, so that what it knows it was told. */
async function join(t: TestContext, database: FreshDatabase, pollEveryMs = never): Promise<Server> {
  const store = await database.open([migrations])
  const feed = new RevocationFeed({ store, clock: systemClock, tenant, pollEveryMs })
  await feed.start()
  t.after(async () => {
    await feed.close()
    await store.close()
  })
  return { store, feed }
}

async function revokeOn({ store }: Server): Promise<{ readonly generation: 0; readonly token: ReturnType<typeof newId<'tok'>> }> {
  const token = newId('tok')
  await store.write(op, async (tx) => revoke(tx, op, { kind: 'token', id: token }, lives))
  return { generation: 0, token }
}

async function tookMs(work: Promise<void>): Promise<number> {
  const beganMs = performance.now()
  await work
  return performance.now() - beganMs
}

/** Acknowledges when it is told to. */
function slowListener(): RevocationListener & { readonly heard: Promise<void>; readonly acknowledge: () => void } {
  const [heard, allowed] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()]
  return {
    heard: heard.promise,
    acknowledge: allowed.resolve,
    deliver: async () => {
      heard.resolve()
      return allowed.promise
    },
  }
}

/** Ends every connection on which servers talk to each other. */
async function cutLines({ superuser }: FreshDatabase): Promise<void> {
  const client = new Client(superuser)
  await client.connect()
  const { rowCount } = await client.query("SELECT pg_terminate_backend(pid) FROM pg_locks WHERE classid = x'43535450'::int")
  assert.ok((rowCount ?? 0) > 0, 'there was no line to cut')
  await client.end()
}

test('a revoking call answers when the other servers know, from memory, at once', withPostgres, async (t) => {
  const database = await freshPostgres()
  const [one, other, third] = [await join(t, database), await join(t, database), await join(t, database)]
  const before = [one, other, third].map(({ feed }) => feed.snapshot().sequence)
  const marks = await revokeOn(one)
  await one.feed.announce()
  assert.deepEqual(before, [0, 0, 0])
  for (const { feed } of [one, other, third]) {
    assert.equal(feed.snapshot().sequence, 1)
    assert.equal(await feed.isRevoked(op, marks), true)
  }
})

test('a verifier behind another server is waited for', withPostgres, async (t) => {
  const database = await freshPostgres()
  const [one, other] = [await join(t, database), await join(t, database)]
  const gateway = slowListener()
  other.feed.subscribe(gateway)
  await revokeOn(one)
  let answered = false
  const announced = one.feed.announce().then(() => {
    answered = true
  })
  await gateway.heard
  await wait(50)
  assert.equal(answered, false, 'the call answered before the gateway of the other server had heard')
  gateway.acknowledge()
  await announced
})

test('a server that does not answer is waited for until the bound, and then does not believe its memory', withPostgres, async (t) => {
  const database = await freshPostgres()
  const [one, other] = [await join(t, database), await join(t, database)]
  const marks = await revokeOn(one)
  // Its words are lost: it hears, but what it says does not arrive.
  Object.defineProperty(other.store.peers, 'tell', { value: () => {} })
  Object.defineProperty(other.feed, 'catchUp', { value: async () => never })
  assert.ok((await tookMs(one.feed.announce())) >= 990)
  assert.equal(other.feed.isFresh(), false)
  assert.equal(await other.feed.isRevoked(op, marks), true, 'beyond the bound the table is asked')
})

test('a server whose connection was cut is not waited for, reads the table by itself, and is heard again', withPostgres, async (t) => {
  const database = await freshPostgres()
  const [one, other] = [await join(t, database), await join(t, database, 250)]
  await cutLines(database)
  const marks = await revokeOn(one)
  const committedMs = performance.now()
  void one.feed.announce()
  while (!(await other.feed.isRevoked(op, marks))) await wait(5)
  assert.ok(performance.now() - committedMs <= 1_250, 'the bound, and a quarter of a second for a busy machine')
  for (let tries = 0; (await one.store.peers.others()).length === 0 && tries < 400; tries += 1) await wait(25)
  await revokeOn(one)
  await one.feed.announce()
  assert.equal(other.feed.snapshot().sequence, 2)
})

test('a server that has left is not waited for', withPostgres, async (t) => {
  const database = await freshPostgres()
  const one = await join(t, database)
  const leaving = await database.open([migrations])
  const feed = new RevocationFeed({ store: leaving, clock: systemClock, tenant, pollEveryMs: never })
  await feed.start()
  assert.equal((await one.store.peers.others()).length, 1)
  await feed.close()
  await leaving.close()
  await revokeOn(one)
  assert.ok((await tookMs(one.feed.announce())) < 900)
})

test('forged words cost a revoking call nothing but time', withPostgres, async (t) => {
  const database = await freshPostgres()
  const [one, other] = [await join(t, database), await join(t, database)]
  const stranger = new Client(database.superuser)
  await stranger.connect()
  t.after(() => stranger.end())
  for (const text of [`heard ${tenant} 99`, `heard ${tenant} NaN`, `heard ${tenant}`, 'revoked', `revoked ${newId('ten')}`, '{"']) {
    await stranger.query('SELECT pg_notify($1, $2)', ['countersign', text])
  }
  const marks = await revokeOn(one)
  await one.feed.announce()
  assert.equal(await other.feed.isRevoked(op, marks), true)
  assert.equal(other.feed.snapshot().sequence, 1)
})
