import { closeSync, constants, fstatSync, openSync, readFileSync } from 'node:fs'
import { UsageMistake } from './options.ts'

/** Larger than any file of ours; one that is larger is not what it was taken for. */
const mostBytes = 1024 * 1024

/**
 * A file that is for its owner alone, `holds` in words. One that others can read is refused and not mended, since others may
 * have read it. Undefined when there is none. Throws `UsageMistake`.
 */
export function findPrivateFile(path: string, holds: string): string | undefined {
  const file = open(path)
  if (file === undefined) return undefined
  try {
    const found = fstatSync(file)
    if (!found.isFile() || found.size > mostBytes) throw new UsageMistake(`${path} is no file that holds ${holds}`)
    if ((found.mode & 0o077) !== 0)
      throw new UsageMistake(
        `${path} holds ${holds} and is open to others: chmod 600 it, and replace what it holds if others may have read it`,
      )
    return readFileSync(file, 'utf8')
  } finally {
    closeSync(file)
  }
}

/** The same where there must be one. */
export function requirePrivateFile(path: string, holds: string): string {
  const text = findPrivateFile(path, holds)
  if (text === undefined) throw new UsageMistake(`${path} cannot be read (ENOENT)`)
  return text
}

function open(path: string): number | undefined {
  try {
    // Not waiting: a pipe that nobody writes to would never be open, and is no file.
    return openSync(path, constants.O_RDONLY | constants.O_NONBLOCK)
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : ''
    if (code === 'ENOENT') return undefined
    throw new UsageMistake(`${path} cannot be read (${code})`)
  }
}
