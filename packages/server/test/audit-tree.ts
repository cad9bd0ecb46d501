/** What tests ask of the tree of the record. @module */

import assert from 'node:assert/strict'
import { readCheckpoint, type Checkpoint } from '../src/audit/checkpoint.ts'
import { openNote, readVerifierKey, type NoteKey } from '../src/audit/note.ts'
import type { AuditTables, CheckpointTable, RunTable } from '../src/audit/tables.ts'
import { type TestLog } from './audit.ts'

export async function checkpoints({ store, op }: TestLog): Promise<readonly CheckpointTable[]> {
  return store.read(op(), async (db) => db.withTables<AuditTables>().selectFrom('audit_checkpoint').selectAll().orderBy('size').execute())
}

export async function runs({ store, op }: TestLog): Promise<readonly RunTable[]> {
  return store.read(op(), async (db) => db.withTables<AuditTables>().selectFrom('audit_run').selectAll().orderBy('position').execute())
}

export async function latest(log: TestLog): Promise<Checkpoint> {
  const note = await log.audit.checkpoint(log.op())
  const keys = (await log.audit.verifierKeys(log.op())).map(readVerifierKey).filter((key): key is NoteKey => key !== undefined)
  const opened = openNote(note ?? '', keys)
  assert.ok(opened?.signedBy, 'signed by a key that the log names')
  const checkpoint = readCheckpoint(opened.text)
  assert.ok(checkpoint)
  return checkpoint
}

/** Contents in the order of the tree. */
export async function contents(log: TestLog): Promise<readonly string[]> {
  const all: string[] = []
  for (const run of await runs(log)) {
    const rows = await log.store.read(log.op(), async (db) =>
      db
        .withTables<AuditTables>()
        .selectFrom('audit_event')
        .select('content')
        .where('writer', '=', run.writer)
        .where('number', '>=', run.number)
        .where('number', '<', run.number + run.count)
        .orderBy('number')
        .execute(),
    )
    assert.equal(run.position, all.length, 'runs join without holes')
    all.push(...rows.map((row) => row.content))
  }
  return all
}
