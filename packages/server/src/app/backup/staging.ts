/**
 * Where a restored database is made ready before it has its name: a folder in
 * the data directory, on the same disk. One rename turns nothing into a restored
 * system; a restore that was killed leaves a folder that the next one removes.
 *
 * @module
 */

import {
  closeSync,
  copyFileSync,
  constants,
  existsSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readdirSync,
  renameSync,
  rmSync,
  rmdirSync,
} from 'node:fs'
import { join } from 'node:path'
import { databaseName, lockDirectory } from '#store'
import { StartMistake } from '../mistake.ts'
import { syncDirectory } from './place.ts'

const stagingName = 'restoring'

/** What may be in a data directory that holds nothing: the lock, what an interrupted restore left, what a new disk has. */
const nothing: ReadonlySet<string> = new Set(['lock', stagingName, 'lost+found'])

/** Throws a `StartMistake` unless the data directory is missing or empty. */
export function checkNothingThere(dataDirectory: string): void {
  const names = existsSync(dataDirectory) ? readdirSync(dataDirectory) : []
  const other = names.find((name) => !nothing.has(name))
  if (other === undefined) return
  throw new StartMistake(
    names.includes(databaseName)
      ? `There is a database in ${dataDirectory} already, and a restore never replaces one: move it away first.`
      : `The data directory ${dataDirectory} is not empty (${other}); a restore wants an empty one.`,
  )
}

export interface Staging {
  readonly folder: string
  /** Takes the file in as the database, as it is now. */
  take(path: string): void
  /** Gives the finished database its name. */
  publish(): void
  /** Removes what has no name, and gives the directory free. */
  clear(): void
}

/** Owns the data directory until `clear`. Throws `StoreMistake` when a server has it, and a `StartMistake` when something is in it. */
export function openStaging(dataDirectory: string): Staging {
  const wasThere = existsSync(dataDirectory)
  const wasLocked = existsSync(join(dataDirectory, 'lock'))
  const lock = lockDirectory(dataDirectory)
  const folder = join(dataDirectory, stagingName)
  const database = join(dataDirectory, databaseName)
  let published = false
  const clear = (): void => {
    rmSync(folder, { recursive: true, force: true })
    lock.release()
    if (published) return
    if (!wasLocked) rmSync(join(dataDirectory, 'lock'), { force: true })
    if (!wasThere) rmdirSync(dataDirectory)
  }
  try {
    checkNothingThere(dataDirectory)
    rmSync(folder, { recursive: true, force: true })
    mkdirSync(folder, { mode: 0o700 })
  } catch (error) {
    clear()
    throw error
  }
  return {
    folder,
    take: (path) => {
      const taken = join(folder, databaseName)
      copyFileSync(path, taken, constants.COPYFILE_EXCL)
      const file = openSync(taken, 'r+')
      fsyncSync(file)
      closeSync(file)
    },
    publish: () => {
      if (existsSync(join(folder, `${databaseName}-wal`))) throw new Error('the restored database was not closed')
      syncDirectory(folder)
      renameSync(join(folder, databaseName), database)
      syncDirectory(dataDirectory)
      published = true
    },
    clear,
  }
}
