/** How the rulebook tells other servers which policies decide, and hears of theirs. @module */

import { Unavailable } from '#kernel'
import type { OtherServers, Rulebook } from '#rulebook'
import type { Revocations } from '#tokens'
import { followNews, type Followed, type Following } from './follow-news.ts'

const marked = 'policies:'

/** How the rulebook tells the other servers. */
export function policyNews(revocations: Pick<Revocations, 'revoke' | 'announce'>): OtherServers {
  return {
    mark: async (tx, op, store) => revocations.revoke(tx, op, { kind: 'entity', id: `${marked}${store}` }),
    tell: async (op) => revocations.announce(op),
  }
}

/** Follows what other servers activate, and decides by nothing else. */
export function followPolicies(rulebook: Pick<Rulebook, 'follow' | 'decide'>, following: Following): Followed & Pick<Rulebook, 'decide'> {
  const followed = followNews({ marked, what: 'policies', follow: async (op) => rulebook.follow(op) }, following)
  return {
    ...followed,
    decide: (store, ask) => {
      if (followed.isBehind()) throw new Unavailable('policies')
      return rulebook.decide(store, ask)
    },
  }
}
