/**
 * Reads the folder of a policy store. What cannot be read is a mistake with the
 * file's name, and what is not known is one too: a forbid in a file with a
 * mistyped ending must not be left out in silence.
 *
 * @module
 */

import { open, readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { readUtf8, type PolicyStoreName } from '#kernel'
import { readSource, type Mistake, type SourceFile, type StoreSource } from '#policy'

/** A store and where its files are. */
export interface StoreFolder {
  readonly store: PolicyStoreName
  readonly folder: string
  /** Part of this program, whose tests examine it. */
  readonly isShipped?: boolean
}

/** One byte more than the policy module reads, so that it is the one to say that a file is too long. */
const mostBytes = 256 * 1024 + 1
const mostEntries = 1024

/** What people and editors leave in folders. */
const ignored = /^\.|~$|\.md$/i

export async function readFolder({ store, folder }: StoreFolder): Promise<StoreSource | readonly Mistake[]> {
  const names = await namesIn(folder)
  if (names === undefined) return [{ file: folder, says: `cannot be read: it should be the folder of the policy store ${store}` }]
  if (names.length > mostEntries) return [{ file: folder, says: `has ${names.length} files; a policy store has fewer` }]
  const files: SourceFile[] = []
  const mistakes: Mistake[] = []
  for (const name of names) {
    const path = join(folder, name)
    const text = await textOf(path)
    if (typeof text === 'string') files.push({ name: path, text })
    else mistakes.push({ file: path, says: text.says })
  }
  return mistakes.length > 0 ? mistakes : readSource(store, files)
}

async function namesIn(folder: string): Promise<readonly string[] | undefined> {
  try {
    const entries = await readdir(folder)
    return entries.filter((name) => !ignored.test(name)).sort()
  } catch (error) {
    if (isFromSystem(error)) return undefined
    throw error
  }
}

async function textOf(path: string): Promise<string | { readonly says: string }> {
  try {
    const bytes = await headOf(path)
    return readUtf8(bytes) ?? { says: bytes.byteLength === mostBytes ? 'is too long' : 'is not UTF-8 text' }
  } catch (error) {
    if (isFromSystem(error)) return { says: `cannot be read (${error.code})` }
    throw error
  }
}

async function headOf(path: string): Promise<Uint8Array> {
  const file = await open(path, 'r')
  try {
    const buffer = new Uint8Array(mostBytes)
    let filled = 0
    while (filled < mostBytes) {
      const { bytesRead } = await file.read(buffer, filled, mostBytes - filled)
      if (bytesRead === 0) break
      filled += bytesRead
    }
    return buffer.subarray(0, filled)
  } finally {
    await file.close()
  }
}

function isFromSystem(error: unknown): error is Error & { readonly code: string } {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' && 'syscall' in error
}
