/**
 * Events of allowed reads: in memory first, on disk within a second.
 *
 * The answer does not wait for the disk, so a crash may lose a second of them;
 * but what cannot be kept is not allowed: a full buffer refuses.
 *
 * @module
 */

import { systemOperation, Unavailable, type Clock, type TenantId } from '#kernel'
import type { Store } from '#store'
import { appendEntries, type Entry } from './recorder.ts'

/** Half a second of 8,000 reads; about 4 MB. */
const mostWaiting = 4096

/** One write's worth, so that nobody else's write waits long. */
const mostAtOnce = 512

export interface ReadBuffer {
  /** Throws `Unavailable` when the buffer is full: the read must then not be answered. */
  add(entry: Entry): void
  /** Writes what waits. What could not be written keeps waiting, and the error is thrown. */
  flush(): Promise<void>
  waiting(): number
}

export function createReadBuffer({ store, clock, limit = mostWaiting }: { store: Store; clock: Clock; limit?: number }): ReadBuffer {
  let entries: Entry[] = []
  let flushing: Promise<void> | undefined

  async function writeAll(): Promise<void> {
    while (entries.length > 0) {
      const tenant = entries[0]?.op.tenant as TenantId
      const batch = entries.filter((entry) => entry.op.tenant === tenant).slice(0, mostAtOnce)
      const op = systemOperation('audit-reads', tenant, () => undefined, clock)
      await store.write(op, async (tx) => appendEntries(tx, tenant, batch))
      const written = new Set(batch)
      entries = entries.filter((entry) => !written.has(entry))
    }
  }

  return {
    add: (entry) => {
      if (entries.length >= limit) throw new Unavailable('audit')
      entries.push(entry)
    },
    flush: () =>
      (flushing ??= writeAll().finally(() => {
        flushing = undefined
      })),
    waiting: () => entries.length,
  }
}
