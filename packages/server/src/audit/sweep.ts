/**
 * Keeps old checkpoints few. Events are never swept, and of counters there are
 * as many as connections ever wrote at one time.
 *
 * @module
 */

import type { Operation } from '#kernel'
import type { Store } from '#store'
import { checkpointsAfter, deleteCheckpoints } from './store.ts'

const hourMs = 3_600_000

/** Rows that one call may delete. */
const most = 1000

export interface Swept {
  readonly deleted: number
  /** Checkpoints up to this size have been looked at; give it to the next call. */
  readonly upTo: number
}

/** Of the checkpoints older than an hour keeps the last of each hour. Give 0 first, then what the last call returned. */
export async function thinCheckpoints(op: Operation, store: Store, after: number): Promise<Swept> {
  const rows = await store.read(op, async (db) => checkpointsAfter(db, op.tenant, after, most))
  const old = rows.filter((row) => hourOf(row.at_ms) < hourOf(op.nowMs - hourMs))
  const spare = old.filter((row, place) => hourOf(row.at_ms) === hourOf(old[place + 1]?.at_ms ?? Number.NaN)).map((row) => row.size)
  const last = old.at(-1)
  if (last === undefined) return { deleted: 0, upTo: after }
  const deleted = spare.length === 0 ? 0 : await store.write(op, async (tx) => deleteCheckpoints(tx, op.tenant, spare))
  // The last one looked at may have a later one in its hour: it is looked at again.
  return { deleted, upTo: old.at(-2)?.size ?? after }
}

function hourOf(atMs: number): number {
  return Math.floor(atMs / hourMs)
}
