/** Committed events come into the tree, and the tree is signed. */

import assert from 'node:assert/strict'
import { createAudit, leafHash, provesConsistency, provesInclusion } from '#audit'
import { sameBytes, Unavailable } from '#kernel'
import type { Keys } from '#keys'
import type { Store } from '#store'
import { createSequencer, type Sequencer } from '../../src/audit/sequencer.ts'
import { thinCheckpoints } from '../../src/audit/sweep.ts'
import type { CheckpointTable } from '../../src/audit/tables.ts'
import { eachLog, publicName, tellingInto, until } from '../audit.ts'
import { checkpoints, contents, latest, runs } from '../audit-tree.ts'

eachLog('an empty log has no checkpoint, and a turn of nothing signs nothing', async (log) => {
  await log.tamper(async (db) => {
    await db.deleteFrom('audit_event').execute()
    await db.deleteFrom('audit_writer').execute()
  })
  await log.audit.settle(log.op())
  assert.equal(await log.audit.checkpoint(log.op()), undefined)
  assert.deepEqual(await checkpoints(log), [])
})

eachLog('everything committed is in one signed tree after a turn, and every event provably so', async (log) => {
  await log.record(300)
  await log.audit.settle(log.op())
  const { origin, size, root } = await latest(log)
  const all = await contents(log)
  assert.equal(origin, `id.example/audit/${log.op().tenant}`)
  assert.equal(size, all.length)
  for (const index of [0, 1, 255, 256, size - 1]) {
    const proof = await log.audit.proveInclusion(log.op(), index)
    assert.ok(proof)
    assert.ok(provesInclusion(leafHash(all[index] ?? ''), index, size, proof.hashes, root), `event ${index}`)
  }
  assert.equal(await log.audit.proveInclusion(log.op(), size), undefined)
  assert.equal(await log.audit.proveInclusion(log.op(), -1), undefined)
})

eachLog('each checkpoint continues those before it', async (log) => {
  for (const count of [1, 2, 250, 5, 300]) {
    await log.record(count)
    await log.audit.settle(log.op())
  }
  const all = await checkpoints(log)
  assert.equal(all.length, 5)
  const { size, root } = await latest(log)
  for (const earlier of all) {
    const proof = await log.audit.proveConsistency(log.op(), earlier.size)
    assert.ok(provesConsistency(earlier.size, earlier.root, size, root, proof?.hashes ?? []), `from ${earlier.size}`)
  }
  assert.equal(await log.audit.proveConsistency(log.op(), size + 1), undefined)
})

eachLog('a turn that finds nothing new signs nothing new', async (log) => {
  await log.record(3)
  await log.audit.settle(log.op())
  await log.audit.settle(log.op())
  assert.equal((await checkpoints(log)).length, 1)
})

eachLog('a backlog larger than one batch is brought in whole', async (log) => {
  await log.store.write(log.op(), async (tx) => {
    for (let number = 0; number < 5000; number++) tx.record({ what: 'session.ended', about: String(number), outcome: 'done' })
  })
  await log.audit.settle(log.op())
  const { size } = await latest(log)
  assert.equal(size, (await contents(log)).length)
  assert.ok(size > 5000)
  assert.equal((await log.audit.verify(log.op())).is, 'intact')
})

eachLog('a process that died between the tree and its signature is continued: the same tree is signed, nothing twice', async (log) => {
  await log.record(10)
  await log.audit.settle(log.op())
  await log.record(10)
  await log.audit.settle(log.op())
  const before = await latest(log)
  await log.tamper(async (db) => db.deleteFrom('audit_checkpoint').where('size', '=', before.size).execute())
  const next = await log.reopen()
  await next.audit.settle(next.op())
  const after = await latest(next)
  assert.ok(after.size >= before.size)
  const [, found] = (await checkpoints(next)).filter((row) => row.size <= before.size)
  if (after.size === before.size) assert.ok(sameBytes(found?.root ?? new Uint8Array(), before.root))
  assert.equal((await next.audit.verify(next.op())).is, 'intact')
})

eachLog('a process that died with events outside the tree brings them in at its first turn', async (log) => {
  await log.record(10)
  await log.audit.settle(log.op())
  await log.record(10)
  const next = await log.reopen()
  await next.audit.settle(next.op())
  assert.equal((await latest(next)).size, (await contents(next)).length)
  assert.ok((await contents(next)).length >= 20)
  assert.equal((await next.audit.verify(next.op())).is, 'intact')
})

eachLog('two servers that bring events in, at once and in turn, make one tree', async (log) => {
  const other = log.another()
  for (let round = 0; round < 5; round++) {
    await log.record(20)
    await Promise.all([log.audit.settle(log.op()), other.settle(log.op()), log.audit.settle(log.op())])
  }
  for (let round = 0; round < 4; round++) {
    await log.record(20)
    await (round % 2 === 0 ? other : log.audit).settle(log.op())
  }
  await log.audit.settle(log.op())
  const all = await contents(log)
  assert.equal(new Set(all).size, all.length, 'no event twice')
  assert.equal((await latest(log)).size, all.length)
  assert.equal((await log.audit.verify(log.op())).is, 'intact')
})

eachLog('the log reads in the order of time when several connections wrote', async (log) => {
  for (let round = 0; round < 10; round++) {
    log.clock.pass(10)
    await Promise.all(
      Array.from({ length: 5 }, async () =>
        log.store.write(log.op(), async (tx) => tx.record({ what: 'session.ended', about: `round ${round}`, outcome: 'done' })),
      ),
    )
  }
  await log.audit.settle(log.op())
  const rounds = (await contents(log)).flatMap((content) => /round (\d+)/.exec(content)?.[1] ?? []).map(Number)
  assert.equal(rounds.length, 50)
  assert.deepEqual(
    rounds,
    rounds.toSorted((left, right) => left - right),
  )
})

eachLog('the jobs bring events in by themselves, and stopping leaves nothing behind', async (log) => {
  await log.record(3)
  log.audit.start()
  await until(async () => (await log.audit.checkpoint(log.op())) !== undefined)
  log.audit.recordRead(log.op(), { what: 'user.read', about: 'usr_1', outcome: 'allowed' })
  log.audit.countStranger(log.op(), { code: 'token.unknown_client', address: '192.0.2.1', route: 'POST /token' })
  await log.audit.stop()
  const all = await contents(log)
  assert.equal((await latest(log)).size, all.length)
  assert.ok(all.some((content) => content.includes('user.read')))
  assert.ok(all.some((content) => content.includes('stranger.refused')))
  assert.deepEqual(log.alarms, [])
})

eachLog('lag is counted from the last turn that left nothing behind', async (log) => {
  await log.audit.settle(log.op())
  assert.deepEqual(log.audit.freshness(), { lagMs: 0, eventsWaiting: 0, broken: undefined, readsWaiting: 0 })
  log.clock.pass(1234)
  assert.equal(log.audit.freshness().lagMs, 1234)
  await log.audit.settle(log.op())
  assert.equal(log.audit.freshness().lagMs, 0)
})

eachLog('of checkpoints older than an hour the last of each hour stays', async (log) => {
  for (let turn = 0; turn < 30; turn++) {
    log.clock.pass(600_000)
    await log.record(1)
    await log.audit.settle(log.op())
  }
  const before = await checkpoints(log)
  assert.equal(before.length, 30)
  let upTo = 0
  for (let round = 0; round < 3; round++) ({ upTo } = await thinCheckpoints(log.op(), log.store, upTo))
  const after = await checkpoints(log)
  const old = after.filter((row) => row.at_ms < log.clock.wallMs() - 7_200_000)
  const hours = old.map((row) => Math.floor(row.at_ms / 3_600_000))
  assert.deepEqual(hours, [...new Set(hours)])
  assert.deepEqual(
    after.filter((row) => row.at_ms >= log.clock.wallMs() - 3_600_000).length,
    before.filter((row) => row.at_ms >= log.clock.wallMs() - 3_600_000).length,
    'none of the last hour',
  )
  const last = (rows: readonly CheckpointTable[], hour: number): number | undefined =>
    rows.filter((row) => Math.floor(row.at_ms / 3_600_000) === hour).at(-1)?.size
  for (const hour of hours) assert.equal(last(after, hour), last(before, hour))
  assert.equal((await log.audit.verify(log.op())).is, 'intact')
})

eachLog('events without a checkpoint are found when they are old enough to have one', async (log) => {
  await log.record(1)
  await log.audit.settle(log.op())
  await log.tamper(async (db) => db.deleteFrom('audit_checkpoint').execute())
  const codes = async (): Promise<readonly string[]> => (await log.audit.verify(log.op())).findings.map(({ code }) => code)
  log.clock.pass(59_998) // the first event is a millisecond older than the second
  assert.deepEqual(await codes(), [])
  log.clock.pass(1)
  assert.deepEqual(await codes(), ['checkpoint_missing'])
})

eachLog('of several servers the one that grew the tree goes on, and another steps in when events wait too long', async (log) => {
  const sequencer = (): Sequencer =>
    createSequencer({
      store: log.store,
      keys: log.keys.keys,
      clock: log.clock,
      tenant: log.store.defaultTenant,
      origin: 'id.example/audit/test',
      alarm: (says) => log.alarms.push(says),
    })
  const size = async (): Promise<number> => (await runs(log)).reduce((sum, { count }) => sum + count, 0)
  const [first, second] = [sequencer(), sequencer()]
  await log.record(1)
  await first.turn()
  const before = await size()
  assert.ok(before > 0, 'a tree that nobody grew yet is for whoever comes')
  await log.record(1)
  await second.turn()
  if (log.store.engine === 'sqlite') {
    assert.equal(await size(), before + 1, 'on SQLite there is one server, and whoever asks is it')
    return
  }
  assert.equal(await size(), before)
  assert.equal(second.freshness().lagMs, 0, 'somebody else is at work')
  log.clock.pass(1499)
  await second.turn()
  assert.equal(await size(), before)
  assert.equal(second.freshness().lagMs, 1499)
  log.clock.pass(1)
  await second.turn()
  assert.equal(await size(), before + 1)
  await log.record(1)
  await first.turn()
  assert.equal(await size(), before + 1, 'the first one stands back')
  await second.turn()
  assert.equal(await size(), before + 2)
})

eachLog('a turn that cannot sign leaves the lag standing, and the next one signs', async (log) => {
  let out = true
  const keys: Keys = {
    ...log.keys.keys,
    publicKeys: async (op, purposes) => log.keys.keys.publicKeys(op, purposes),
    sign: async (op, purpose, bytes) => {
      if (out) throw new Unavailable('keys')
      return log.keys.keys.sign(op, purpose, bytes)
    },
  }
  const { store, clock, alarms } = log
  const tenants = [store.defaultTenant]
  const audit = createAudit({ store, keys, clock, tenants, publicName: 'id.example', ...tellingInto(alarms) })
  await log.record(1)
  await assert.rejects(audit.settle(log.op()), Unavailable)
  assert.ok(audit.freshness().lagMs > 0)
  audit.start()
  await until(() => alarms.length > 0)
  out = false
  await until(() => audit.freshness().lagMs === 0)
  await audit.stop()
  assert.equal((await latest(log)).size, (await contents(log)).length)
  assert.equal(new Set(alarms).size, 1)
})

eachLog('events that move into the tree while the log is verified are verified all the same', async (log) => {
  await log.record(3)
  await log.audit.settle(log.op())
  await log.record(4)
  const { store } = log
  const committed = (await log.audit.verify(log.op())).events + 1 // and that it was verified
  await log.tamper(async (db) => {
    const last = await db.selectFrom('audit_event').select(['writer', 'number']).orderBy('at_ms', 'desc').limit(1).executeTakeFirstOrThrow()
    await db.updateTable('audit_event').set({ content: 'x' }).where('writer', '=', last.writer).where('number', '=', last.number).execute()
  })
  const moving: Pick<Store, 'read' | 'record' | 'engine'> = {
    engine: store.engine,
    record: async (op, event) => store.record(op, event),
    read: async (op, work) => {
      const found = await store.read(op, work)
      await log.audit.settle(op)
      return found
    },
  }
  const tenants = [store.defaultTenant]
  const audit = createAudit({ ...tellingInto([]), store: moving as Store, keys: log.keys.keys, clock: log.clock, tenants, publicName })
  const { is, events, findings } = await audit.verify(log.op())
  assert.deepEqual([is, events, findings.map(({ code }) => code)], ['damaged', committed, ['event_changed']])
})
