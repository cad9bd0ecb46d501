/** Class A: in a write of its own. Class B: allowed reads, buffered. Class C: strangers, counted. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createRecorder, migrations as auditMigrations, readEvent, type RecordedEvent } from '#audit'
import { actingAs, Unavailable, type Operation, type TenantId, type UserId } from '#kernel'
import { migrations as keysMigrations } from '#keys'
import type { Store } from '#store'
import { createReadBuffer } from '../../src/audit/reads.ts'
import { createStrangerCounts } from '../../src/audit/strangers.ts'
import type { AuditTables } from '../../src/audit/tables.ts'
import { eachLog, testClock, until } from '../audit.ts'
import { openTestKeys } from '../keys.ts'
import { openTestStore, testOperation } from '../store.ts'

async function stored(store: Store, op: Operation, what: string): Promise<readonly RecordedEvent[]> {
  const rows = await store.read(op, async (db) =>
    db.withTables<AuditTables>().selectFrom('audit_event').select('content').orderBy('writer').orderBy('number').execute(),
  )
  return rows.map((row) => readEvent(row.content)).filter((event): event is RecordedEvent => event?.what === what)
}

const read = { what: 'user.read', about: 'usr_1', outcome: 'allowed' } as const
const user = 'usr_0000000000000000000001' as UserId
const proof = { acr: '1fa', amr: ['pwd'], authTimeMs: 0 }

function asUser(op: Operation): Operation {
  return actingAs(op, { is: 'user', id: user, proof, credential: { kind: 'session' } })
}

eachLog('the refusal of a known caller is in the log when its record resolves', async (log) => {
  const op = asUser(log.op())
  await log.audit.recordRefusal(op, {
    what: 'request.refused',
    about: 'GET /admin/v1/users',
    outcome: 'refused',
    facts: { code: 'access.denied' },
  })
  const [event] = await stored(log.store, op, 'request.refused')
  assert.equal(event?.actor.id, user)
  assert.equal(event.request, op.id)
  assert.equal(event.about, 'GET /admin/v1/users')
  assert.deepEqual(event.facts, { code: 'access.denied' })
})

eachLog('allowed reads are written by the jobs, each with its own caller, request and time', async (log) => {
  const operations = [asUser(log.op()), log.op()]
  for (const op of operations) log.audit.recordRead(op, read)
  assert.equal(log.audit.freshness().readsWaiting, 2)
  assert.deepEqual(await stored(log.store, log.op(), 'user.read'), [])
  log.audit.start()
  await until(() => log.audit.freshness().readsWaiting === 0)
  await log.audit.stop()
  const events = await stored(log.store, log.op(), 'user.read')
  assert.deepEqual(
    events.map(({ request, actor, atMs }) => ({ request, actor: actor.is, atMs })),
    operations.map(({ id, actor, nowMs }) => ({ request: id, actor: actor.is, atMs: nowMs })),
  )
})

test('a full buffer refuses the read, and takes reads again when it was flushed', async () => {
  const store = await openTestStore([auditMigrations], createRecorder())
  const op = testOperation(store.defaultTenant)
  const buffer = createReadBuffer({ store, clock: testClock(), limit: 3 })
  for (let count = 0; count < 3; count++) buffer.add(op, read)
  assert.throws(() => buffer.add(op, read), { name: 'Unavailable', what: 'audit' })
  await buffer.flush()
  buffer.add(op, read)
  await buffer.flush()
  assert.equal((await stored(store, op, 'user.read')).length, 4)
})

test('the buffer that the server uses holds 4096 reads', async () => {
  const store = await openTestStore([auditMigrations], createRecorder())
  const op = testOperation(store.defaultTenant)
  const buffer = createReadBuffer({ store, clock: testClock() })
  for (let count = 0; count < 4096; count++) buffer.add(op, read)
  assert.throws(() => buffer.add(op, read), Unavailable)
  await buffer.flush()
  assert.equal(buffer.waiting(), 0)
  assert.equal((await stored(store, op, 'user.read')).length, 4096)
})

test('reads that could not be written keep waiting, count against the bound, and are written later, once', async () => {
  const store = await openTestStore([auditMigrations], createRecorder())
  const op = testOperation(store.defaultTenant)
  let out = true
  const failing: Store = {
    engine: store.engine,
    defaultTenant: store.defaultTenant,
    write: async (op, work) => {
      if (out) throw new Unavailable('store')
      return store.write(op, work)
    },
    record: async (op, event) => store.record(op, event),
    read: async (op, work) => store.read(op, work),
    isHealthy: () => !out,
    isClockOff: () => false,
    peers: store.peers,
    close: async () => store.close(),
  }
  const buffer = createReadBuffer({ store: failing, clock: testClock(), limit: 2 })
  buffer.add(op, read)
  buffer.add(op, read)
  await assert.rejects(buffer.flush(), Unavailable)
  assert.equal(buffer.waiting(), 2)
  assert.throws(() => buffer.add(op, read), Unavailable)
  out = false
  await Promise.all([buffer.flush(), buffer.flush()])
  assert.equal((await stored(store, op, 'user.read')).length, 2)
})

async function counts(): Promise<{
  readonly store: Store
  readonly op: Operation
  readonly strangers: ReturnType<typeof createStrangerCounts>
}> {
  const store = await openTestStore([keysMigrations, auditMigrations], createRecorder())
  const clock = testClock()
  const { keys } = await openTestKeys(store, { clock })
  return { store, op: testOperation(store.defaultTenant), strangers: createStrangerCounts({ store, keys, clock }) }
}

test('strangers are counted by reason and network: one summary a reason, the busiest networks first, no address in it', async () => {
  const { store, op, strangers } = await counts()
  const refuse = (code: string, address: string, times: number): void => {
    for (let time = 0; time < times; time++) strangers.count(op, { code, address, route: 'POST /token' })
  }
  refuse('token.unknown_client', '192.0.2.1', 2)
  refuse('token.unknown_client', '192.0.2.200', 3)
  refuse('token.unknown_client', '198.51.100.1', 9)
  refuse('request.malformed', '2001:db8::1', 1)
  await strangers.flush()
  const events = await stored(store, op, 'stranger.refused')
  assert.deepEqual(
    events.map(({ about, outcome, facts }) => ({ about, outcome, count: facts?.['count'], networks: facts?.['networks'] })),
    [
      { about: 'token.unknown_client', outcome: 'refused', count: 14, networks: 2 },
      { about: 'request.malformed', outcome: 'refused', count: 1, networks: 1 },
    ],
  )
  const [token] = events
  assert.equal(token?.facts?.['count_1'], 9)
  assert.equal(token.facts['count_2'], 5)
  assert.equal(token.facts['route_1'], 'POST /token')
  assert.match(String(token.facts['network_1']), /^[A-Za-z0-9_-]{16}$/)
  assert.notEqual(token.facts['network_1'], token.facts['network_2'])
  assert.doesNotMatch(JSON.stringify(events), /192\.0|198\.51|2001/)
  await strangers.flush()
  assert.equal((await stored(store, op, 'stranger.refused')).length, 2, 'nothing new, nothing written')
})

test('the same network has the same hash in the next summary', async () => {
  const { store, op, strangers } = await counts()
  for (const address of ['192.0.2.1', '192.0.2.99']) {
    strangers.count(op, { code: 'token.unknown_client', address, route: 'POST /token' })
    await strangers.flush()
  }
  const [first, second] = await stored(store, op, 'stranger.refused')
  assert.equal(first?.facts?.['network_1'], second?.facts?.['network_1'])
})

test('a hundred thousand strangers from as many networks, with codes of their choice, fill neither memory nor disk', async () => {
  const { store, op, strangers } = await counts()
  for (let stranger = 0; stranger < 100_000; stranger++) {
    const address = `${stranger >> 16}.${(stranger >> 8) & 255}.${stranger & 255}.1`
    strangers.count(op, { code: `code.${stranger % 500}`, address, route: 'POST /token' })
  }
  assert.ok(strangers.counted() <= 4096 + 32 + 1, `${strangers.counted()} in memory`)
  await strangers.flush()
  const events = await stored(store, op, 'stranger.refused')
  assert.equal(events.length, 32)
  const total = events.reduce((sum, { facts }) => sum + Number(facts?.['count']), 0)
  assert.equal(total, 100_000, 'none is forgotten')
  assert.ok(JSON.stringify(events).length < 64_000)
  assert.ok(events.some(({ about }) => about === 'other'))
})

test('beyond the bound one reason is still told apart, without its networks', async () => {
  const { store, op, strangers } = await counts()
  for (let stranger = 0; stranger < 5000; stranger++) {
    const address = `10.${stranger >> 8}.${stranger & 255}.1`
    strangers.count(op, { code: 'token.unknown_client', address, route: 'POST /token' })
  }
  await strangers.flush()
  const [event, ...more] = await stored(store, op, 'stranger.refused')
  assert.deepEqual(more, [])
  assert.equal(event?.facts?.['count'], 5000)
  assert.equal(event.facts['networks'], 4096)
  assert.equal(event.facts['beyond'], 904)
})

test('counts that could not be written are counted on', async () => {
  const { store, op, strangers } = await counts()
  const elsewhere: Operation = { ...op, tenant: 'nowhere' as TenantId, record: () => {} }
  strangers.count(op, { code: 'token.unknown_client', address: '192.0.2.1', route: 'POST /token' })
  await store.close()
  await assert.rejects(strangers.flush(), Unavailable)
  assert.equal(strangers.counted(), 1)
  strangers.count(elsewhere, { code: 'token.unknown_client', address: '192.0.2.1', route: 'POST /token' })
  assert.equal(strangers.counted(), 2, 'another tenant is counted apart')
})

eachLog('summaries of strangers are written once a minute', async (log) => {
  log.audit.start()
  const count = (): void => log.audit.countStranger(log.op(), { code: 'token.unknown_client', address: '192.0.2.1', route: 'POST /token' })
  const summaries = async (): Promise<number> => (await stored(log.store, log.op(), 'stranger.refused')).length
  const turns = async (): Promise<void> => {
    // A read that is on disk shows that a whole turn began after it was added.
    for (let turn = 0; turn < 2; turn++) {
      log.audit.recordRead(log.op(), read)
      await until(() => log.audit.freshness().readsWaiting === 0)
    }
  }
  count()
  log.clock.pass(59_999)
  await turns()
  assert.equal(await summaries(), 0)
  log.clock.pass(1)
  await turns()
  assert.equal(await summaries(), 1)
  await log.audit.stop()
  assert.deepEqual(log.alarms, [])
})
