import assert from 'node:assert/strict'
import { newId, systemOperation, utf8, type Clock, type Operation } from '#kernel'
import { migrations, sweep, type KeyVault, type SealingPurpose, type SigningPurpose } from '#keys'
import type { Store } from '#store'
import { openTestKeys, openTestVault, type TestKeys } from '../keys.ts'
import { eachEngine } from '../store.ts'

const minuteMs = 60_000
const hourMs = 60 * minuteMs
const settledMs = 20_000
const tooRecent = { name: 'Refusal', code: 'keys.rotated_too_recently' }

/** Wall and monotonic time that move together, or apart. */
class TestClock implements Clock {
  wall = 1_700_000_000_000
  monotonic = 0
  wallMs(): number {
    return this.wall
  }
  monotonicMs(): number {
    return this.monotonic
  }
  pass(ms: number): void {
    this.wall += ms
    this.monotonic += ms
  }
}

async function start(given: Store) {
  const clock = new TestClock()
  const store = counting(given)
  const vault = openTestVault()
  const now = (): Operation => systemOperation('test', store.defaultTenant, () => {}, clock)
  const server = (): Promise<TestKeys> => openTestKeys(store, { clock, vault })
  return { clock, store, now, server, ...(await server()) }
}

eachEngine('the next key is published before it signs, and signs after the rotation', [migrations], async (given, { events }) => {
  const { keys, now } = await start(given)
  const before = await kids('access-token')
  const [active, next] = before
  assert.equal(before.length, 2)
  assert.equal((await keys.sign(now(), 'access-token', utf8('x'))).keyId, active)
  await keys.rotate(now(), 'access-token')
  assert.equal((await keys.sign(now(), 'access-token', utf8('x'))).keyId, next)
  const [first, second, third, ...more] = await kids('access-token')
  assert.deepEqual([first, third, more], [next, active, []])
  assert.ok(second !== undefined && !before.includes(second))
  assert.deepEqual(events.map(({ what, about, facts }) => ({ what, about, facts })).at(-1), {
    what: 'key.rotated',
    about: next,
    facts: { purpose: 'access-token', retired: active },
  })

  async function kids(purpose: SigningPurpose): Promise<readonly string[]> {
    return (await keys.publicKeys(now(), [purpose])).map((key) => key.kid)
  }
})

for (const { purpose, lastsMs } of [
  { purpose: 'id-token', lastsMs: 24 * hourMs },
  { purpose: 'id-token-es256', lastsMs: 24 * hourMs },
  { purpose: 'id-token-eddsa', lastsMs: 24 * hourMs },
  { purpose: 'access-token', lastsMs: 24 * hourMs },
  { purpose: 'gateway-assertion', lastsMs: hourMs },
] as const) {
  eachEngine(
    `a retired key of ${purpose} verifies for ${lastsMs / hourMs} h and not a moment longer, cached or not`,
    [migrations],
    async (given) => {
      const { keys, clock, now, server } = await start(given)
      const token = await keys.signJwt(now(), purpose, 'JWT', { sub: 'u' })
      const kid = (await keys.sign(now(), purpose, utf8('x'))).keyId
      await keys.rotate(now(), purpose)
      clock.pass(settledMs + lastsMs - 1)
      assert.deepEqual(await keys.verifyJwt(now(), purpose, 'JWT', token), { sub: 'u' })
      assert.ok((await keys.publicKeys(now(), [purpose])).some((key) => key.kid === kid))
      clock.wall += 1 // no re-read is due yet: the limit itself must hold
      assert.equal(await keys.verifyJwt(now(), purpose, 'JWT', token), undefined)
      assert.ok(!(await keys.publicKeys(now(), [purpose])).some((key) => key.kid === kid))
      assert.equal(await (await server()).keys.verifyJwt(now(), purpose, 'JWT', token), undefined)
    },
  )
}

eachEngine('a checkpoint verifies for ever', [migrations], async (given) => {
  const { keys, clock, now, store } = await start(given)
  const { keyId } = await keys.sign(now(), 'audit-checkpoint', utf8('x'))
  await keys.rotate(now(), 'audit-checkpoint')
  clock.pass(10 * 365 * 24 * hourMs)
  assert.equal(await sweep(now(), store), 0)
  assert.ok((await keys.publicKeys(now(), ['audit-checkpoint'])).some((key) => key.kid === keyId))
})

eachEngine('a retired signing key is gone from the database but for its public half', [migrations], async (given) => {
  const { keys, now, store, vault } = await start(given)
  const { keyId } = await keys.sign(now(), 'access-token', utf8('x'))
  assert.match(await unwrapped(store, vault, now(), keyId, 'whole'), /^30/)
  await keys.rotate(now(), 'access-token')
  await assert.rejects(unwrapped(store, vault, now(), keyId, 'whole'), { code: 'keys.cannot_open' })
  // SubjectPublicKeyInfo of a P-256 key is 91 bytes; a private key in PKCS #8 has 138.
  assert.equal((await unwrapped(store, vault, now(), keyId, 'public')).length, 2 * 91)
})

eachEngine('a key must have been published for 10 minutes before it signs', [migrations], async (given) => {
  const { keys, clock, now } = await start(given)
  await keys.rotate(now(), 'id-token')
  await assert.rejects(keys.rotate(now(), 'id-token'), tooRecent)
  clock.pass(10 * minuteMs - 1)
  await assert.rejects(keys.rotate(now(), 'id-token'), tooRecent)
  clock.pass(1)
  await keys.rotate(now(), 'id-token')
})

eachEngine('the next key of a purpose that was asked for late has to be published before it signs too', [migrations], async (given) => {
  const { keys, clock, now } = await start(given)
  await keys.prepare(now(), 'id-token-ps256')
  await assert.rejects(keys.rotate(now(), 'id-token-ps256'), tooRecent)
  const token = await keys.signJwt(now(), 'id-token-ps256', 'JWT', {})
  clock.pass(10 * minuteMs)
  await keys.rotate(now(), 'id-token-ps256')
  assert.deepEqual(await keys.verifyJwt(now(), 'id-token-ps256', 'JWT', token), {})
})

eachEngine('of rotations at the same moment one succeeds, on two servers too', [migrations], async (given, { events }) => {
  const { keys, now, server, store } = await start(given)
  const other = await server()
  const outcomes = await Promise.allSettled([keys, other.keys, keys].map((one) => one.rotate(now(), 'access-token')))
  assert.equal(outcomes.filter((one) => one.status === 'fulfilled').length, 1)
  for (const one of outcomes) if (one.status === 'rejected') assert.equal((one.reason as { code?: unknown }).code, tooRecent.code)
  assert.equal(events.filter((event) => event.what === 'key.rotated').length, 1)
  assert.deepEqual(await states(store, now(), 'access-token'), ['retired', 'active', 'next'])
})

eachEngine('another server verifies with the new key at once and signs with it within 10 s', [migrations], async (given) => {
  const { keys, clock, now, server } = await start(given)
  const other = await server()
  await keys.rotate(now(), 'access-token')
  const { keyId } = await keys.sign(now(), 'access-token', utf8('x'))
  const token = await keys.signJwt(now(), 'access-token', 'JWT', {})
  assert.deepEqual(await other.keys.verifyJwt(now(), 'access-token', 'JWT', token), {})
  clock.pass(9_999)
  assert.notEqual((await other.keys.sign(now(), 'access-token', utf8('x'))).keyId, keyId)
  clock.pass(1)
  assert.equal((await other.keys.sign(now(), 'access-token', utf8('x'))).keyId, keyId)
})

eachEngine('a key that another server made is read when a token names it, at most once a second', [migrations], async (given) => {
  const { keys, clock, now, server, store } = await start(given)
  await keys.rotate(now(), 'access-token')
  clock.pass(10 * minuteMs)
  const other = await server()
  await keys.rotate(now(), 'access-token')
  clock.wall += 10 * minuteMs // the other server has read within 10 s, and knows nothing of the newest key
  await keys.rotate(now(), 'access-token')
  const token = await keys.signJwt(now(), 'access-token', 'JWT', {})
  clock.monotonic += 999
  assert.equal(await other.keys.verifyJwt(now(), 'access-token', 'JWT', token), undefined)
  clock.monotonic += 1
  assert.deepEqual(await other.keys.verifyJwt(now(), 'access-token', 'JWT', token), {})
  store.reads = 0
  const forged = await Promise.all(Array.from({ length: 50 }, () => other.keys.verifyJwt(now(), 'id-token', 'JWT', token)))
  assert.deepEqual([forged.filter((one) => one !== undefined).length, store.reads], [0, 0])
  clock.monotonic += 1000
  await Promise.all(Array.from({ length: 50 }, () => other.keys.verifyJwt(now(), 'id-token', 'JWT', token)))
  assert.equal(store.reads, 1)
})

eachEngine('a new sealing version seals once every server can have read it; the older ones open', [migrations], async (given) => {
  const { keys, clock, now, server, store } = await start(given)
  const other = await server()
  const version = async (one: TestKeys['keys']): Promise<number> =>
    Buffer.from(await one.seal(now(), 'column', utf8('x'), 'c')).readUInt32BE(1)
  const old = await keys.seal(now(), 'column', utf8('old'), 'c')
  await keys.rotate(now(), 'column')
  await assert.rejects(keys.rotate(now(), 'column'), tooRecent)
  clock.pass(settledMs - 1)
  assert.deepEqual([await version(keys), await version(other.keys)], [1, 1])
  clock.pass(1)
  assert.deepEqual([await version(keys), await version(other.keys)], [2, 2])
  clock.pass(10 * 365 * 24 * hourMs)
  assert.equal(await sweep(now(), store), 0)
  assert.equal(Buffer.from((await other.keys.open(now(), 'column', old, 'c')) ?? []).toString(), 'old')
})

for (const { purpose, lastsMs } of [
  { purpose: 'browser-state', lastsMs: hourMs },
  { purpose: 'gateway-session', lastsMs: 24 * hourMs },
] as const satisfies readonly { purpose: SealingPurpose; lastsMs: number }[]) {
  eachEngine(
    `what an older version of ${purpose} sealed opens for ${lastsMs / hourMs} h and not a moment longer`,
    [migrations],
    async (given) => {
      const { keys, clock, now } = await start(given)
      const old = await keys.seal(now(), purpose, utf8('old'), 'c')
      await keys.rotate(now(), purpose)
      clock.pass(settledMs + lastsMs - 1)
      assert.ok(await keys.open(now(), purpose, old, 'c'))
      clock.wall += 1
      assert.equal(await keys.open(now(), purpose, old, 'c'), undefined)
    },
  )
}

eachEngine('the gateway is given every session key that opens, the one that seals first', [migrations], async (given) => {
  const { keys, clock, now, gateway } = await start(given)
  const versions = async (): Promise<readonly number[]> => (await gateway.exportSessionKeys(now())).reveal().map((key) => key.version)
  await keys.rotate(now(), 'gateway-session')
  assert.deepEqual(await versions(), [1, 2])
  clock.pass(settledMs)
  assert.deepEqual(await versions(), [2, 1])
  clock.pass(24 * hourMs)
  assert.deepEqual(await versions(), [2])
})

eachEngine('the sweep deletes keys that are over, a moment after their end and not before', [migrations], async (given) => {
  const { keys, clock, now, store } = await start(given)
  await keys.rotate(now(), 'gateway-assertion')
  await keys.rotate(now(), 'browser-state')
  clock.pass(settledMs + hourMs - 1)
  assert.equal(await sweep(now(), store), 0)
  clock.pass(1)
  assert.equal(await sweep(now(), store), 2)
  assert.equal(await sweep(now(), store), 0)
  assert.deepEqual(await states(store, now(), 'gateway-assertion'), ['active', 'next'])
  assert.deepEqual(await states(store, now(), 'browser-state'), ['active'])
  assert.ok(await keys.signJwt(now(), 'gateway-assertion', 'JWT', {}))
})

eachEngine('keys of another tenant neither rotate nor are swept along', [migrations], async (given) => {
  const { keys, clock, now, store } = await start(given)
  const stranger = (): Operation => ({ ...now(), tenant: theirs })
  const theirs = newId('ten')
  const before = (await keys.sign(stranger(), 'access-token', utf8('x'))).keyId
  await keys.rotate(now(), 'access-token')
  assert.equal((await keys.sign(stranger(), 'access-token', utf8('x'))).keyId, before)
  clock.pass(48 * hourMs)
  assert.equal(await sweep(stranger(), store), 0)
  assert.equal(await sweep(now(), store), 1)
})

interface KeyTable {
  purpose_key: { tenant: string; purpose: string; id: string; version: number; state: string; vault_key: string; wrapped: Uint8Array }
}

async function states(store: Store, op: Operation, purpose: string): Promise<readonly string[]> {
  const rows = await store.read(op, (db) =>
    db
      .withTables<KeyTable>()
      .selectFrom('purpose_key')
      .select('state')
      .where('tenant', '=', op.tenant)
      .where('purpose', '=', purpose)
      .orderBy('version')
      .execute(),
  )
  return rows.map((row) => row.state)
}

async function unwrapped(store: Store, vault: KeyVault, op: Operation, id: string, half: 'whole' | 'public'): Promise<string> {
  const row = await store.read(op, (db) =>
    db.withTables<KeyTable>().selectFrom('purpose_key').selectAll().where('id', '=', id).executeTakeFirstOrThrow(),
  )
  const wrapped = { vaultKey: row.vault_key, bytes: row.wrapped }
  return Buffer.from(await vault.unwrap(op, wrapped, `purpose-key ${op.tenant} ${row.purpose} ${id} ${half}`)).toString('hex')
}

/** The store, with a count of what is read from it. */
function counting(store: Store): Store & { reads: number } {
  return {
    reads: 0,
    engine: store.engine,
    defaultTenant: store.defaultTenant,
    isHealthy: () => store.isHealthy(),
    isClockOff: () => store.isClockOff(),
    peers: store.peers,
    close: () => store.close(),
    write: (op, work) => store.write(op, work),
    record: (op, event) => store.record(op, event),
    async read(op, work) {
      this.reads += 1
      return store.read(op, work)
    },
  }
}
