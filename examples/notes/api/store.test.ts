import assert from 'node:assert/strict'
import { mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { open, type FileHandle } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { openNotes } from './store.ts'

const root = mkdtempSync(join(tmpdir(), 'countersign-notes-store-'))
after(() => rmSync(root, { recursive: true, force: true }))

const fresh = { text: 'A note', author: 'usr_alice', authorName: 'Alice' }

test('notes are there again, newest first, readable by nobody else', async () => {
  const folder = join(root, 'again')
  const notes = await openNotes(folder)
  const first = await notes.add(fresh)
  const [second, third] = await Promise.all([notes.add(fresh), notes.add(fresh)])
  assert.ok(first && second && third)
  assert.equal(await notes.remove(second.id), true)
  assert.equal(await notes.remove(second.id), false)
  const [fourth, removed] = await Promise.all([notes.add(fresh), notes.remove(third.id)])
  assert.equal(removed, true)
  assert.deepEqual((await openNotes(folder)).list(), [fourth, first])
  assert.deepEqual(readdirSync(folder), ['notes.json'])
  assert.equal(statSync(join(folder, 'notes.json')).mode & 0o777, 0o600)
})

test('the file and then its folder are on the disk before a note counts as written', async (t) => {
  const folder = join(root, 'synced')
  const notes = await openNotes(folder)
  const probe = await open(root, 'r')
  const handles = Object.getPrototypeOf(probe) as { sync: (this: FileHandle) => Promise<void> }
  await probe.close()
  const synced: string[] = []
  const { sync } = handles
  t.mock.method(handles, 'sync', async function (this: FileHandle) {
    synced.push((await this.stat()).isDirectory() ? `folder of ${readdirSync(folder).join()}` : 'file')
    return sync.call(this)
  })
  await notes.add(fresh)
  assert.deepEqual(synced, ['file', 'folder of notes.json'])
})

test('a file of another version is not read and not written over', async () => {
  const folder = join(root, 'other')
  await openNotes(folder)
  writeFileSync(join(folder, 'notes.json'), '{"version":2}')
  await assert.rejects(openNotes(folder), /another version/)
})

test('there is room for 500 notes', async () => {
  const folder = join(root, 'full')
  await openNotes(folder)
  const note = { ...fresh, id: '0'.repeat(24), writtenAtMs: 1 }
  writeFileSync(join(folder, 'notes.json'), JSON.stringify({ version: 1, notes: Array.from({ length: 499 }, () => note) }))
  const notes = await openNotes(folder)
  assert.ok(await notes.add(fresh))
  assert.equal(await notes.add(fresh), undefined)
  assert.equal(notes.list().length, 500)
})
