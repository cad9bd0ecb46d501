import { readFileSync, statSync } from 'node:fs'
import { Secret } from '#kernel'
import { StartMistake } from './mistake.ts'

/** A secret on a line of its own, in a file that nobody but its owner can read. Throws {@link StartMistake}. */
export function readSecretFile(path: string): Secret<string> {
  try {
    if ((statSync(path).mode & 0o077) !== 0) throw new StartMistake(`${path} holds a secret and can be read by others: chmod 600 it.`)
    return new Secret(readFileSync(path, 'utf8').replace(/\r?\n$/, ''))
  } catch (error) {
    if (error instanceof Error && 'code' in error)
      throw new StartMistake(`The secret file ${path} cannot be read (${String(error.code)}).`, { cause: error })
    throw error
  }
}
