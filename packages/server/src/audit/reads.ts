/**
 * Events of allowed reads: in memory first, on disk within a second.
 *
 * The answer does not wait for the disk, so a crash may lose a second of them;
 * but what cannot be kept is not allowed: a full buffer refuses.
 *
 * @module
 */

import { systemOperation, Unavailable, type AuditEvent, type Clock } from '#kernel'
import type { Store } from '#store'
import type { EventOrigin } from './event.ts'
import { appendEntries, type Entry } from './recorder.ts'

/** Half a second of 8,000 reads; about 4 MB. */
const mostWaiting = 4096

/** One write's worth, so that nobody else's write waits long. */
const mostAtOnce = 512

export interface ReadBuffer {
  /** Throws `Unavailable` when the buffer is full: the read must then not be answered. */
  add(op: EventOrigin, event: AuditEvent): void
  /** Writes what waits. What could not be written keeps waiting, and the error is thrown. */
  flush(): Promise<void>
  waiting(): number
}

export function createReadBuffer({ store, clock, limit = mostWaiting }: { store: Store; clock: Clock; limit?: number }): ReadBuffer {
  let entries: Entry[] = []
  let flushing: Promise<void> | undefined

  async function writeAll(): Promise<void> {
    for (let [first] = entries; first !== undefined; [first] = entries) {
      const { tenant } = first.op
      const batch = entries.filter((entry) => entry.op.tenant === tenant).slice(0, mostAtOnce)
      const op = systemOperation('audit-reads', tenant, () => undefined, clock)
      await store.write(op, async (tx) => appendEntries(tx, tenant, batch))
      const written = new Set(batch)
      entries = entries.filter((entry) => !written.has(entry))
    }
  }

  return {
    add: ({ id, tenant, actor, nowMs }, event) => {
      if (entries.length >= limit) throw new Unavailable('audit')
      entries.push({ op: { id, tenant, actor, nowMs }, event }) // a copy: the request behind the operation ends before the flush
    },
    flush: () =>
      (flushing ??= writeAll().finally(() => {
        flushing = undefined
      })),
    waiting: () => entries.length,
  }
}
