/**
 * The command line in this process, for what needs no process of its own: what
 * is typed, read, said, and the exit code.
 *
 * @module
 */

import { run } from '../src/cli/run.ts'

export interface Ran {
  readonly code: number
  readonly out: string
  readonly err: string
}

/** Runs a command to its end. */
export async function runCommand(words: readonly string[], input = ''): Promise<Ran> {
  const heard = { out: '', err: '' }
  const code = await run(words, {
    in: (async function* () {
      yield input
    })(),
    out: { write: (text) => void (heard.out += text) },
    err: { write: (text) => void (heard.err += text) },
  })
  return { code, ...heard }
}
