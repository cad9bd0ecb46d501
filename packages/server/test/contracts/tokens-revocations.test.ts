import assert from 'node:assert/strict'
import { test } from 'node:test'
import { newId, systemOperation, type Clock, type Operation } from '#kernel'
import type { Store } from '#store'
import { migrations, type RevocationBatch, type RevocationMarks } from '#tokens'
import { RevocationFeed } from '../../src/tokens/revocations/feed.ts'
import type { Revocable } from '../../src/tokens/revocations/revocation.ts'
import { revoke } from '../../src/tokens/revocations/revoke.ts'
import { findRevocation, lastSequence, revocationsAfter } from '../../src/tokens/revocations/store.ts'
import { eachEngine } from '../store.ts'

const tenant = newId('ten')
const lives = { accessTokenSeconds: 3_600, sessionSeconds: 43_200 }
const never = 2 ** 30

interface TestClock extends Clock {
  forwardMs(ms: number): void
}

function testClock(): TestClock {
  let nowMs = 1_800_000_000_000
  return {
    wallMs: () => nowMs,
    monotonicMs: () => nowMs,
    forwardMs: (ms) => {
      nowMs += ms
    },
  }
}

const opAt = (clock: Clock): Operation => systemOperation('test', tenant, () => {}, clock)

async function revokeIt(store: Store, clock: Clock, target: Revocable): Promise<void> {
  await store.write(opAt(clock), async (tx) => revoke(tx, opAt(clock), target, lives))
}

/** A feed that reads only when it is told to. */
async function quietFeed(store: Store, clock: Clock, more: { readonly mostKnown?: number } = {}): Promise<RevocationFeed> {
  const feed = new RevocationFeed({ store, clock, tenant, pollEveryMs: never, ...more })
  await feed.start()
  return feed
}

eachEngine('revocations are numbered without gaps, however many commit at once', [migrations], async (store) => {
  const clock = testClock()
  const ids = Array.from({ length: 20 }, () => newId('tok'))
  await Promise.all(ids.map(async (id) => revokeIt(store, clock, { kind: 'token', id })))
  const rows = await store.read(opAt(clock), async (db) => revocationsAfter(db, tenant, 0, 100))
  assert.deepEqual(
    rows.map(({ sequence }) => sequence),
    Array.from({ length: 20 }, (_, at) => at + 1),
  )
  assert.deepEqual(new Set(rows.map(({ id }) => id)), new Set(ids))
  assert.equal(await store.read(opAt(clock), async (db) => lastSequence(db, tenant)), 20)
})

eachEngine('a write that fails revokes nothing and leaves no gap', [migrations], async (store) => {
  const clock = testClock()
  await assert.rejects(
    store.write(opAt(clock), async (tx) => {
      await revoke(tx, opAt(clock), { kind: 'token', id: newId('tok') }, lives)
      throw new Error('undone')
    }),
    /undone/,
  )
  await revokeIt(store, clock, { kind: 'token', id: newId('tok') })
  assert.equal(await store.read(opAt(clock), async (db) => lastSequence(db, tenant)), 1)
})

eachEngine('memory answers while it is at most a second old, then the database does', [migrations], async (store) => {
  const clock = testClock()
  const feed = await quietFeed(store, clock)
  const token = newId('tok')
  const marks: RevocationMarks = { generation: 0, token }
  await revokeIt(store, clock, { kind: 'token', id: token })
  clock.forwardMs(1_000)
  assert.equal(feed.isFresh(), true)
  assert.equal(await feed.isRevoked(opAt(clock), marks), false, 'within the bound it may be behind')
  clock.forwardMs(1)
  assert.equal(feed.isFresh(), false)
  assert.equal(await feed.isRevoked(opAt(clock), marks), true, 'beyond it the database is asked')
  await feed.catchUp()
  assert.equal(feed.isFresh(), true)
  assert.equal(await feed.isRevoked(opAt(clock), marks), true)
  assert.equal(await feed.isRevoked(opAt(clock), { generation: 0, token: newId('tok') }), false)
  await feed.close()
})

eachEngine('nothing is believed when neither memory nor the database can be had', [migrations], async (store) => {
  const clock = testClock()
  await revokeIt(store, clock, { kind: 'token', id: newId('tok') })
  const feed = await quietFeed(store, clock)
  await store.close()
  assert.equal(await feed.generation(opAt(clock)), 1)
  assert.equal(await feed.isRevoked(opAt(clock), { generation: 0, token: newId('tok') }), false)
  clock.forwardMs(1_001)
  await assert.rejects(feed.isRevoked(opAt(clock), { generation: 0, token: newId('tok') }), { name: 'Unavailable' })
  await assert.rejects(feed.generation(opAt(clock)), { name: 'Unavailable' })
})

eachEngine('a clock that was ahead and is set back made revoked tokens live again', [migrations], async (store) => {
  const steady = testClock()
  let aheadMs = 0
  const clock: Clock = { wallMs: () => steady.wallMs() + aheadMs, monotonicMs: () => steady.monotonicMs() }
  const token = newId('tok')
  await revokeIt(store, clock, { kind: 'token', id: token })
  const feed = await quietFeed(store, clock)
  const isRevoked = async (): Promise<boolean> => feed.isRevoked(opAt(clock), { generation: 0, token })
  for (const [stepMs, says] of [
    [14 * 3_600_000, 'by that clock the token has expired'],
    [0, 'by this one it has not'],
  ] as const) {
    aheadMs = stepMs
    steady.forwardMs(100)
    await feed.catchUp()
    assert.equal(feed.isFresh(), true)
    assert.equal(await isRevoked(), stepMs === 0, says)
  }
  await feed.close()
})

eachEngine('another tenant is looked up and never answered from this one’s memory', [migrations], async (store) => {
  const clock = testClock()
  const feed = await quietFeed(store, clock)
  const user = newId('usr')
  await revokeIt(store, clock, { kind: 'user', id: user })
  await feed.catchUp()
  const elsewhere = systemOperation('test', newId('ten'), () => {}, clock)
  assert.equal(await feed.isRevoked(elsewhere, { generation: 0, user }), false)
  assert.equal(await feed.generation(elsewhere), 0)
  assert.equal(await feed.isRevoked(opAt(clock), { generation: 0, user }), true)
  await feed.close()
})

eachEngine('a person’s and a client’s revocations spare what came after them; others spare nothing', [migrations], async (store) => {
  const clock = testClock()
  const feed = await quietFeed(store, clock)
  const targets = [
    { kind: 'token', id: newId('tok'), spares: false },
    { kind: 'family', id: newId('fam'), spares: false },
    { kind: 'session', id: newId('ses'), spares: false },
    { kind: 'user', id: newId('usr'), spares: true },
    { kind: 'client', id: newId('cli'), spares: true },
  ] as const
  for (const { kind, id, spares } of targets) {
    const before = await feed.generation(opAt(clock))
    await revokeIt(store, clock, { kind, id })
    await feed.announce()
    const after = await feed.generation(opAt(clock))
    assert.equal(after, before + 1)
    for (const [generation, expected] of [
      [before, true],
      [after, !spares],
    ] as const) {
      const marks: RevocationMarks = { generation, [kind]: id }
      assert.equal(await feed.isRevoked(opAt(clock), marks), expected, `${kind} in memory, generation ${generation}`)
      const found = await store.read(opAt(clock), async (db) => findRevocation(db, tenant, marks))
      assert.equal(found !== undefined, expected, `${kind} in the database, generation ${generation}`)
    }
  }
  await feed.close()
})

eachEngine('an entity that changed revokes nothing', [migrations], async (store) => {
  const clock = testClock()
  const feed = await quietFeed(store, clock)
  const user = newId('usr')
  await revokeIt(store, clock, { kind: 'entity', id: user })
  await feed.announce()
  assert.equal(await feed.isRevoked(opAt(clock), { generation: 0, user }), false)
  await feed.close()
})

eachEngine('everything is loaded before the start is over', [migrations], async (store) => {
  const clock = testClock()
  const ids = Array.from({ length: 5 }, () => newId('ses'))
  for (const id of ids) await revokeIt(store, clock, { kind: 'session', id })
  const feed = await quietFeed(store, clock)
  for (const session of ids) assert.equal(await feed.isRevoked(opAt(clock), { generation: never, session }), true)
  assert.deepEqual(
    feed.snapshot().entries.map(({ id }) => id),
    ids,
  )
  assert.equal(feed.snapshot().sequence, 5)
  await feed.close()
})

eachEngine('each revocation is heard once, in order', [migrations], async (store) => {
  const clock = testClock()
  const feed = await quietFeed(store, clock)
  const heard: (readonly string[])[] = []
  feed.subscribe({
    deliver: async ({ sequence, entries, reset }) => {
      heard.push([String(sequence), String(reset), ...entries.map(({ id }) => id)])
    },
  })
  const ids = [newId('ses'), newId('ses'), newId('ses')]
  for (const id of ids.slice(0, 2)) await revokeIt(store, clock, { kind: 'session', id })
  await feed.catchUp()
  for (const id of ids.slice(2)) await revokeIt(store, clock, { kind: 'session', id })
  await feed.catchUp()
  assert.deepEqual(heard, [
    ['2', 'false', ...ids.slice(0, 2)],
    ['3', 'false', ...ids.slice(2)],
  ])
  await feed.close()
})

eachEngine('a credential that nothing can take away is asked for like any other', [migrations], async (store) => {
  const clock = testClock()
  await revokeIt(store, clock, { kind: 'session', id: newId('ses') })
  assert.equal(await store.read(opAt(clock), async (db) => findRevocation(db, tenant, { generation: 0 })), undefined)
})

eachEngine('an announcement waits until every listener has acknowledged', [migrations], async (store) => {
  const clock = testClock()
  const feed = await quietFeed(store, clock)
  const heard: RevocationBatch[] = []
  const gate = Promise.withResolvers<void>()
  feed.subscribe({
    deliver: async (batch) => {
      heard.push(batch)
      await gate.promise
    },
  })
  const id = newId('ses')
  await revokeIt(store, clock, { kind: 'session', id })
  let announced = false
  const announcing = feed.announce().then(() => {
    announced = true
  })
  while (heard.length === 0) await new Promise((resolve) => setImmediate(resolve))
  assert.deepEqual(
    heard.map(({ sequence, entries, reset }) => ({ sequence, ids: entries.map((entry) => entry.id), reset })),
    [{ sequence: 1, ids: [id], reset: false }],
  )
  assert.equal(announced, false)
  gate.resolve()
  await announcing
  await feed.close()
})

eachEngine('a listener that is gone is not waited for, and one that left hears nothing', [migrations], async (store) => {
  const clock = testClock()
  const feed = await quietFeed(store, clock)
  let calls = 0
  feed.subscribe({ deliver: async () => Promise.reject(new Error(`gone ${(calls += 1)}`)) })
  const leave = feed.subscribe({ deliver: async () => new Promise(() => {}) })
  await revokeIt(store, clock, { kind: 'session', id: newId('ses') })
  const began = performance.now()
  const announcing = feed.announce()
  leave()
  await announcing
  await revokeIt(store, clock, { kind: 'session', id: newId('ses') })
  await feed.announce()
  assert.ok(performance.now() - began < 900, 'nobody was waited for to the bound')
  assert.equal(calls, 1)
  await feed.close()
})

eachEngine('a listener that never answers is waited for to the bound and no longer', [migrations], async (store) => {
  const clock = testClock()
  const feed = await quietFeed(store, clock)
  feed.subscribe({ deliver: async () => new Promise(() => {}) })
  await revokeIt(store, clock, { kind: 'session', id: newId('ses') })
  const began = performance.now()
  await feed.announce()
  assert.ok(performance.now() - began >= 990)
  await feed.close()
})

eachEngine('a verifier that missed rows which are gone is told to forget everything', [migrations], async (store) => {
  const clock = testClock()
  const feed = await quietFeed(store, clock)
  const resets: boolean[] = []
  feed.subscribe({
    deliver: async ({ reset }) => {
      resets.push(reset)
    },
  })
  await revokeIt(store, clock, { kind: 'token', id: newId('tok') })
  await store.write(opAt(clock), async (tx) => {
    await tx.withTables<{ revocation: { tenant: string } }>().deleteFrom('revocation').where('tenant', '=', tenant).execute()
  })
  await feed.catchUp()
  await feed.catchUp()
  assert.deepEqual(resets, [true], 'and is not told again when there is nothing new')
  await revokeIt(store, clock, { kind: 'token', id: newId('tok') })
  await feed.catchUp()
  assert.deepEqual(resets, [true, false])
  await feed.close()
})

eachEngine('with more revocations than memory holds, the database answers', [migrations], async (store) => {
  const clock = testClock()
  const feed = await quietFeed(store, clock, { mostKnown: 2 })
  const ids = Array.from({ length: 4 }, () => newId('ses'))
  for (const id of ids) await revokeIt(store, clock, { kind: 'session', id })
  await feed.catchUp()
  for (const session of ids) assert.equal(await feed.isRevoked(opAt(clock), { generation: 0, session }), true)
  assert.equal(feed.snapshot().entries.length, 2)
  await store.write(opAt(clock), async (tx) => {
    const rows = tx.withTables<{ revocation: { tenant: string; sequence: number } }>().deleteFrom('revocation')
    await rows.where('tenant', '=', tenant).where('sequence', '<=', 3).execute()
  })
  const last = ids.at(-1) ?? assert.fail()
  const known = (): readonly string[] => feed.snapshot().entries.map(({ id }) => id)
  clock.forwardMs(59_999)
  await feed.catchUp()
  assert.deepEqual(known(), ids.slice(0, 2))
  clock.forwardMs(1)
  await feed.catchUp()
  assert.deepEqual(known(), [last], 'after a minute everything is read again, and now it fits')
  await store.close()
  assert.equal(await feed.isRevoked(opAt(clock), { generation: 0, session: last }), true, 'so that memory answers again')
})

eachEngine('a database whose numbers went back is read from its beginning', [migrations], async (store) => {
  const clock = testClock()
  const feed = await quietFeed(store, clock)
  const resets: boolean[] = []
  feed.subscribe({
    deliver: async ({ reset }) => {
      resets.push(reset)
    },
  })
  for (let times = 0; times < 3; times += 1) await revokeIt(store, clock, { kind: 'token', id: newId('tok') })
  await feed.catchUp()
  await store.write(opAt(clock), async (tx) => {
    const tables = tx.withTables<{ revocation: { tenant: string }; revocation_counter: { tenant: string } }>()
    await tables.deleteFrom('revocation').where('tenant', '=', tenant).execute()
    await tables.deleteFrom('revocation_counter').where('tenant', '=', tenant).execute()
  })
  const session = newId('ses')
  await revokeIt(store, clock, { kind: 'session', id: session })
  await feed.catchUp()
  assert.equal(await feed.isRevoked(opAt(clock), { generation: 0, session }), true)
  assert.deepEqual(
    feed.snapshot().entries.map(({ id }) => id),
    [session],
  )
  assert.equal(feed.snapshot().sequence, 1)
  assert.deepEqual(resets, [false, true, false])
  await feed.close()
})

eachEngine('what has outlived everything it concerned is forgotten', [migrations], async (store) => {
  const clock = testClock()
  const feed = await quietFeed(store, clock)
  await revokeIt(store, clock, { kind: 'token', id: newId('tok') })
  await revokeIt(store, clock, { kind: 'session', id: newId('ses') })
  await feed.catchUp()
  assert.equal(feed.snapshot().entries.length, 2)
  clock.forwardMs(3_600_000 + 300_000 - 1)
  await feed.catchUp()
  assert.equal(feed.snapshot().entries.length, 2)
  clock.forwardMs(1)
  await feed.catchUp()
  assert.deepEqual(
    feed.snapshot().entries.map(({ kind }) => kind),
    ['session'],
  )
  await feed.close()
})

test('a poll follows by itself', async () => {
  // Covered on both engines above by hand; here the timer alone is at work.
  const { openTestStore } = await import('../store.ts')
  const store = await openTestStore([migrations])
  const clock = testClock()
  const feed = new RevocationFeed({ store, clock, tenant, pollEveryMs: 5 })
  await feed.start()
  const heard = Promise.withResolvers<void>()
  feed.subscribe({
    deliver: async () => {
      heard.resolve()
    },
  })
  await revokeIt(store, clock, { kind: 'session', id: newId('ses') })
  // The feed's timer does not keep a process alive, so something else has to.
  const awake = setTimeout(() => heard.reject(new Error('nothing was heard')), 10_000)
  await heard.promise
  clearTimeout(awake)
  await feed.close()
})
