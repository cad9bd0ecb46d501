/**
 * Where rate limits are counted: in this process's memory, or in the Redis of
 * the configuration for all servers together. Without Redis the workers of one
 * server have their guesses counted together by the process that started them.
 *
 * @module
 */

import { readFileSync } from 'node:fs'
import { Secret, utf8, type Operation } from '#kernel'
import { memoryBuckets, openRedis, sharedBuckets, type Buckets, type Guesses, type MemoryBuckets, type RedisOptions } from '#ratelimit'
import type { Config } from './config.ts'
import type { Ground } from './ground.ts'
import type { Log } from './log.ts'
import { StartMistake } from './mistake.ts'
import { readSecretFile } from './secret-file.ts'
import type { RedisSettings } from './settings.ts'
import type { Beside } from './workers/beside.ts'

export interface OpenedBuckets {
  readonly buckets: Buckets
  /** Where guesses are counted, when that is not in these buckets. */
  readonly guesses: Guesses | undefined
  /** Undefined where memory is what was configured. */
  readonly isShared: (() => boolean) | undefined
  close(): void
}

/** Opens the buckets. A Redis that does not answer keeps nobody from starting: memory counts until it does. */
export async function openBuckets(
  op: Operation,
  { keys, clock }: Pick<Ground, 'keys' | 'clock'>,
  config: Pick<Config, 'limits'>,
  log: Log,
  { beside, onFallback }: { readonly beside: Beside | undefined; readonly onFallback: () => void },
): Promise<OpenedBuckets> {
  const memory = memoryBuckets(clock)
  const settings = config.limits?.redis
  if (settings === undefined) return { buckets: memory, guesses: beside?.guesses, isShared: undefined, close: () => {} }
  const namesKey = await namesKeyOf(op, { keys })
  const shared = await openSharedBuckets({ settings, namesKey, memory, log, onFallback })
  return { ...shared, guesses: undefined }
}

/** The same on every server of this database, and of no use in Redis to anybody else. */
export async function namesKeyOf(op: Operation, { keys }: Pick<Ground, 'keys'>): Promise<Secret<Uint8Array>> {
  return new Secret(await keys.hash(op, 'network', utf8('names of rate-limit buckets 1')))
}

export interface SharedBucketsAsked {
  readonly settings: RedisSettings
  readonly namesKey: Secret<Uint8Array>
  readonly memory: MemoryBuckets
  readonly log: Log
  readonly onFallback: () => void
}

/** Opens buckets in Redis. While it does not answer, `memory` counts. */
export async function openSharedBuckets({
  settings,
  namesKey,
  memory,
  log,
  onFallback,
}: SharedBucketsAsked): Promise<{ readonly buckets: Buckets; readonly isShared: () => boolean; readonly close: () => void }> {
  const redis = await openRedis({
    ...optionsOf(settings),
    onChange: (isUp, why) => {
      if (isUp) log.info('rate limits are counted in Redis, together with the other servers')
      else log.error('Redis does not answer: rate limits are counted in this process alone', why)
    },
  })
  return { buckets: sharedBuckets({ redis, memory, namesKey, onFallback }), isShared: () => redis.isUp(), close: () => redis.close() }
}

/** Whether the Redis of the configuration can be used now. For the doctor. */
export async function redisAnswers(settings: RedisSettings): Promise<boolean> {
  const redis = await openRedis(optionsOf(settings))
  const isUp = redis.isUp()
  redis.close()
  return isUp
}

function optionsOf({ url, username, passwordFile, caFile }: RedisSettings): RedisOptions {
  return {
    url,
    username,
    password: passwordFile === undefined ? undefined : readSecretFile(passwordFile),
    ca: caFile === undefined ? undefined : readAuthority(caFile),
  }
}

function readAuthority(path: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch (error) {
    throw new StartMistake(`${path} (limits.redis.caFile) cannot be read.`, { cause: error })
  }
}
