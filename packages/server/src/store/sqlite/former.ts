/**
 * The database as it was before this program changed its tables, kept beside it
 * for a week: the way back for whoever upgraded without a backup. A program of
 * before refuses the changed database.
 *
 * It is the whole database and lies where that lies. What is erased later can
 * still be read in it by whoever has the root key, which is why it does not stay;
 * and what was taken away later has not been taken away in it, which is why the
 * way back goes through a backup of it and a restore.
 *
 * @module
 */

import { closeSync, openSync, renameSync, rmSync, statSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { Unavailable } from '#kernel'
import { StoreMistake } from '../mistakes.ts'
import type { SqliteConnection } from './connection.ts'
import { syncFile } from './directory.ts'

/** The name of the copy in the data directory. There is one: the last. */
export const formerName = 'before-upgrade.db'

/** Who upgrades on a Friday finds out within a week whether the way back is needed. */
const keptMs = 7 * 86_400_000

/** Copies the database of the connection (0600), on disk when it returns. Throws `StoreMistake` `store.not_copied`, with nothing left behind. */
export function keepFormer(connection: SqliteConnection, databasePath: string): void {
  const directory = dirname(databasePath)
  const former = join(directory, formerName)
  const unfinished = `${former}.unfinished`
  try {
    rmSync(unfinished, { force: true })
    // An empty file is taken for none (https://sqlite.org/lang_vacuum.html), and has its permissions already.
    closeSync(openSync(unfinished, 'wx', 0o600))
    connection.rows('VACUUM INTO ?', [unfinished])
    syncFile(unfinished)
    renameSync(unfinished, former)
    syncFile(directory)
  } catch (error) {
    rmSync(unfinished, { force: true })
    if (!(error instanceof Unavailable) && !(error instanceof Error && 'syscall' in error)) throw error
    throw new StoreMistake(
      'store.not_copied',
      `The database could not be copied to ${former}, so it was not changed for this version: is there room for it once more?`,
      error,
    )
  }
}

/** Removes the copy when its week is over. False when there is none to remove. */
export function dropFormer(directory: string, nowMs: number): boolean {
  const former = join(directory, formerName)
  const madeMs = statSync(former, { throwIfNoEntry: false })?.mtimeMs
  if (madeMs === undefined || nowMs - madeMs < keptMs) return false
  rmSync(former, { force: true })
  return true
}
