/**
 * Work that nobody asked for: sweeping, flushing. Each job runs by itself, one
 * turn at a time, and one that fails is reported and runs again.
 *
 * @module
 */

import type { Operation } from '#kernel'
import type { Log } from './log.ts'

export interface Job {
  readonly name: string
  readonly everyMs: number
  readonly run: (op: Operation) => Promise<unknown>
}

export interface Jobs {
  /** Runs every job once more, so that nothing waits that could be written, and ends. */
  stop(): Promise<void>
}

/** Starts the jobs. */
export function startJobs(jobs: readonly Job[], operation: (task: string) => Operation, log: Log): Jobs {
  const turn = async ({ name, run }: Job): Promise<void> => {
    try {
      await run(operation(name))
    } catch (error) {
      log.error('a job failed and will run again', error, { name })
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
      for (const timer of timers) clearInterval(timer)
      await Promise.all(running.values())
      for (const job of jobs) await turn(job)
    },
  }
}
