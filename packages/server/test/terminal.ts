/**
 * The command line in this process, for what needs no process of its own: what
 * is typed, read, said, and the exit code.
 *
 * @module
 */

import assert from 'node:assert/strict'
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

export type Row = Readonly<Record<string, unknown>>

export interface CommandsOn {
  /** Runs a command over the socket of a data directory. */
  readonly on: (...words: readonly string[]) => Promise<Ran>
  /** Runs it for a script: one line of JSON on standard output, and nothing on standard error. */
  readonly json: (...words: readonly string[]) => Promise<Row>
}

/** The command line on a server that runs. */
export function commandsOn(data: string): CommandsOn {
  const on = async (...words: readonly string[]): Promise<Ran> => runCommand([...words, '--data', data])
  const json = async (...words: readonly string[]): Promise<Row> => {
    const ran = await on(...words, '--json')
    assert.deepEqual([ran.code, ran.err], [0, ''], words.join(' '))
    assert.match(ran.out, /^\{.*\}\n$/)
    return JSON.parse(ran.out) as Row
  }
  return { on, json }
}

export function itemsOf(page: Row): readonly Row[] {
  return page['items'] as readonly Row[]
}
