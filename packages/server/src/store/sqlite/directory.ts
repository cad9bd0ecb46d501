/**
 * The data directory, and the lock by which one server owns it.
 *
 * The lock is a lock of the operating system on the file `lock`, taken by SQLite
 * and held as long as the process lives: nothing is left behind by a crash.
 * POSIX drops it when this process closes any other handle on that file, so
 * nothing else may open it.
 *
 * @module
 */

import { closeSync, fsyncSync, mkdirSync, openSync, statSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { StoreMistake } from '../mistakes.ts'
import { sqliteCode } from './errors.ts'

export interface DataDirectory {
  readonly databasePath: string
  release(): void
}

/** The name of the database's file in a data directory. */
export const databaseName = 'countersign.db'

/**
 * Whether there is a database in the directory. SQLite gives a file its first page before anything else: one of no length is
 * none. Throws `StoreMistake` `store.directory_not_writable` where that cannot be seen.
 */
export function holdsDatabase(directory: string): boolean {
  try {
    return (statSync(join(directory, databaseName), { throwIfNoEntry: false })?.size ?? 0) > 0
  } catch (error) {
    throw notWritable(directory, error)
  }
}

/** Throws `StoreMistake`: `store.directory_not_writable`, `store.directory_in_use`. */
export function claimDirectory(directory: string): DataDirectory {
  const lock = lockDirectory(directory)
  const databasePath = join(directory, databaseName)
  try {
    // SQLite gives its -wal and -shm files the permissions of the database.
    closeSync(openSync(databasePath, 'a', 0o600))
  } catch (error) {
    lock.release()
    throw notWritable(directory, error)
  }
  return { databasePath, release: () => lock.release() }
}

/** Makes the directory where it is missing and owns it, whatever is in it. Throws as {@link claimDirectory}. */
export function lockDirectory(directory: string): { release(): void } {
  const lockPath = join(directory, 'lock')
  try {
    const made = mkdirSync(directory, { recursive: true, mode: 0o700 })
    if (made !== undefined) syncDirectory(dirname(made))
    closeSync(openSync(lockPath, 'a', 0o600))
  } catch (error) {
    throw notWritable(directory, error)
  }
  const lock = new DatabaseSync(lockPath, { timeout: 0 })
  try {
    lock.exec('PRAGMA journal_mode = MEMORY; BEGIN EXCLUSIVE')
  } catch (error) {
    lock.close()
    const code = sqliteCode(error)
    if (code !== undefined && (code & 0xff) === sqliteBusy) {
      throw new StoreMistake('store.directory_in_use', `Another server is already using the data directory ${directory}.`, error)
    }
    throw new StoreMistake('store.directory_not_writable', `The data directory ${directory} cannot be locked.`, error)
  }
  return { release: () => lock.close() }
}

function notWritable(directory: string, cause: unknown): StoreMistake {
  return new StoreMistake('store.directory_not_writable', `The data directory ${directory} cannot be written to.`, cause)
}

const sqliteBusy = 5

/** What a file holds outlives a loss of power only then. */
export function syncFile(path: string): void {
  const file = openSync(path, 'r')
  try {
    fsyncSync(file)
  } finally {
    closeSync(file)
  }
}

/** A new name in a directory outlives a loss of power only then. SQLite does the same for the names of its files. */
function syncDirectory(path: string): void {
  const handle = openSync(path, 'r')
  try {
    fsyncSync(handle)
  } finally {
    closeSync(handle)
  }
}
