/**
 * Work that nobody asked for: sweeping, flushing. Each job runs by itself, one
 * turn at a time, and one that fails is reported and runs again.
 *
 * @module
 */

import type { Operation } from '#kernel'
import type { LastingTrouble } from './lasting-trouble.ts'

export interface Job {
  readonly name: string
  readonly everyMs: number
  /** Does a bounded part of the work and says how many rows that were. */
  readonly run: (op: Operation) => Promise<number>
}

export interface Jobs {
  /** Runs every job once more, so that nothing waits that could be written, and ends. */
  stop(): Promise<void>
}

/** A turn does 300 rows and more where so many wait, some of which others did meanwhile; after fewer than this, little can be left. */
const fullTurn = 100

/** Starts the jobs. */
export function startJobs(jobs: readonly Job[], operation: (task: string) => Operation, trouble: LastingTrouble): Jobs {
  const stopping = new AbortController()

  /** Goes on while there is more, or a table that is written faster than one turn sweeps would grow for ever. */
  const turn = async ({ name, run }: Job): Promise<void> => {
    const what = `the job "${name}" failed`
    try {
      let rows = await run(operation(name))
      while (rows >= fullTurn && !stopping.signal.aborted) rows = await run(operation(name))
      trouble.worked(what)
    } catch (error) {
      trouble.failed(what, error)
    }
  }
  const running = new Map<Job, Promise<void>>()
  const timers = jobs.map((job) => {
    const timer = setInterval(() => {
      if (running.has(job)) return
      running.set(
        job,
        turn(job).finally(() => running.delete(job)),
      )
    }, job.everyMs)
    timer.unref()
    return timer
  })
  return {
    stop: async () => {
      stopping.abort()
      for (const timer of timers) clearInterval(timer)
      await Promise.all(running.values())
      for (const job of jobs) await turn(job)
    },
  }
}
