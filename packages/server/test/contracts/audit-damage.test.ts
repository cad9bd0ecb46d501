/** Damage to the record that the tree meets as it grows. @module */

import assert from 'node:assert/strict'
import type { Kysely } from 'kysely'
import type { Store } from '#store'
import { createSequencer } from '../../src/audit/sequencer.ts'
import type { AuditTables } from '../../src/audit/tables.ts'
import { eachLog } from '../audit.ts'
import { checkpoints, contents, latest } from '../audit-tree.ts'

eachLog('events removed before they were in the tree are told of, recorded and found', async (log) => {
  await log.record(5)
  await log.audit.settle(log.op())
  await log.record(5)
  const [last] = await log.store.read(log.op(), async (db) =>
    db.withTables<AuditTables>().selectFrom('audit_event').select(['writer', 'number']).orderBy('at_ms', 'desc').limit(1).execute(),
  )
  assert.ok(last)
  await log.tamper(async (db) => db.deleteFrom('audit_event').where('writer', '=', last.writer).where('number', '=', last.number).execute())
  const before = await log.audit.verify(log.op())
  assert.deepEqual(
    before.findings.map(({ code }) => code),
    ['gap_found'],
  )
  await log.audit.settle(log.op())
  await log.audit.settle(log.op())
  assert.deepEqual(log.alarms, [`Events ${last.number} to ${last.number} of writer ${last.writer} were removed from the audit log`])
  const { items } = await log.audit.list(log.op(), { limit: 10, what: 'audit.gap_found' })
  assert.deepEqual(
    items.map(({ about, facts }) => ({ about, facts })),
    [{ about: last.writer, facts: { first: last.number, last: last.number } }],
  )
  const { findings } = await log.audit.verify(log.op())
  assert.deepEqual(
    findings.map((finding) => finding.code === 'gap_found' && [finding.writer, finding.first, finding.last]),
    [[last.writer, last.number, last.number]],
  )
})

eachLog('a tree that does not lead to its own checkpoint is not grown, and says so, until it does again', async (log) => {
  await log.record(20)
  await log.audit.settle(log.op())
  const { size } = await latest(log)
  const flipBit = async (db: Kysely<AuditTables>): Promise<void> => {
    const [tile] = await db.selectFrom('audit_tile').selectAll().where('level', '=', 0).execute()
    const hashes = Buffer.from(tile?.hashes ?? [])
    hashes[0] = (hashes[0] ?? 0) ^ 1
    await db.updateTable('audit_tile').set({ hashes }).where('level', '=', 0).execute()
  }
  await log.tamper(flipBit)
  const next = await log.reopen()
  await next.record(3)
  await next.audit.settle(next.op())
  await next.audit.settle(next.op())
  assert.equal((await latest(next)).size, size)
  assert.match(next.audit.freshness().broken ?? '', /does not lead to the latest checkpoint/)
  // The three, and the event that says that the tree is broken.
  assert.equal(next.audit.freshness().eventsWaiting, 4)
  assert.equal(next.alarms.length, 1, 'told once')
  await next.tamper(flipBit)
  await next.audit.settle(next.op())
  assert.equal(next.audit.freshness().broken, undefined)
  assert.equal(next.audit.freshness().eventsWaiting, 0)
  assert.ok((await latest(next)).size > size)
  const { items } = await next.audit.list(next.op(), { limit: 10, what: 'audit.tree_broken' })
  assert.equal(items.length, 1)
})

eachLog('a server that another one overtakes between two looks does not take the larger checkpoint for damage', async (log) => {
  await log.record(2)
  await log.audit.settle(log.op())
  await log.record(2)
  let overtaken = 0
  const slow: Pick<Store, 'read' | 'write' | 'record' | 'engine'> = {
    engine: log.store.engine,
    record: async (op, event) => log.store.record(op, event),
    write: async (op, work) => log.store.write(op, work),
    read: async (op, work) => {
      const found = await log.store.read(op, work)
      if (overtaken++ === 0) await log.audit.settle(op)
      return found
    },
  }
  const tenant = log.store.defaultTenant
  const sequencer = createSequencer({
    store: slow as Store,
    keys: log.keys.keys,
    clock: log.clock,
    tenant,
    origin: `id.example/audit/${tenant}`,
    alarm: (says) => log.alarms.push(says),
  })
  await sequencer.settle()
  assert.ok(overtaken > 1)
  assert.deepEqual([sequencer.freshness().broken, log.alarms], [undefined, []])
  await log.record(1)
  await sequencer.settle()
  assert.equal((await latest(log)).size, (await contents(log)).length)
  assert.equal((await log.audit.verify(log.op())).is, 'intact')
})

eachLog('a server that found damage says so until there is none, though another one grows the tree', async (log) => {
  await log.record(2)
  await log.audit.settle(log.op())
  const tenant = log.store.defaultTenant
  const { store, clock, alarms } = log
  const sequencer = createSequencer({
    store,
    keys: log.keys.keys,
    clock,
    tenant,
    origin: `id.example/audit/${tenant}`,
    alarm: (says) => alarms.push(says),
  })
  const { note } = (await checkpoints(log)).at(-1) ?? assert.fail()
  const write = async (text: string): Promise<void> =>
    log.tamper(async (db) => db.updateTable('audit_checkpoint').set({ note: text }).execute())
  await write(note.replace(/^.*/, 'id.example/audit/another'))
  await sequencer.settle()
  assert.match(sequencer.freshness().broken ?? '', /the latest checkpoint is/)
  await write(note)
  await log.audit.settle(log.op())
  await sequencer.turn()
  assert.equal(sequencer.freshness().broken, undefined)
})
