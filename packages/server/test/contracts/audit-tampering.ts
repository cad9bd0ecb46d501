/**
 * What somebody who may write to the database can do to the log, and what a
 * verification must say about it, as data.
 *
 * @module
 */

import assert from 'node:assert/strict'
import type { Kysely } from 'kysely'
import type { VerifyRequest } from '#audit'
import { leafHash } from '../../src/audit/tree.ts'
import type { AuditTables, EventTable } from '../../src/audit/tables.ts'

type Database = Kysely<AuditTables>

/** The log before anybody touched it, and where its parts are. */
export interface Story {
  /** A checkpoint that an auditor kept: the first 100 events or so. */
  readonly earlier: string
  readonly earlierSize: number
  /** The latest checkpoint. */
  readonly latest: string
  readonly size: number
  /** The event at this leaf. */
  readonly at: (index: number) => EventTable
  readonly writer: string
  readonly pending: EventTable
}

interface Row {
  readonly says: string
  readonly change: (db: Database, story: Story) => Promise<unknown>
  readonly request?: (story: Story) => VerifyRequest
  readonly found: (story: Story) => readonly object[]
}

export const index = 150

function otherBytes(content: string): string {
  return content.replace('"why":"test"', '"why":"tesT"')
}

async function setContent(db: Database, { writer, number }: EventTable, change: Partial<EventTable>): Promise<void> {
  await db.updateTable('audit_event').set(change).where('writer', '=', writer).where('number', '=', number).execute()
}

async function changeTile(db: Database, level: number, number: number, place: number, hash?: Uint8Array): Promise<void> {
  const [tile] = await db.selectFrom('audit_tile').selectAll().where('level', '=', level).where('number', '=', number).execute()
  assert.ok(tile)
  const hashes = Buffer.from(tile.hashes)
  if (hash === undefined) hashes[place * 32] = (hashes[place * 32] ?? 0) ^ 0x80
  else hashes.set(hash, place * 32)
  await db.updateTable('audit_tile').set({ hashes }).where('level', '=', level).where('number', '=', number).execute()
}

/** Everything that tells of leaves from `size` on, gone without a trace. */
async function cutTail(db: Database, story: Story, size: number): Promise<void> {
  const first = story.at(size)
  await db.deleteFrom('audit_event').where('writer', '=', story.writer).where('number', '>=', first.number).execute()
  await db.updateTable('audit_writer').set({ next: first.number }).where('writer', '=', story.writer).execute()
  await db.deleteFrom('audit_checkpoint').where('size', '>', size).execute()
  await db.deleteFrom('audit_run').where('position', '>=', size).execute()
  for (const run of await db.selectFrom('audit_run').selectAll().execute()) {
    if (run.position + run.count > size) {
      await db
        .updateTable('audit_run')
        .set({ count: size - run.position })
        .where('position', '=', run.position)
        .execute()
    }
  }
  await db.updateTable('audit_tree').set({ size }).execute()
}

const changed = ({ at }: Story, place: number): object => ({
  code: 'event_changed',
  writer: at(place).writer,
  number: at(place).number,
  index: place,
  what: 'session.ended',
})

export const rows: readonly Row[] = [
  { says: 'nothing', change: async () => undefined, found: () => [] },
  {
    says: "a byte of an event's content",
    change: async (db, { at }) => setContent(db, at(index), { content: otherBytes(at(index).content) }),
    found: (story) => [changed(story, index)],
  },
  {
    says: "an event's content so that it is none any more",
    change: async (db, { at }) => setContent(db, at(index), { content: '' }),
    found: (story) => [{ ...changed(story, index), what: undefined }],
  },
  {
    says: "an event's content and the hash beside it",
    change: async (db, { at }) => {
      const content = otherBytes(at(index).content)
      await setContent(db, at(index), { content, hash: leafHash(content) })
    },
    found: (story) => [changed(story, index)],
  },
  {
    says: 'the hash beside an event',
    change: async (db, { at }) => setContent(db, at(index), { hash: leafHash('other') }),
    found: (story) => [changed(story, index)],
  },
  {
    says: 'the time beside an event',
    change: async (db, { at }) => setContent(db, at(index), { at_ms: at(index).at_ms + 1 }),
    found: (story) => [changed(story, index)],
  },
  {
    says: 'an event into its neighbour and the neighbour into it',
    change: async (db, { at }) => {
      const [one, two] = [at(index), at(index + 1)]
      await setContent(db, one, { content: two.content, hash: two.hash, at_ms: two.at_ms })
      await setContent(db, two, { content: one.content, hash: one.hash, at_ms: one.at_ms })
    },
    found: (story) => [changed(story, index), changed(story, index + 1)],
  },
  {
    says: 'an event, its hash and the tree above it',
    change: async (db, { at }) => {
      const content = otherBytes(at(index).content)
      await setContent(db, at(index), { content, hash: leafHash(content) })
      await changeTile(db, 0, 0, index, leafHash(content))
    },
    found: ({ earlierSize }) => [
      { code: 'log_rewritten', whose: 'kept', heldUpTo: earlierSize },
      { code: 'tile_changed', level: 1, number: 0 },
    ],
  },
  {
    says: 'an event and the hash beside it, and after the next checkpoint a hash in the tree',
    change: async (db, { at }) => {
      const content = otherBytes(at(50).content)
      await setContent(db, at(50), { content, hash: leafHash(content) })
      await changeTile(db, 0, 0, index)
    },
    found: (story) => [changed(story, 50), { code: 'tile_changed', level: 0, number: 0 }],
  },
  {
    says: 'a hash in the tree, and after the next checkpoint an event and the hash beside it',
    change: async (db, { at }) => {
      await changeTile(db, 0, 0, 50)
      const content = otherBytes(at(index).content)
      await setContent(db, at(index), { content, hash: leafHash(content) })
    },
    found: (story) => [{ code: 'tile_changed', level: 0, number: 0 }, changed(story, index)],
  },
  {
    says: 'an event: gone',
    change: async (db, { at }) =>
      db.deleteFrom('audit_event').where('writer', '=', at(index).writer).where('number', '=', at(index).number).execute(),
    found: ({ at }) => [{ code: 'event_missing', index, writer: at(index).writer, number: at(index).number }],
  },
  {
    says: 'a hash in the tree',
    change: async (db) => changeTile(db, 0, 0, index),
    found: () => [{ code: 'tile_changed', level: 0, number: 0 }],
  },
  {
    says: 'a hash higher in the tree',
    change: async (db) => changeTile(db, 1, 0, 0),
    found: () => [{ code: 'tile_changed', level: 1, number: 0 }],
  },
  {
    says: 'a tile: gone',
    change: async (db) => db.deleteFrom('audit_tile').where('level', '=', 0).where('number', '=', 1).execute(),
    found: () => [{ code: 'tile_changed', level: 0, number: 1 }],
  },
  {
    says: 'a higher tile: gone',
    change: async (db) => db.deleteFrom('audit_tile').where('level', '=', 1).execute(),
    found: () => [{ code: 'tile_changed', level: 1, number: 0 }],
  },
  {
    says: 'the order: a run cut short',
    change: async (db) => {
      const [run] = await db.selectFrom('audit_run').selectAll().where('position', '>', 0).orderBy('position').limit(1).execute()
      assert.ok(run)
      await db
        .updateTable('audit_run')
        .set({ count: run.count - 1 })
        .where('position', '=', run.position)
        .execute()
    },
    found: ({ writer }) => [{ code: 'gap_found', writer }, { code: 'order_broken' }],
  },
  {
    says: 'the order: the same events listed twice',
    change: async (db) => {
      const [run] = await db.selectFrom('audit_run').selectAll().orderBy('position').limit(1).execute()
      assert.ok(run)
      const twice = { ...run, position: 5, number: run.number + 5, count: 1 }
      await db.insertInto('audit_run').values(twice).execute()
    },
    found: () => [{ code: 'order_broken', index: 5 }],
  },
  {
    says: 'the size of the tree',
    change: async (db, { size }) =>
      db
        .updateTable('audit_tree')
        .set({ size: size - 1 })
        .execute(),
    found: ({ size }) => [
      { code: 'order_broken', index: size - 1 },
      { code: 'tail_cut', size, whose: 'kept', left: size - 1 },
    ],
  },
  {
    says: 'a checkpoint: its root',
    change: async (db, { size }) =>
      db
        .updateTable('audit_checkpoint')
        .set({ root: leafHash('other') })
        .where('size', '=', size)
        .execute(),
    found: ({ size }) => [{ code: 'checkpoint_forged', size }],
  },
  {
    says: 'a checkpoint: its size',
    change: async (db, { size }) =>
      db
        .updateTable('audit_checkpoint')
        .set({ size: size - 1 })
        .where('size', '=', size)
        .execute(),
    found: ({ size }) => [
      { code: 'checkpoint_forged', size: size - 1 },
      { code: 'checkpoint_missing', index: size - 1 },
    ],
  },
  {
    says: 'a checkpoint: a letter of its text',
    change: async (db, { size, latest }) =>
      db
        .updateTable('audit_checkpoint')
        .set({ note: latest.replace('id.example', 'id.exemple') })
        .where('size', '=', size)
        .execute(),
    found: ({ size }) => [{ code: 'checkpoint_forged', size }],
  },
  {
    says: 'a checkpoint: an earlier one in its place',
    change: async (db, { size, earlier }) => db.updateTable('audit_checkpoint').set({ note: earlier }).where('size', '=', size).execute(),
    found: ({ size }) => [{ code: 'checkpoint_forged', size }],
  },
  {
    says: 'the checkpoints: all gone',
    change: async (db) => db.deleteFrom('audit_checkpoint').execute(),
    found: () => [{ code: 'checkpoint_missing', index: 0 }],
  },
  {
    says: 'the checkpoints: the last gone',
    change: async (db, { size }) => db.deleteFrom('audit_checkpoint').where('size', '=', size).execute(),
    found: () => [{ code: 'checkpoint_missing' }],
  },
  {
    says: 'the counter of a writer: cut to where an event would be forgotten',
    change: async (db, { pending, writer }) =>
      db.updateTable('audit_writer').set({ next: pending.number }).where('writer', '=', writer).execute(),
    found: ({ pending, writer }) => [{ code: 'counter_cut', writer, counted: pending.number - 1, last: pending.number + 4 }],
  },
  {
    says: 'the counter of a writer: cut into the tree',
    change: async (db, { writer }) => db.updateTable('audit_writer').set({ next: 7 }).where('writer', '=', writer).execute(),
    found: ({ writer }) => [{ code: 'counter_cut', writer, counted: 6 }],
  },
  {
    says: 'the counter of a writer: gone',
    change: async (db, { writer }) => db.deleteFrom('audit_writer').where('writer', '=', writer).execute(),
    found: ({ writer }) => [{ code: 'event_unknown', writer }],
  },
  {
    says: 'events that were counted and are not in the tree yet: gone',
    change: async (db, { pending }) =>
      db
        .deleteFrom('audit_event')
        .where('writer', '=', pending.writer)
        .where('number', '>=', pending.number + 3)
        .execute(),
    found: ({ pending, writer }) => [{ code: 'gap_found', writer, first: pending.number + 3, last: pending.number + 4 }],
  },
  {
    says: 'an event that is not in the tree yet',
    change: async (db, { pending }) => setContent(db, pending, { content: otherBytes(pending.content) }),
    found: ({ pending, writer }) => [{ code: 'event_changed', writer, number: pending.number, index: undefined, what: 'session.ended' }],
  },
  {
    says: 'the log by an event of a writer that never was',
    change: async (db, { at }) =>
      db
        .insertInto('audit_event')
        .values({ ...at(index), writer: 'wri_zzzzzzzzzzzzzzzzzzzzzz' })
        .execute(),
    found: ({ at }) => [{ code: 'event_unknown', writer: 'wri_zzzzzzzzzzzzzzzzzzzzzz', number: at(index).number }],
  },
  {
    says: 'the log by an event before the first',
    change: async (db, { at }) =>
      db
        .insertInto('audit_event')
        .values({ ...at(index), number: 0 })
        .execute(),
    found: ({ writer }) => [{ code: 'event_unknown', writer, number: 0 }],
  },
  {
    says: 'the tail: cut, but for the checkpoint that counted it',
    change: async (db, story) => {
      const kept = await db.selectFrom('audit_checkpoint').selectAll().execute()
      await cutTail(db, story, story.earlierSize + 20)
      await db.deleteFrom('audit_checkpoint').execute()
      await db.insertInto('audit_checkpoint').values(kept).execute()
    },
    found: ({ size, earlierSize }) => [
      { code: 'tile_changed', level: 0, number: 0, optional: true },
      { code: 'tail_cut', size, whose: 'kept', left: earlierSize + 20 },
    ],
  },
  {
    says: 'the tail: cut without a trace, which only a checkpoint kept elsewhere can show',
    change: async (db, story) => cutTail(db, story, story.earlierSize),
    found: () => [],
  },
  {
    says: 'the tail: cut without a trace, for someone who holds the latest checkpoint',
    change: async (db, story) => cutTail(db, story, story.earlierSize),
    request: ({ latest }) => ({ checkpoint: latest }),
    found: ({ size, earlierSize }) => [{ code: 'tail_cut', size, whose: 'given', left: earlierSize }],
  },
  {
    says: 'nothing, for someone who holds an earlier checkpoint',
    change: async () => undefined,
    request: ({ earlier }) => ({ checkpoint: earlier }),
    found: () => [],
  },
  {
    says: 'nothing, for someone who holds the latest checkpoint',
    change: async () => undefined,
    request: ({ latest }) => ({ checkpoint: latest }),
    found: () => [],
  },
  {
    says: 'an early event with the tree above it and the checkpoints since, for someone who holds an earlier checkpoint',
    change: async (db, { at }) => {
      const content = otherBytes(at(50).content)
      await setContent(db, at(50), { content, hash: leafHash(content) })
      await changeTile(db, 0, 0, 50, leafHash(content))
      await db.deleteFrom('audit_tile').where('level', '=', 1).execute()
      await db.deleteFrom('audit_checkpoint').execute()
    },
    request: ({ earlier }) => ({ checkpoint: earlier }),
    found: ({ earlierSize }) => [
      { code: 'checkpoint_missing', index: 0 },
      { code: 'tile_changed', level: 1, number: 0 },
      { code: 'log_rewritten', size: earlierSize, whose: 'given', heldUpTo: 0 },
    ],
  },
  {
    says: 'nothing, but the checkpoint that is held was altered',
    change: async () => undefined,
    request: ({ earlier, earlierSize }) => ({ checkpoint: earlier.replace(`\n${earlierSize}\n`, `\n${earlierSize + 1}\n`) }),
    found: () => [{ code: 'given_refused', because: 'not signed by this log' }],
  },
  {
    says: 'nothing, but the checkpoint that is held is of another log',
    change: async () => undefined,
    request: ({ earlier }) => ({ checkpoint: earlier.replace('id.example', 'other.example') }),
    found: () => [{ code: 'given_refused', because: 'of another log' }],
  },
  {
    says: 'nothing, but what is held is no checkpoint',
    change: async () => undefined,
    request: () => ({ checkpoint: 'hello' }),
    found: () => [{ code: 'given_refused', because: 'malformed' }],
  },
]
