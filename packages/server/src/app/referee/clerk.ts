/**
 * Cedar's own build, in a thread of its own. The thread is begun at the first
 * task, does one after the other, and is replaced when it has done many, when a
 * task takes too long and when it ends by itself.
 *
 * INVARIANT (fail closed): a task that was not answered rejects with
 * `Unavailable`; nothing is answered in the build's place.
 *
 * @module
 */

import { Worker } from 'node:worker_threads'
import { Unavailable } from '#kernel'
import type { Ask, ClerkAnswer, ClerkTask, Compiled, CompiledSet, Decision, StoreSource } from '#policy'

export interface Clerk {
  /** Parses and validates a store. Rejects with `Unavailable`. */
  compile(source: StoreSource): Promise<Compiled>
  /** Decides as Cedar's own build does. Rejects with `Unavailable`. */
  decide(set: CompiledSet, ask: Ask): Promise<Decision>
  /** Whether a thread runs. */
  readonly isRunning: boolean
  /** Tasks that wait or are under way. */
  readonly waiting: number
  close(): Promise<void>
}

export interface ClerkLimits {
  /** What a new thread is given besides. */
  readonly beginMs: number
  /** The longest that a store may take to be checked: the largest takes 4 s on the slowest machine that we test on. */
  readonly compileMs: number
  /** The longest that one decision may take: by 2,000 policies 10 ms. */
  readonly decideMs: number
  /** Tasks after which the thread is replaced: what the build leaks goes with it. */
  readonly tasks: number
  /** Tasks that wait; more are refused. */
  readonly waiting: number
  readonly megabytes: number
}

export const usualClerkLimits: ClerkLimits = {
  beginMs: 10_000,
  compileMs: 30_000,
  decideMs: 2_000,
  tasks: 100_000,
  waiting: 1_000,
  megabytes: 512,
}

/** The program of the thread. */
export const clerkProgram: URL = new URL(import.meta.url.endsWith('.ts') ? './clerk-main.ts' : './clerk-main.js', import.meta.url)

export function createClerk(limits: ClerkLimits = usualClerkLimits, program: URL = clerkProgram): Clerk {
  return new ThreadClerk(limits, program)
}

class ThreadClerk implements Clerk {
  readonly #limits: ClerkLimits
  readonly #program: URL
  #thread: Worker | undefined
  #done = 0
  #waiting = 0
  #isClosed = false
  #turns: Promise<unknown> = Promise.resolve()

  constructor(limits: ClerkLimits, program: URL) {
    this.#limits = limits
    this.#program = program
  }

  get isRunning(): boolean {
    return this.#thread !== undefined
  }

  get waiting(): number {
    return this.#waiting
  }

  async compile(source: StoreSource): Promise<Compiled> {
    const answer = await this.#turn(async () => this.#do({ is: 'compile', source }, ['compiled'], this.#limits.compileMs))
    if (answer.is !== 'compiled') throw new Unavailable('policies')
    return answer.compiled
  }

  /** A set is sent once to each thread, and again when it was pushed out there. */
  async decide(set: CompiledSet, ask: Ask): Promise<Decision> {
    const { decideMs, compileMs } = this.#limits
    const task = { is: 'decide', digest: set.digest, ask } as const
    const answer = await this.#turn(async () => {
      const first = await this.#do(task, ['decided', 'unknown'], decideMs)
      return first.is === 'unknown' ? this.#do({ ...task, set }, ['decided'], compileMs) : first
    })
    if (answer.is !== 'decided') throw new Unavailable('policies')
    return answer.decision
  }

  async close(): Promise<void> {
    this.#isClosed = true
    await this.#end()
  }

  async #turn(work: () => Promise<ClerkAnswer>): Promise<ClerkAnswer> {
    if (this.#waiting >= this.#limits.waiting) throw new Unavailable('policies', new Error('too many tasks wait for the clerk'))
    this.#waiting += 1
    const done = this.#turns.then(work)
    this.#turns = done.catch(() => {})
    try {
      return await done
    } finally {
      this.#waiting -= 1
    }
  }

  async #do(task: ClerkTask, expected: readonly ClerkAnswer['is'][], withinMs: number): Promise<ClerkAnswer> {
    if (this.#isClosed) throw new Unavailable('policies', new Error('the clerk is closed'))
    if (this.#done >= this.#limits.tasks) await this.#end()
    const isNew = this.#thread === undefined
    const thread = this.#thread ?? this.#begin()
    this.#thread = thread
    this.#done += 1
    try {
      // To load the build takes a moment, on a busy machine seconds.
      const answer = await answered(thread, task, isNew ? this.#limits.beginMs + withinMs : withinMs)
      if (!expected.includes(answer.is)) throw new Error('the clerk answered something else')
      return answer
    } catch (error) {
      await this.#end()
      throw new Unavailable('policies', error)
    }
  }

  #begin(): Worker {
    const thread = new Worker(this.#program, { env: {}, resourceLimits: { maxOldGenerationSizeMb: this.#limits.megabytes } })
    // It keeps no process that has nothing else to do.
    thread.unref()
    this.#done = 0
    // Without a task under way: the next one begins another thread.
    const forget = (): void => {
      if (this.#thread === thread) this.#thread = undefined
    }
    thread.on('error', forget).on('exit', forget)
    return thread
  }

  async #end(): Promise<void> {
    const thread = this.#thread
    this.#thread = undefined
    await thread?.terminate()
  }
}

async function answered(thread: Worker, task: ClerkTask, withinMs: number): Promise<ClerkAnswer> {
  const answer = Promise.withResolvers<ClerkAnswer>()
  const fail = (why: Error): void => answer.reject(why)
  const ended = (code: number): void => fail(new Error(`the clerk ended with ${code}`))
  const timer = setTimeout(() => fail(new Error('the clerk did not answer in time')), withinMs)
  thread.once('message', answer.resolve).once('error', fail).once('exit', ended)
  // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a thread, not a window
  thread.postMessage(task)
  try {
    return await answer.promise
  } finally {
    clearTimeout(timer)
    thread.off('message', answer.resolve).off('error', fail).off('exit', ended)
  }
}
