/** How the rulebook tells other servers which policies decide, and hears of theirs. @module */

import type { OtherServers, Rulebook } from '#rulebook'
import type { Revocations } from '#tokens'
import { followNews, type Following } from './follow-news.ts'

const marked = 'policies:'

/** How the rulebook tells the other servers. */
export function policyNews(revocations: Pick<Revocations, 'revoke' | 'announce'>): OtherServers {
  return {
    mark: async (tx, op, store) => revocations.revoke(tx, op, { kind: 'entity', id: `${marked}${store}` }),
    tell: async (op) => revocations.announce(op),
  }
}

/** Follows what other servers activate. What it returns ends that. */
export function followPolicies(rulebook: Pick<Rulebook, 'follow'>, following: Following): () => void {
  return followNews({ marked, what: 'policies', follow: async (op) => rulebook.follow(op) }, following)
}
