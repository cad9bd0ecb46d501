/** What a transaction records commits with it, numbered without gaps. */
import assert from 'node:assert/strict'
import { readEvent } from '#audit'
import { Refusal } from '#kernel'
import type { AuditTables, EventTable } from '../../src/audit/tables.ts'
import { eachLog, type TestLog } from '../audit.ts'

async function rows({ store, op }: TestLog): Promise<readonly EventTable[]> {
  return store.read(op(), async (db) =>
    db.withTables<AuditTables>().selectFrom('audit_event').selectAll().orderBy('writer').orderBy('number').execute(),
  )
}

/** Numbers of each writer, in order. */
async function numbers(log: TestLog): Promise<ReadonlyMap<string, readonly number[]>> {
  const streams = Map.groupBy(await rows(log), (row) => row.writer)
  return new Map([...streams].map(([writer, events]) => [writer, events.map((event) => event.number)]))
}

function assertGapFree(streams: ReadonlyMap<string, readonly number[]>): void {
  for (const [writer, all] of streams) {
    assert.deepEqual(
      all,
      all.map((_, place) => place + 1),
      writer,
    )
  }
}

const ended = { what: 'session.ended', about: 'ses_1', outcome: 'done' } as const

eachLog('an event says who, when, in which tenant and under which request id', async (log) => {
  const op = log.op()
  await log.store.write(op, async (tx) => tx.record({ ...ended, facts: { why: 'test' } }))
  const [row] = (await rows(log)).filter((row) => row.content.includes('session.ended'))
  const event = readEvent(row?.content ?? '')
  assert.equal(event?.request, op.id)
  assert.equal(event.tenant, op.tenant)
  assert.equal(event.atMs, op.nowMs)
  assert.equal(event.writer, row?.writer)
  assert.equal(event.number, row?.number)
  assert.deepEqual(event.actor, { is: 'system', id: 'test' })
  assert.deepEqual(event.facts, { why: 'test' })
})

eachLog('the events of one write have neighbouring numbers in the order in which they were recorded', async (log) => {
  await log.store.write(log.op(), async (tx) => {
    for (const about of ['a', 'b', 'c']) tx.record({ ...ended, about })
  })
  const events = (await rows(log)).map((row) => readEvent(row.content)).filter((event) => event?.what === 'session.ended')
  assert.deepEqual(
    events.map((event) => event?.about),
    ['a', 'b', 'c'],
  )
  assertGapFree(await numbers(log))
})

eachLog('a write that throws takes its events and their numbers back; a returned refusal keeps them', async (log) => {
  await log.record(2)
  const undone = log.store.write(log.op(), async (tx) => {
    tx.record(ended)
    throw new Error('undone')
  })
  await assert.rejects(undone, /undone/)
  const refused = log.store.write(log.op(), async (tx) => {
    tx.record({ ...ended, about: 'kept', outcome: 'refused' })
    return new Refusal('test.no', 'No.')
  })
  await assert.rejects(refused, { name: 'Refusal' })
  await log.record(2)
  assertGapFree(await numbers(log))
  const events = (await rows(log)).map((row) => readEvent(row.content)).filter((event) => event?.what === 'session.ended')
  assert.equal(events.length, 5)
  assert.ok(events.some((event) => event?.about === 'kept'))
})

eachLog('an event that is too large undoes its write and leaves no gap', async (log) => {
  const written = log.store.write(log.op(), async (tx) => tx.record({ ...ended, about: 'x'.repeat(70_000) }))
  await assert.rejects(written, RangeError)
  await log.record(1)
  assertGapFree(await numbers(log))
})

eachLog('two hundred writes at once, every third undone, leave streams without gaps', async (log) => {
  await Promise.allSettled(
    Array.from({ length: 200 }, async (_, turn) =>
      log.store.write(log.op(), async (tx) => {
        tx.record({ ...ended, about: `turn ${turn}` })
        if (turn % 2 === 0) tx.record({ ...ended, about: `turn ${turn} again` })
        if (turn % 3 === 0) throw new Error('undone')
      }),
    ),
  )
  const streams = await numbers(log)
  assertGapFree(streams)
  const kept = (await rows(log)).filter((row) => row.content.includes('turn '))
  const turns = Array.from({ length: 200 }, (_, turn) => turn).filter((turn) => turn % 3 !== 0)
  assert.equal(kept.length, turns.length + turns.filter((turn) => turn % 2 === 0).length)
  if (log.store.engine === 'postgres') assert.ok(streams.size > 1, 'several connections wrote')
  await log.audit.settle(log.op())
  assert.equal((await log.audit.verify(log.op())).is, 'intact')
})

eachLog('a process that starts anew goes on with the numbers', async (log) => {
  await log.record(3)
  const next = await log.reopen()
  await next.record(3)
  assertGapFree(await numbers(next))
})
