/**
 * What every server must know of (which policies decide, which routes are served) travels
 * like a revocation: a numbered row in the transaction that changes it, heard by
 * every server and acknowledged when its gateways act on it.
 *
 * INVARIANT (bounded staleness, as for revocations): a server that has heard the
 * news and does not act on it yet counts what it knows as old as it was before.
 * Whoever changes something waits for a second at most; by then this server and
 * its gateways decide nothing rather than by what stood.
 *
 * @module
 */

import { setTimeout as wait } from 'node:timers/promises'
import type { Clock, Operation } from '#kernel'
import { freshForMs, type Revocations } from '#tokens'
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
  readonly revocations: Pick<Revocations, 'subscribe' | 'ageMs'>
  readonly clock: Clock
  readonly operation: (task: string) => Operation
  readonly log: Log
}

export interface Followed {
  /** Whether something that was changed more than a second ago may not be in force here. */
  isBehind(): boolean
  /** Milliseconds since what is in force was certainly all there was; undefined when it never was. */
  ageMs(): number | undefined
  stop(): void
}

/** Follows what other servers change, and this one. */
export function followNews({ marked, what, follow }: News, { revocations, clock, operation, log }: Following): Followed {
  const stopping = new AbortController()
  /** News that was heard and is not in force. */
  let ahead = 0
  /** Monotonic: when what is in force was certainly all there was. */
  let wholeAsOfMs = -Infinity

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
      if (!reset && !entries.some(({ kind, id }) => kind === 'entity' && id.startsWith(marked))) return
      // Before the feed counts what it has just read as known.
      if (ahead === 0) wholeAsOfMs = clock.monotonicMs() - (revocations.ageMs() ?? Infinity)
      ahead += 1
      const following = followUntilDone().then(() => {
        ahead -= 1
      })
      // After the bound nothing is decided here, so nothing that the news takes away is accepted, and what comes after it need not wait.
      await withinBound(following)
    },
  })
  const behindMs = (): number => (ahead === 0 ? 0 : clock.monotonicMs() - wholeAsOfMs)
  return {
    isBehind: () => behindMs() > freshForMs,
    ageMs: () => (ahead === 0 ? revocations.ageMs() : behindMs()),
    stop: () => {
      stopping.abort()
      leave()
    },
  }
}

async function withinBound(following: Promise<void>): Promise<void> {
  const bound = Promise.withResolvers<void>()
  const timer = setTimeout(bound.resolve, freshForMs)
  await Promise.race([following, bound.promise])
  clearTimeout(timer)
}
