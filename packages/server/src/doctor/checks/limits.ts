/** Where rate limits are counted. @module */

import { when, type Check } from '../check.ts'

export const limitChecks: readonly Check[] = [
  {
    name: 'limits.memory',
    level: 'note',
    looksAt: 'where the buckets of rate limits are',
    judge: ({ buckets }) => when(buckets?.in === 'memory' && !buckets.manyServers),
    says: 'Rate limits are counted in the memory of this server.',
    advice: 'That is right for one server. They begin anew when it starts.',
  },
  {
    name: 'limits.memory_each',
    level: 'note',
    looksAt: 'where the buckets of rate limits are, when there may be several servers',
    judge: ({ buckets }) => when(buckets?.in === 'memory' && buckets.manyServers),
    says: 'Rate limits are counted in the memory of each server by itself: with several servers on this database a stranger has as many tries as there are servers.',
    advice: 'That is right for one server. For several, configure Redis.',
  },
]
