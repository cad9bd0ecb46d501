/**
 * Keeps one child running: the gateway, which strangers talk to all day.
 *
 * One that ends is started again. One that ends at once every time is given up,
 * and the server with it: somebody has to look. What ended after it had settled
 * does not count towards that, or five crashes in a year would end the server.
 *
 * @module
 */

import type { Clock } from '#kernel'
import type { Child } from './children.ts'
import type { Log } from './log.ts'
import { StartMistake } from './mistake.ts'

/** In a row. */
const mostRestarts = 5
const usualPauseMs = 1_000

/** How long a child may take to finish what it is doing. */
const graceMs = 12_000

/** One that ran for so long did not end at once. */
export const settledMs = 60_000

export class Keeper {
  /** Rejects when the child was given up. */
  readonly failed: Promise<never>
  readonly #begin: () => Promise<Child>
  readonly #clock: Clock
  readonly #log: Pick<Log, 'warn'>
  readonly #pauseMs: number
  /** Undefined while none runs. */
  #child: Child | undefined
  #stopped = false
  #restarts = 0
  #fail: (error: Error) => void = () => {}

  constructor(begin: () => Promise<Child>, clock: Clock, log: Pick<Log, 'warn'>, pauseMs: number = usualPauseMs) {
    this.#begin = begin
    this.#clock = clock
    this.#log = log
    this.#pauseMs = pauseMs
    this.failed = new Promise((_resolve, reject) => (this.#fail = reject))
    this.failed.catch(() => {})
  }

  async start(): Promise<void> {
    const child = await this.#begin()
    // Asked to end while it was being started.
    if (this.#stopped) return child.stop(graceMs)
    const startedAtMs = this.#clock.monotonicMs()
    this.#child = child
    void child.ended.then(async () => this.#again(startedAtMs))
  }

  /** A child that is just being started again reads everything anyway; its number may be another program's by now. */
  signal(name: NodeJS.Signals): void {
    if (this.#child !== undefined) process.kill(this.#child.pid, name)
  }

  async stop(): Promise<void> {
    this.#stopped = true
    await this.#child?.stop(graceMs)
  }

  async #again(startedAtMs: number): Promise<void> {
    this.#child = undefined
    if (this.#stopped) return
    if (this.#clock.monotonicMs() - startedAtMs >= settledMs) this.#restarts = 0
    this.#restarts += 1
    this.#log.warn('the gateway ended by itself and is started again', { times: this.#restarts })
    await new Promise((resolve) => setTimeout(resolve, this.#pauseMs))
    if (this.#stopped) return
    try {
      if (this.#restarts > mostRestarts) throw new StartMistake('The gateway ended again and again; the log says why.')
      await this.start()
    } catch (error) {
      this.#fail(error instanceof Error ? error : new StartMistake('The gateway cannot be started.'))
    }
  }
}
