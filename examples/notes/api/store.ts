/**
 * Notes in one JSON file, written whole beside the old one and then put in its
 * place. Enough for an example: a few hundred notes, one process.
 *
 * @module
 */

import { randomBytes } from 'node:crypto'
import { mkdir, open, readFile, rename } from 'node:fs/promises'
import { join } from 'node:path'
import type { Note } from '../note.ts'

/** A megabyte at most. */
const mostNotes = 500

export interface NewNote {
  readonly text: string
  readonly author: string
  readonly authorName: string
}

export interface Notes {
  /** Newest first. */
  list(): readonly Note[]
  /** Resolves when the note is on the disk; undefined when there is no room for one more. */
  add(note: NewNote): Promise<Note | undefined>
  /** False when there is no such note. */
  remove(id: string): Promise<boolean>
}

export async function openNotes(folder: string): Promise<Notes> {
  await mkdir(folder, { recursive: true, mode: 0o700 })
  const path = join(folder, 'notes.json')
  let notes = await readNotes(path)
  let writing: Promise<void> = Promise.resolve()

  /** One write after the other; what is listed is what is on the disk. */
  const change = async (next: () => readonly Note[]): Promise<void> => {
    const written = writing.then(async () => {
      const changed = next()
      await writeNotes(folder, path, changed)
      notes = changed
    })
    writing = written.catch(() => undefined)
    return written
  }

  return {
    list: () => notes,
    add: async (fresh) => {
      const note: Note = { id: randomBytes(12).toString('hex'), ...fresh, writtenAtMs: Date.now() }
      let added = false
      await change(() => {
        added = notes.length < mostNotes
        return added ? [note, ...notes] : notes
      })
      return added ? note : undefined
    },
    remove: async (id) => {
      let removed = false
      await change(() => {
        const left = notes.filter((note) => note.id !== id)
        removed = left.length < notes.length
        return left
      })
      return removed
    },
  }
}

async function readNotes(path: string): Promise<readonly Note[]> {
  try {
    const file = JSON.parse(await readFile(path, 'utf8')) as { readonly version: number; readonly notes: readonly Note[] }
    if (file.version !== 1) throw new Error(`${path} was written by another version of this example`)
    return file.notes
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return []
    throw error
  }
}

async function writeNotes(folder: string, path: string, notes: readonly Note[]): Promise<void> {
  const file = await open(`${path}.new`, 'w', 0o600)
  try {
    await file.writeFile(`${JSON.stringify({ version: 1, notes }, null, 2)}\n`)
    await file.sync()
  } finally {
    await file.close()
  }
  await rename(`${path}.new`, path)
  // The new name is in the folder, which reaches the disk by itself only later: without this the old notes can come back after a power cut.
  const holder = await open(folder, 'r')
  try {
    await holder.sync()
  } finally {
    await holder.close()
  }
}
