/** A contestant in one world as a child process, pinned to one core where the system can. @module */

import { spawn } from 'node:child_process'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { onOneCore } from '../contestant.ts'
import type { Latencies } from './child.ts'

export interface Contestant {
  readonly name: string
  answers(): Promise<readonly boolean[]>
  /** Decides one request after the other for so many milliseconds. */
  round(ms: number): Promise<Latencies>
  stop(): Promise<void>
}

const child = fileURLToPath(new URL('child.ts', import.meta.url))

/** Starts a contestant; it is ready when it has answered. */
export function startContestant(name: string, world: readonly string[]): Contestant {
  const [command, ...words] = onOneCore([child, name, ...world])
  const running = spawn(command, words, { stdio: ['pipe', 'pipe', 'inherit'] })
  const gone = new Promise((resolve) => running.once('exit', resolve))
  const lines = createInterface({ input: running.stdout })[Symbol.asyncIterator]()
  const ask = async (line: string): Promise<unknown> => {
    running.stdin.write(`${line}\n`)
    const answer = await lines.next()
    if (answer.done === true) throw new Error(`${name} ended in ${world.join(' ')}`)
    return JSON.parse(answer.value)
  }
  return {
    name,
    answers: async () => (await ask('answers')) as readonly boolean[],
    round: async (ms) => (await ask(`round ${ms}`)) as Latencies,
    stop: async () => {
      running.stdin.end()
      await gone
    },
  }
}
