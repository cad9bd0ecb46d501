/**
 * Token buckets, kept as one number each: the time at which the bucket will be
 * full again (the generic cell rate algorithm, ITU-T I.371). A bucket that is
 * full needs no memory at all.
 *
 * @module
 */

import type { Clock } from '#kernel'
import type { Rate } from './classes.ts'

/** The answer of a bucket. Both are ordinary, so it is returned. */
export interface LimitDecision {
  readonly allowed: boolean
  readonly name: string
  /** Tokens that a full bucket holds. */
  readonly burst: number
  /** Seconds in which an empty bucket fills. */
  readonly windowSeconds: number
  readonly remaining: number
  /** Seconds until the bucket is full again. */
  readonly resetSeconds: number
  /** Seconds after which the next token is there; 0 when one is there now. */
  readonly retryAfterSeconds: number
}

/** What a bucket is asked. `name` is the pool that it belongs to, `key` begins with the tenant. */
export interface BucketAsk {
  readonly name: string
  readonly key: string
  readonly rate: Rate
}

/**
 * Where buckets live. In this process's memory, or, for several servers that
 * must count together, in Redis: which is why every answer may be a promise.
 */
export interface Buckets {
  /** Spends a token, if there is one. */
  take(ask: BucketAsk): LimitDecision | Promise<LimitDecision>
  /** What {@link Buckets.take} would say, without spending. */
  look(ask: BucketAsk): LimitDecision | Promise<LimitDecision>
  /** Puts a token back that was spent. */
  giveBack(ask: BucketAsk): void | Promise<void>
}

/** {@link Buckets} that answer at once. */
export interface MemoryBuckets extends Buckets {
  take(ask: BucketAsk): LimitDecision
  look(ask: BucketAsk): LimitDecision
  giveBack(ask: BucketAsk): void
}

/** Keys of one pool; above it, keys share buckets. 21 pools of these are at most some 45 MB. */
export const mostKeys = 16_384

/** Buckets that keys share while their pool is full. */
const sharedBuckets = 1_024

/** Keys looked at for each new one when the pool is full, so that cleaning up is a bounded part of every request. */
const sweepStep = 8

/**
 * Buckets in memory.
 *
 * INVARIANT (no reset by flooding): only a bucket that is full is forgotten. When
 * a pool has no room, further keys share a fixed number of buckets by hash: a
 * flood from many addresses can make strangers share a limit, never lift one.
 */
export function memoryBuckets(clock: Clock, keysPerPool: number = mostKeys): MemoryBuckets {
  const pools = new Map<string, Pool>()
  const poolOf = (name: string): Pool => {
    let pool = pools.get(name)
    if (pool === undefined) {
      pool = { fullAtMs: new Map(), shared: new Float64Array(sharedBuckets) }
      pools.set(name, pool)
    }
    return pool
  }
  return {
    take: (ask) => decide(ask, poolOf(ask.name), clock.monotonicMs(), keysPerPool, true),
    look: (ask) => decide(ask, poolOf(ask.name), clock.monotonicMs(), keysPerPool, false),
    giveBack: ({ name, key, rate }) => {
      const pool = poolOf(name)
      const token = 1000 / rate.perSecond
      const own = pool.fullAtMs.get(key)
      if (own !== undefined) pool.fullAtMs.set(key, own - token)
      else if (pool.fullAtMs.size >= keysPerPool) pool.shared[slotOf(key)] = (pool.shared[slotOf(key)] ?? 0) - token
    },
  }
}

interface Pool {
  /** When each bucket will be full, in monotonic ms. A bucket that is not here is full. */
  readonly fullAtMs: Map<string, number>
  readonly shared: Float64Array
}

function decide({ name, key, rate }: BucketAsk, pool: Pool, nowMs: number, keysPerPool: number, spend: boolean): LimitDecision {
  const { burst, perSecond } = rate
  const tokenMs = 1000 / perSecond
  const own = pool.fullAtMs.get(key)
  const shares = own === undefined && pool.fullAtMs.size >= keysPerPool && !makeRoom(pool.fullAtMs, nowMs, keysPerPool)
  const known = shares ? (pool.shared[slotOf(key)] ?? 0) : own
  const fullAtMs = Math.max(known ?? 0, nowMs)
  const afterMs = fullAtMs + tokenMs
  // A billionth of the burst forgives the rounding of sums of fractions.
  const allowed = afterMs - nowMs <= burst * tokenMs * (1 + 1e-9)
  if (allowed && spend) {
    if (shares) pool.shared[slotOf(key)] = afterMs
    else pool.fullAtMs.set(key, afterMs)
  }
  return decisionOf({ name, key, rate }, { allowed, waitsMs: (allowed && spend ? afterMs : fullAtMs) - nowMs, neededMs: afterMs - nowMs })
}

/** What a bucket found: how long until it is full, and how long that would be with one token less. */
export interface Found {
  readonly allowed: boolean
  readonly waitsMs: number
  readonly neededMs: number
}

/** The same answer wherever the bucket is kept. Pure. */
export function decisionOf({ name, rate: { burst, perSecond } }: BucketAsk, { allowed, waitsMs, neededMs }: Found): LimitDecision {
  const tokenMs = 1000 / perSecond
  return {
    allowed,
    name,
    burst,
    windowSeconds: Math.max(1, Math.ceil(burst / perSecond)),
    remaining: Math.max(0, Math.floor(burst - waitsMs / tokenMs + 1e-6)),
    resetSeconds: Math.ceil(waitsMs / 1000),
    retryAfterSeconds: allowed ? 0 : Math.max(1, Math.ceil((neededMs - burst * tokenMs) / 1000)),
  }
}

/** Forgets full buckets, oldest first, a few at a time. True when there is room for one more. */
function makeRoom(fullAtMs: Map<string, number>, nowMs: number, keysPerPool: number): boolean {
  let looked = 0
  for (const [key, at] of fullAtMs) {
    if (looked++ === sweepStep) break
    fullAtMs.delete(key)
    // One that is not full goes to the back of the queue, so that the next sweep looks at others.
    if (at > nowMs) fullAtMs.set(key, at)
  }
  return fullAtMs.size < keysPerPool
}

/** FNV-1a; an attacker who finds collisions shares a bucket with themself. */
function slotOf(key: string): number {
  let hash = 0x811c9dc5
  for (let at = 0; at < key.length; at++) hash = Math.imul(hash ^ key.charCodeAt(at), 0x01000193)
  return (hash >>> 0) % sharedBuckets
}
