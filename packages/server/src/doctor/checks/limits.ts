/** Where rate limits are counted. @module */

import { when, type Check } from '../check.ts'

export const limitChecks: readonly Check[] = [
  {
    name: 'limits.memory',
    level: 'note',
    looksAt: 'where the buckets of rate limits are',
    judge: ({ buckets }) => when(buckets?.in === 'memory' && !buckets.manyServers),
    says: 'Rate limits are counted in memory, by this server and by its gateway each what comes to it.',
    advice: 'That is right for one server. They begin anew when it starts.',
  },
  {
    name: 'limits.memory_each',
    level: 'note',
    looksAt: 'where the buckets of rate limits are, when there may be several servers',
    judge: ({ buckets }) => when(buckets?.in === 'memory' && buckets.manyServers),
    says: 'Rate limits are counted in the memory of each server by itself: with several servers on this database a stranger has as many tries as there are servers.',
    advice: 'That is right for one server. For several, configure Redis (limits.redis).',
  },
  {
    name: 'limits.memory_workers',
    level: 'note',
    looksAt: 'where the buckets of rate limits are, when several workers are configured',
    judge: ({ buckets }) => (buckets?.in === 'memory' && buckets.workers > 1 ? [{ workers: String(buckets.workers) }] : []),
    says: 'Limits on requests are counted by each of the {workers} workers for itself, limits on guesses by all of them together.',
    advice:
      'Requests may come {workers} times as fast as each limit says, as there are so many processes to answer them. Redis (limits.redis) counts them together.',
  },
  {
    name: 'limits.redis',
    level: 'note',
    looksAt: 'where the buckets of rate limits are, when a Redis is configured',
    judge: ({ buckets }) => when(buckets?.in === 'redis' && buckets.answers === true),
    says: 'Rate limits are counted in Redis, for all servers and gateways together.',
    advice: 'While it does not answer, each of them counts by itself, guesses at a quarter of their rates.',
  },
  {
    name: 'limits.redis_silent',
    level: 'wrong',
    looksAt: 'whether the Redis that is configured can be used',
    judge: ({ buckets }) => when(buckets?.in === 'redis' && buckets.answers === false),
    says: 'The Redis of limits.redis does not answer, or does not let us in: each server counts rate limits by itself.',
    advice:
      'See that it runs, that its address, user, password and certificate are those of the configuration, and that the user may run scripts.',
  },
]
