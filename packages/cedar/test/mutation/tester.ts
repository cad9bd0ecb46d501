/** Tries mutants in a process beside this one, which is begun anew when one does not come back. @module */

import { fork, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import type { Tester, Trial } from '../../../../test/mutation/target.ts'
import type { KnownTest, Verdict } from './worker.ts'

const worker = fileURLToPath(new URL('worker.ts', import.meta.url))

/** Processor time that no mutant comes near: one that takes more goes round for ever, and somebody would notice. */
const mostSeconds = 20
/** Mutants of one process: what was imported for one is never let go of. */
const mostTrials = 150
/** The kernel's ticks of processor time. */
const ticksPerSecond = 100

export class ForkedTester implements Tester {
  #child: ChildProcess | undefined
  #known: readonly KnownTest[] | undefined
  #trials = 0

  /** The test that fails for a mutant; undefined when nobody missed what it takes out. */
  async try(trial: Trial): Promise<string | undefined> {
    if (this.#trials >= mostTrials) this.stop()
    const child = (this.#child ??= await this.#start())
    this.#trials += 1
    const before = secondsOf(child)
    const watch = setInterval(() => {
      if (secondsOf(child) - before > mostSeconds) child.kill('SIGKILL')
    }, 500)
    child.send(trial)
    const verdict = (await answerOf(child)) as Verdict | undefined
    clearInterval(watch)
    if (verdict !== undefined) return verdict.killedBy
    this.stop()
    return 'it did not come back'
  }

  /** The first process runs every test as it is, and those after it know what it found. */
  async #start(): Promise<ChildProcess> {
    const child = fork(worker, { stdio: ['ignore', 'ignore', 'inherit', 'ipc'], serialization: 'advanced', execArgv: ['--no-warnings'] })
    child.send(this.#known ?? [])
    this.#known = (await answerOf(child)) as readonly KnownTest[] | undefined
    if (this.#known === undefined) throw new Error('The tests fail without any mutant.')
    return child
  }

  stop(): void {
    this.#child?.kill('SIGKILL')
    this.#child = undefined
    this.#trials = 0
  }
}

/** What a process says next; undefined when it ends. */
async function answerOf(child: ChildProcess): Promise<unknown> {
  const over = new AbortController()
  const [said] = await Promise.race([once(child, 'message', over), once(child, 'exit', over).then(() => [undefined])])
  over.abort()
  return said
}

/** Processor time and not time by the clock, so that a busy machine kills nothing. */
function secondsOf({ pid }: ChildProcess): number {
  try {
    const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]?.split(' ') ?? []
    return (Number(fields[11]) + Number(fields[12])) / ticksPerSecond
  } catch {
    return process.platform === 'linux' ? 0 : performance.now() / 1_000
  }
}
