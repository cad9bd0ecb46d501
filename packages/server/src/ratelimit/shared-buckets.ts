/**
 * Buckets that several servers share, in Redis or Valkey, with buckets in this
 * process's memory behind them for when it cannot be asked.
 *
 * INVARIANT (never open, never hanging): every ask is answered within a quarter
 * of a second, by a bucket. While the shared ones are gone, each server counts by
 * itself: requests at their usual rates, so that an outage of Redis is none of
 * ours; guesses at a quarter of theirs, so that four servers together allow no
 * more than the shared bucket would, and eight still less than the hundred in a
 * row of NIST SP 800-63B section 5.2.2. Refusing every sign-in instead would hand
 * whoever can stop Redis the whole product. Memory is kept warm meanwhile: what
 * was taken from the shared bucket is taken here as well, so that an outage is not a
 * fresh start.
 *
 * @module
 */

import { base64url, hmacSha256, Unavailable, type Secret } from '#kernel'
import { decisionOf, type BucketAsk, type Buckets, type LimitDecision, type MemoryBuckets } from './buckets.ts'
import type { Redis } from './redis-line.ts'

export interface SharedBucketsOptions {
  readonly redis: Pick<Redis, 'run'>
  readonly memory: MemoryBuckets
  /** Names buckets in Redis: whoever reads there learns no address and no account. The same on every server. */
  readonly namesKey: Secret<Uint8Array>
  /** Told of each ask that memory had to answer. */
  readonly onFallback?: (() => void) | undefined
}

type What = 'take' | 'look' | 'give'

/** `b1`: the format of the string that is kept. */
const prefix = 'countersign:b1:'

const guessShare = 4

export function sharedBuckets({ redis, memory, namesKey, onFallback = () => {} }: SharedBucketsOptions): Buckets {
  const nameOf = ({ name, key }: BucketAsk): string =>
    `${prefix}${base64url(hmacSha256(namesKey.reveal(), `${name}\n${key}`).subarray(0, 18))}`

  /** Undefined when Redis did not answer, or not as our script does. */
  const ask = async (asked: BucketAsk, what: What): Promise<LimitDecision | undefined> => {
    const { burst, perSecond } = asked.rate
    try {
      const decision = readReply(asked, await redis.run(nameOf(asked), [String(1_000_000 / perSecond), String(burst), what]))
      if (decision !== undefined) return decision
    } catch (error) {
      if (!(error instanceof Unavailable)) throw error
    }
    onFallback()
    return undefined
  }

  return {
    take: async (asked) => {
      const decision = await ask(asked, 'take')
      if (decision === undefined || decision.allowed) {
        const alone = memory.take(aloneRate(asked))
        return decision ?? alone
      }
      return decision
    },
    look: async (asked) => (await ask(asked, 'look')) ?? memory.look(aloneRate(asked)),
    giveBack: async (asked) => {
      memory.giveBack(aloneRate(asked))
      await ask(asked, 'give')
    },
  }
}

/** What one server allows by itself. */
function aloneRate(asked: BucketAsk): BucketAsk {
  if (!asked.name.startsWith('guess-')) return asked
  const { burst, perSecond } = asked.rate
  return { ...asked, rate: { burst: Math.max(1, Math.floor(burst / guessShare)), perSecond: perSecond / guessShare } }
}

/** The script's three answers. Undefined when they are none. */
function readReply(asked: BucketAsk, reply: unknown): LimitDecision | undefined {
  if (!Array.isArray(reply) || reply.length !== 3) return undefined
  const [allowed, waits, needed] = reply.map(Number)
  if (allowed !== 0 && allowed !== 1) return undefined
  if (!isTime(waits) || !isTime(needed)) return undefined
  return decisionOf(asked, { allowed: allowed === 1, waitsMs: waits / 1000, neededMs: needed / 1000 })
}

function isTime(value: number | undefined): value is number {
  return value !== undefined && Number.isFinite(value) && value >= 0
}
