/**
 * One writer at a time, across processes: a file that only one of them can make,
 * with the number of the process that made it. One whose process is gone is
 * taken away, by one process alone.
 *
 * @module
 */

import { linkSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { randomText, Refusal } from '#kernel'

/** Longer than a renewal of a token takes. */
const patienceMs = 40_000
const pauseMs = 50

/** Runs `work` while nobody else holds the lock. Refuses with `profiles.busy` when it is not to be had. */
export async function locked<Result>(path: string, work: () => Promise<Result>): Promise<Result> {
  const mine = `${process.pid} ${randomText(16)}\n`
  for (let waitedMs = 0; !tryTake(path, mine); waitedMs += pauseMs) {
    if (waitedMs >= patienceMs)
      throw new Refusal('profiles.busy', `Another countersign command is changing the profiles; if there is none, delete ${path}.`)
    await new Promise((resolve) => setTimeout(resolve, pauseMs))
  }
  try {
    return await work()
  } finally {
    if (read(path) === mine) rmSync(path, { force: true })
  }
}

/** The file appears with its content, since `link` makes the name of a file that is whole, and fails where there is one. */
function tryTake(path: string, mine: string): boolean {
  const beside = `${path}.${randomText(8)}`
  writeFileSync(beside, mine, { mode: 0o600, flag: 'wx' })
  try {
    linkSync(beside, path)
    return true
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) throw error
    clearAbandoned(path)
    return false
  } finally {
    rmSync(beside, { force: true })
  }
}

/**
 * Takes away a lock whose process is gone. What was moved is looked at again: if
 * somebody was faster and it is a lock that lives, it is put back.
 */
function clearAbandoned(path: string): void {
  const holder = read(path)
  if (holder === undefined || lives(holder)) return
  const aside = `${path}.${randomText(8)}`
  try {
    renameSync(path, aside)
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return
    throw error
  }
  if (read(aside) !== holder) {
    try {
      linkSync(aside, path)
    } catch {
      // A third has it by now. Two may then write at once; each writes a whole file.
    }
  }
  rmSync(aside, { force: true })
}

function lives(holder: string): boolean {
  const holderId = Number(/^[1-9][0-9]{0,9} /.exec(holder)?.[0])
  if (Number.isNaN(holderId)) return false
  try {
    process.kill(holderId, 0)
    return true
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EPERM'
  }
}

function read(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return undefined
  }
}
