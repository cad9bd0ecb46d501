/**
 * What somebody who may write to the database can do to the log, and what a
 * verification says about it. Every row starts from the same log of 312 events
 * or so under three checkpoints, with five events more that are not in the tree.
 */

import assert from 'node:assert/strict'
import { before, test } from 'node:test'
import { readEvent, type Verification } from '#audit'
import type { AuditTables, EventTable } from '../../src/audit/tables.ts'
import { eachSharedLog, type TestLog } from '../audit.ts'
import { index, rows, type Story } from './audit-tampering.ts'

const tables = ['audit_writer', 'audit_event', 'audit_tree', 'audit_run', 'audit_tile', 'audit_checkpoint'] as const

async function tellStory(log: TestLog): Promise<Story> {
  const record = async (count: number): Promise<void> => {
    log.clock.pass(1)
    await log.store.write(log.op(), async (tx) => {
      for (let number = 0; number < count; number++) {
        tx.record({ what: 'session.ended', about: `ses_${number}`, outcome: 'done', facts: { why: 'test' } })
      }
    })
    await log.audit.settle(log.op())
  }
  await record(100)
  const earlier = (await log.audit.checkpoint(log.op())) ?? ''
  await record(110)
  await record(100)
  const latest = (await log.audit.checkpoint(log.op())) ?? ''
  await log.store.write(log.op(), async (tx) => {
    for (let number = 0; number < 5; number++) tx.record({ what: 'session.ended', about: 'later', outcome: 'done', facts: { why: 'test' } })
  })
  const { events, runs } = await log.store.read(log.op(), async (db) => ({
    events: await db.withTables<AuditTables>().selectFrom('audit_event').selectAll().execute(),
    runs: await db.withTables<AuditTables>().selectFrom('audit_run').selectAll().execute(),
  }))
  const at = (index: number): EventTable => {
    const run = runs.find(({ position, count }) => position <= index && index < position + count)
    const found = events.find(({ writer, number }) => writer === run?.writer && number === run.number + index - run.position)
    assert.ok(found)
    return found
  }
  log.clock.pass(60_000)
  const sizeOf = (note: string): number => Number(note.split('\n')[1])
  const pending = events.find(({ content }) => readEvent(content)?.about === 'later')
  assert.ok(pending)
  const story = { earlier, earlierSize: sizeOf(earlier), latest, size: sizeOf(latest), at, writer: pending.writer, pending }
  assert.ok(story.earlierSize < index && story.size > 256 + 40)
  assert.equal(new Set(events.map(({ writer }) => writer)).size, 1, 'one connection wrote it all')
  return story
}

/** Only what a row names is compared; `optional` findings may be left out. */
function assertFound({ findings }: Verification, expected: readonly object[]): void {
  const wanted = expected.filter((each) => !('optional' in each))
  const shown = findings.map((finding, place) => {
    const names = Object.keys(wanted[place] ?? { code: '' })
    return Object.fromEntries(names.map((name) => [name, (finding as unknown as Record<string, unknown>)[name]]))
  })
  assert.deepEqual(shown, wanted)
  for (const { says } of findings) assert.match(says, /^[A-Z].*\.$/)
}

eachSharedLog('somebody who may write to the database changed', (log) => {
  let story: Story
  before(async () => {
    story = await tellStory(log())
  })

  for (const { says, change, request, found } of rows) {
    test(says, async () => {
      const { audit, tamper, op } = log()
      const untouched = new Map<string, readonly object[]>()
      await tamper(async (db) => {
        for (const table of tables) untouched.set(table, await db.selectFrom(table).selectAll().execute())
        await change(db, story)
      })
      const verification = await audit.verify(op(), request?.(story))
      await tamper(async (db) => {
        for (const table of tables) {
          await db.deleteFrom(table).execute()
          for (const row of untouched.get(table) ?? []) await db.insertInto(table).values(row as never).execute() // prettier-ignore
        }
      })
      assertFound(verification, found(story))
      assert.equal(verification.is, found(story).length === 0 ? 'intact' : 'damaged')
    })
  }

  test('nothing: it says how much there is, and what is too young for the tree', async () => {
    const { audit, op } = log()
    const { is, events, treeSize, checkpointSize, notYetInTree } = await audit.verify(op())
    assert.equal(is, 'intact')
    assert.deepEqual({ treeSize, checkpointSize, notYetInTree }, { treeSize: story.size, checkpointSize: story.size, notYetInTree: 5 })
    assert.equal(events, story.size + 5)
  })

  test('the key: a checkpoint is held against the key that is given', async () => {
    const { audit, op } = log()
    const [key = ''] = await audit.verifierKeys(op())
    assert.equal((await audit.verify(op(), { checkpoint: story.earlier, verifierKey: key })).is, 'intact')
    const stranger = 'PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW'
    assertFound(await audit.verify(op(), { checkpoint: story.earlier, verifierKey: stranger }), [
      { code: 'given_refused', because: 'not signed by this log' },
    ])
    await assert.rejects(audit.verify(op(), { verifierKey: 'x' }), { code: 'audit.unreadable_key' })
  })
})
