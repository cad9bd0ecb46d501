/**
 * Which policies decide is news that every server must have, like a revocation,
 * and it travels the same way: a numbered row in the transaction that changes it,
 * heard by every server and acknowledged when its gateways decide by it.
 *
 * @module
 */

import { setTimeout as wait } from 'node:timers/promises'
import type { Operation } from '#kernel'
import type { OtherServers, Rulebook } from '#rulebook'
import type { Revocations } from '#tokens'
import type { Log } from './log.ts'

const marked = 'policies:'

/** A database that does not answer for so long is asked again; meanwhile nothing is decided. */
const againAfterMs = 250

/** How the rulebook tells the other servers. */
export function policyNews(revocations: Pick<Revocations, 'revoke' | 'announce'>): OtherServers {
  return {
    mark: async (tx, op, store) => revocations.revoke(tx, op, { kind: 'entity', id: `${marked}${store}` }),
    tell: async (op) => revocations.announce(op),
  }
}

export interface Following {
  readonly rulebook: Rulebook
  readonly revocations: Pick<Revocations, 'subscribe'>
  readonly operation: (task: string) => Operation
  readonly log: Log
}

/** Follows what other servers activate. What it returns ends that. */
export function followPolicies({ rulebook, revocations, operation, log }: Following): () => void {
  const stopping = new AbortController()

  /** Never rejects: a listener that rejects is one that is gone. */
  const follow = async (): Promise<void> => {
    for (let failed = false; !stopping.signal.aborted; failed = true) {
      try {
        await rulebook.follow(operation('policies'))
        if (failed) log.warn('the policies that another server activated decide here now')
        return
      } catch (error) {
        if (!failed) log.error('the policies that another server activated cannot be had, so nothing is decided here', error)
        await wait(againAfterMs, undefined, { ref: false })
      }
    }
  }
  const leave = revocations.subscribe({
    deliver: async ({ entries, reset }) => {
      if (reset || entries.some(({ kind, id }) => kind === 'entity' && id.startsWith(marked))) await follow()
    },
  })
  return () => {
    stopping.abort()
    leave()
  }
}
