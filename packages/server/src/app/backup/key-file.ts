/**
 * The file of keys: everything that opens the data, and what everybody may still
 * do. It is kept apart from the backups of the data and replaced by each newer
 * one, so that whoever is erased is erased from every backup: their key is in no
 * file of keys that is still there.
 *
 * @module
 */

import { existsSync, renameSync, rmSync } from 'node:fs'
import { dirname } from 'node:path'
import { Ajv } from 'ajv'
import { Type } from 'typebox'
import type { Operation, UserId } from '#kernel'
import { personKeyLines, purposeKeyLines, readKeyLine, type KeyLine, type KeyVault } from '#keys'
import type { ReadingStore } from '#store'
import { StartMistake } from '../mistake.ts'
import { originShape, type Origin } from './manifest.ts'
import { syncDirectory, unfinished } from './place.ts'
import { openSealed, writeSealed, type Kind } from './sealed-file.ts'
import { readStandingLine, standingLines, type StandingLine } from './standing-lines.ts'

/** A key of a person takes 200 bytes: room for 300 million people. */
const keyFileKind: Kind = { what: 'file of keys', format: 'countersign-keys-1', mostBytes: 2 ** 36 }

const shape = new Ajv({ strict: false }).compile<Origin>(Type.Object(originShape))

export interface KeyFile {
  readonly origin: Origin
  /** Every line, once more checked while it is read. */
  lines(): AsyncGenerator<KeyLine | StandingLine>
}

/** Writes the file of keys, in place of an older one of the same instance. Throws a `StartMistake` and changes nothing where something else is there. */
export async function writeKeyFile(op: Operation, vault: KeyVault, store: ReadingStore, path: string, origin: Origin): Promise<void> {
  if (existsSync(path)) checkReplaceable(path, (await openKeyFile(op, vault, path)).origin, origin)
  const temporary = unfinished(path)
  rmSync(temporary, { force: true })
  try {
    await writeSealed(op, vault, keyFileKind, temporary, { ...origin }, linesOf(op, store))
    renameSync(temporary, path)
  } finally {
    rmSync(temporary, { force: true })
  }
  syncDirectory(dirname(path))
}

/** A newer life's keys are never replaced by an older one's, nor anybody else's by ours. Pure. Throws a `StartMistake`. */
export function checkReplaceable(path: string, there: Origin, ours: Origin): void {
  if (there.instance !== ours.instance) throw new StartMistake(`The file of keys at ${path} is of another instance and is not replaced.`)
  if (there.epoch > ours.epoch)
    throw new StartMistake(`The file of keys at ${path} is of a later life of this instance and is not replaced.`)
}

/** Opens a file of keys and checks it as a whole. Throws a `StartMistake`. */
export async function openKeyFile(op: Operation, vault: KeyVault, path: string): Promise<KeyFile> {
  const { head, ...file } = await openSealed(op, vault, keyFileKind, path)
  if (!shape(head)) throw new StartMistake(`The file of keys at ${path} is not one of this version.`)
  return {
    origin: head,
    lines: async function* () {
      for await (const text of file.lines()) {
        const line = readKeyLine(text) ?? readStandingLine(text)
        if (line === undefined) throw new StartMistake(`The file of keys at ${path} holds something that this version does not know.`)
        yield line
      }
    },
  }
}

async function* linesOf(op: Operation, store: ReadingStore): AsyncGenerator<string> {
  yield* await store.read(op, async (db) => purposeKeyLines(db, op.tenant, op.nowMs))
  let after: UserId | undefined
  do {
    const page = await store.read(op, async (db) => personKeyLines(db, op.tenant, after))
    yield* page.lines
    after = page.last
  } while (after !== undefined)
  yield* standingLines(op, store)
}
