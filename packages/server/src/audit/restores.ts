/**
 * What a log says of restores: from where it went on, and which keys had signed
 * its checkpoints until then.
 *
 * @module
 */

import type { RecordedEvent } from './event.ts'

export interface Restore {
  /** The life that began. */
  readonly epoch: number
  /** How many events the tree of the backup had. */
  readonly logSize: number
  /** By their ids. */
  readonly earlierKeys: readonly string[]
}

/** The event that `app` records when a restored system begins its life. */
const restored = 'instance.restored'

/** What a restore left in the record. Undefined for any other event. */
export function readRestore({ what, facts }: RecordedEvent): Restore | undefined {
  if (what !== restored) return undefined
  const { epoch, log_size: logSize, earlier_keys: earlierKeys } = facts ?? {}
  if (typeof epoch !== 'number' || typeof logSize !== 'number' || typeof earlierKeys !== 'string') return undefined
  return { epoch, logSize, earlierKeys: earlierKeys.split(' ') }
}
