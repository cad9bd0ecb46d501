/**
 * Files that come into being whole or not at all: written under another name,
 * synced, then renamed. Nobody but the owner may read them.
 *
 * @module
 */

import { closeSync, constants, fstatSync, fsyncSync, openSync } from 'node:fs'
import { StartMistake } from '../mistake.ts'

/** The name of what is not whole yet. */
export function unfinished(path: string): string {
  return `${path}.unfinished`
}

/** A rename or a new name outlives a loss of power only then. */
export function syncDirectory(path: string): void {
  const directory = openSync(path, constants.O_RDONLY)
  try {
    fsyncSync(directory)
  } finally {
    closeSync(directory)
  }
}

/** Opens a plain file of somebody else's making to read it: no link, no pipe, no device. Throws `StartMistake`. */
export function openPlain(path: string, what: string): { readonly file: number; readonly bytes: number } {
  let file: number
  try {
    file = openSync(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK)
  } catch (error) {
    const missing = error instanceof Error && 'code' in error && error.code === 'ENOENT'
    throw new StartMistake(missing ? `There is no ${what} at ${path}.` : `The ${what} at ${path} cannot be read.`, { cause: error })
  }
  const stat = fstatSync(file)
  if (stat.isFile()) return { file, bytes: stat.size }
  closeSync(file)
  throw new StartMistake(`The ${what} at ${path} is not a plain file.`)
}
