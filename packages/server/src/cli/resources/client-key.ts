/** A key pair for a client that acts for itself. @module */

import { writeFileSync } from 'node:fs'
import { makeClientKey } from '#remote'
import { exitCodes, type Command } from '../command.ts'
import { UsageMistake } from '../options.ts'

const keygen: Command = {
  name: 'clients keygen',
  says: 'Makes a key pair for a client: the private key in a new file for you alone, the public key on standard output. It asks no server.',
  words: 'FILE',
  leastWords: 1,
  examples: ['countersign clients keygen nightly.jwk > nightly.public.jwk'],
  run: async (given) => {
    const path = given.words[0] ?? ''
    const { privateJwk, publicJwk } = makeClientKey()
    write(path, `${JSON.stringify(privateJwk)}\n`)
    given.print.result(publicJwk, () => [JSON.stringify(publicJwk)])
    return Promise.resolve(exitCodes.done)
  },
}

/** A file that is there is somebody's key. */
function write(path: string, text: string): void {
  try {
    writeFileSync(path, text, { mode: 0o600, flag: 'wx', flush: true })
  } catch (error) {
    if (error instanceof Error && 'code' in error) {
      if (error.code === 'EEXIST') throw new UsageMistake(`${path} exists, and a key is not overwritten`)
      throw new UsageMistake(`${path} cannot be written (${String(error.code)})`)
    }
    throw error
  }
}

export const clientKeyCommands: readonly Command[] = [keygen]
