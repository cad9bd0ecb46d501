/** Token buckets: how hard the server may be hit, and how often a secret may be guessed at. @module */

export { memoryBuckets, type BucketAsk, type Buckets, type LimitDecision, type MemoryBuckets } from './buckets.ts'
export { classRates, guessRates, type ClassRates, type GuessRates, type LimitClass, type LimitSettings, type Rate } from './classes.ts'
export { createGuesses, limitRefusals, requireAttempt, type Guess, type Guesses } from './guesses.ts'
export { openRedis, type Redis, type RedisOptions } from './redis-line.ts'
export { sharedBuckets, type SharedBucketsOptions } from './shared-buckets.ts'
export { createLimits, type Limits } from './limits.ts'
export { networkOf } from '#kernel'
