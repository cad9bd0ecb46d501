/**
 * Keeps one child running: the gateway, which strangers talk to all day, or one
 * of several workers.
 *
 * One that ends is started again, the first time at once and then after a pause that doubles. One that ends at
 * once every time, or cannot be started again, is given up, and the server with
 * it: somebody has to look. What ended after it had settled does not count
 * towards that, or five crashes in a year would end the server.
 *
 * @module
 */

import type { Clock } from '#kernel'
import type { Child } from './children.ts'
import type { Log } from './log.ts'
import { StartMistake } from './mistake.ts'

/** In a row. */
const mostRestarts = 5
/** Before the second time. */
const firstPauseMs = 2_000

/** One that ran for so long did not end at once. */
export const settledMs = 60_000

export interface Kept {
  /** In words: `gateway`, `worker 2`. */
  readonly name: string
  readonly begin: () => Promise<Child>
  /** How long it may take to finish what it is doing. */
  readonly graceMs: number
}

export class Keeper {
  /** Rejects when the child was given up. */
  readonly failed: Promise<never>
  readonly #kept: Kept
  readonly #clock: Clock
  readonly #log: Pick<Log, 'warn' | 'error'>
  readonly #pauseMs: number
  /** Undefined while none runs. */
  #child: Child | undefined
  #stopped = false
  #restarts = 0
  #fail: (error: Error) => void = () => {}
  #wake: () => void = () => {}

  constructor(kept: Kept, clock: Clock, log: Pick<Log, 'warn' | 'error'>, pauseMs: number = firstPauseMs) {
    this.#kept = kept
    this.#clock = clock
    this.#log = log
    this.#pauseMs = pauseMs
    this.failed = new Promise((_resolve, reject) => (this.#fail = reject))
    this.failed.catch(() => {})
  }

  async start(): Promise<void> {
    const child = await this.#kept.begin()
    // Asked to end while it was being started.
    if (this.#stopped) return child.stop(this.#kept.graceMs)
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
    this.#wake()
    await this.#child?.stop(this.#kept.graceMs)
  }

  /** Ends early when everything is to end. */
  async #pause(ms: number): Promise<void> {
    const over = Promise.withResolvers<void>()
    const timer = setTimeout(over.resolve, ms)
    this.#wake = over.resolve
    await over.promise
    clearTimeout(timer)
  }

  async #again(startedAtMs: number): Promise<void> {
    this.#child = undefined
    if (this.#stopped) return
    if (this.#clock.monotonicMs() - startedAtMs >= settledMs) this.#restarts = 0
    const { name } = this.#kept
    this.#log.warn('a process ended by itself and is started again', { name, times: this.#restarts + 1 })
    let last: unknown
    while (this.#restarts < mostRestarts) {
      this.#restarts += 1
      if (this.#restarts > 1) await this.#pause(this.#pauseMs * 2 ** (this.#restarts - 2))
      if (this.#stopped) return
      try {
        return await this.start()
      } catch (error) {
        this.#log.error('a process could not be started again', error, { name, times: this.#restarts })
        last = error
      }
    }
    this.#fail(new StartMistake(`The ${name} ended again and again; the log says why.`, { cause: last }))
  }
}
