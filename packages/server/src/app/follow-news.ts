/**
 * What every server must know of (which policies decide, which routes are served) travels
 * like a revocation: a numbered row in the transaction that changes it, heard by
 * every server and acknowledged when its gateways act on it.
 *
 * @module
 */

import { setTimeout as wait } from 'node:timers/promises'
import type { Operation } from '#kernel'
import type { Revocations } from '#tokens'
import type { Log } from './log.ts'

/** A database that does not answer for so long is asked again; meanwhile nothing is decided. */
const againAfterMs = 250

export interface News {
  /** What its rows begin with. */
  readonly marked: string
  /** In words, for the log: `policies`. */
  readonly what: string
  /** Reads what stands now. */
  readonly follow: (op: Operation) => Promise<void>
}

export interface Following {
  readonly revocations: Pick<Revocations, 'subscribe'>
  readonly operation: (task: string) => Operation
  readonly log: Log
}

/** Follows what other servers change, and this one. What it returns ends that. */
export function followNews({ marked, what, follow }: News, { revocations, operation, log }: Following): () => void {
  const stopping = new AbortController()

  /** Never rejects: a listener that rejects is one that is gone. */
  const followUntilDone = async (): Promise<void> => {
    for (let failed = false; !stopping.signal.aborted; failed = true) {
      try {
        await follow(operation(what))
        if (failed) log.warn(`the ${what} of the database are in force here now`)
        return
      } catch (error) {
        if (!failed) log.error(`the ${what} of the database cannot be had, so nothing is decided here`, error)
        await wait(againAfterMs, undefined, { ref: false })
      }
    }
  }
  const leave = revocations.subscribe({
    deliver: async ({ entries, reset }) => {
      if (reset || entries.some(({ kind, id }) => kind === 'entity' && id.startsWith(marked))) await followUntilDone()
    },
  })
  return () => {
    stopping.abort()
    leave()
  }
}
