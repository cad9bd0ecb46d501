/**
 * Brings committed events into the tree and signs what it holds, about twice a
 * second. No transaction ever waits for it.
 *
 * Any server may do it at any time: the tree grows by a compare-and-set on its
 * size, so of two that try at once one is told that it lost. That several
 * servers do not all do the work is courtesy, not safety: whoever grew the tree
 * last goes on, and another steps in when events wait and nothing moves.
 *
 * @module
 */

import { newId, sameBytes, systemOperation, type Clock, type Operation, type TenantId } from '#kernel'
import type { Keys } from '#keys'
import type { Reader, Store } from '#store'
import { openCheckpoint, signCheckpoint, verifierKeys } from './checkpoint.ts'
import type { NoteKey } from './note.ts'
import { mergeStreams, type Batch, type PendingStream } from './merge.ts'
import {
  findTree,
  growTree,
  insertCheckpoint,
  insertRuns,
  lastInTree,
  latestCheckpoint,
  listWriters,
  pendingEvents,
  plantTree,
  storeTiles,
  type CheckpointRow,
} from './store.ts'
import { loadTree, rootAt } from './tree-reader.ts'
import type { GrowingTree } from './tree.ts'

/** One write's worth: 16 tiles, about 10 ms on SQLite, during which nobody else writes. */
const mostLeavesAtOnce = 4096

/** How long waiting events may stand still before another server steps in; three turns of whoever does the work. */
const patienceMs = 1500

/** Losing this often in one turn means that another server is at work. */
const mostLosses = 3

export interface SequencerOptions {
  readonly store: Store
  readonly keys: Keys
  readonly clock: Clock
  readonly tenant: TenantId
  /** Names the log in its checkpoints. */
  readonly origin: string
  /** Told in words when events are missing or the tree is broken. */
  readonly alarm: (says: string) => void
}

export interface Sequencer {
  /** One turn, if it is this server's. */
  turn(): Promise<void>
  /** Brings everything that was committed before the call into the tree and signs it, whoever's turn it is. */
  settle(): Promise<void>
  /** How long ago everything committed was in a signed tree, how many events were not when it was last looked, and what keeps them out. */
  freshness(): { readonly lagMs: number; readonly eventsWaiting: number; readonly broken: string | undefined }
}

interface View {
  readonly size: number
  readonly holder: string | undefined
  readonly streams: readonly PendingStream[]
}

interface Stored {
  readonly latest: CheckpointRow | undefined
  /** Of the tree at the size of the latest checkpoint. */
  readonly root: Uint8Array | undefined
  readonly tree: GrowingTree | undefined
}

export function createSequencer({ store, keys, clock, tenant, origin, alarm }: SequencerOptions): Sequencer {
  const me = newId('ins')
  let tree: GrowingTree | undefined
  let signedSize = 0
  let settled: ReadonlyMap<string, number> = new Map()
  let broken: string | undefined
  let eventsWaiting = 0
  let asOfMs = clock.monotonicMs()
  let still = { size: -1, sinceMs: 0 }
  let running: Promise<void> | undefined
  let waiting: Promise<void> | undefined

  const operation = (): Operation =>
    systemOperation('audit-sequencer', tenant, (event) => alarm(`${event.what} was recorded outside a write`), clock)

  async function work(forced: boolean): Promise<void> {
    const op = operation()
    const beganMs = clock.monotonicMs()
    for (let losses = 0, more = true; more;) {
      const view = await store.read(op, look)
      const outside = view.streams.reduce((sum, { after, next }) => sum + next - 1 - after, 0)
      eventsWaiting = outside
      if (!isOurs(view, beganMs) && !forced && broken === undefined) {
        if (view.streams.length === 0 || still.sinceMs === beganMs) asOfMs = beganMs
        return
      }
      const growing = await treeOf(op, view)
      if (growing === undefined) {
        if (broken !== undefined || ++losses === mostLosses) return
        continue
      }
      eventsWaiting = outside + Math.max(0, view.size - signedSize)
      if (view.streams.length === 0) break
      const batch = mergeStreams(view.streams, view.size)
      if (await integrate(op, view, growing, batch)) more = batch.more
      else if (++losses === mostLosses) return
    }
    await sign(op)
    asOfMs = beganMs
  }

  /** What there is to do, in one snapshot. */
  async function look(db: Reader): Promise<View> {
    const row = await findTree(db, tenant)
    if (row?.size !== tree?.size) settled = new Map()
    const known = new Map<string, number>()
    const pending: { writer: string; after: number; next: number }[] = []
    for (const { writer, next } of await listWriters(db, tenant)) {
      const after = settled.get(writer) ?? (await lastInTree(db, tenant, writer))
      known.set(writer, after)
      if (next - 1 > after) pending.push({ writer, after, next })
    }
    settled = known
    const limit = Math.ceil(mostLeavesAtOnce / Math.max(1, pending.length))
    const streams: PendingStream[] = []
    for (const { writer, after, next } of pending) {
      const events = await db.run(pendingEvents, { tenant, writer, after, before: next, limit })
      streams.push({ writer, after, next, events, cut: events.length === limit })
    }
    return { size: row?.size ?? 0, holder: row?.holder, streams }
  }

  /** Several servers: the one that grew the tree last, until waiting events stand still. */
  function isOurs({ size, holder, streams }: View, nowMs: number): boolean {
    if (size !== still.size || streams.length === 0) still = { size, sinceMs: nowMs }
    return store.engine === 'sqlite' || holder === undefined || holder === me || nowMs - still.sinceMs >= patienceMs
  }

  /** The tree at the size of the view: from memory, or from the database when it leads to the latest checkpoint. */
  async function treeOf(op: Operation, { size }: View): Promise<GrowingTree | undefined> {
    if (tree?.size === size) return tree
    tree = undefined
    const stored = await store.read(op, async (db) => readStored(db, size))
    // Another server has grown it since, and signed that perhaps: the checkpoint may count more than we saw.
    if (stored === undefined) return undefined
    const reason = contradiction(size, stored, await verifierKeys(op, keys, origin))
    if (reason !== undefined) return breakDown(op, reason)
    signedSize = stored.latest?.size ?? 0
    broken = undefined
    tree = stored.tree
    return tree
  }

  /** What the database holds, in one snapshot. Undefined when the tree has another size by then. */
  async function readStored(db: Reader, size: number): Promise<Stored | undefined> {
    if (((await findTree(db, tenant))?.size ?? 0) !== size) return undefined
    const latest = await latestCheckpoint(db, tenant)
    const root = latest === undefined || latest.size > size ? undefined : await rootAt(db, tenant, latest.size)
    return { latest, root, tree: await loadTree(db, tenant, size) }
  }

  /** Why the stored tree must not be grown. */
  function contradiction(size: number, { latest, root, tree }: Stored, publicKeys: readonly NoteKey[]): string | undefined {
    if (latest !== undefined) {
      const opened = openCheckpoint(latest.note, origin, publicKeys)
      if (opened.is !== 'checkpoint') return `the latest checkpoint is ${opened.is}`
      const signed = opened.checkpoint
      if (signed.size > size) return `the latest checkpoint counts ${signed.size} events and the tree ${size}`
      // The column, by which the root was read, is nothing that is signed.
      if (signed.size !== latest.size || root === undefined || !sameBytes(root, signed.root))
        return 'the tree does not lead to the latest checkpoint'
    }
    return tree === undefined ? 'tiles of the tree are missing' : undefined
  }

  /** A log never signs what contradicts its own checkpoint. Events keep being recorded; the tree waits for an operator. */
  async function breakDown(op: Operation, reason: string): Promise<undefined> {
    if (broken === reason) return
    broken = reason
    alarm(`The tree of the audit log is broken: ${reason}`)
    await store.record(op, { what: 'audit.tree_broken', about: origin, outcome: 'refused', facts: { reason } })
  }

  /** False when another server grew the tree first. */
  async function integrate(op: Operation, { size, holder }: View, growing: GrowingTree, batch: Batch): Promise<boolean> {
    tree = undefined // until it is known that this was committed
    for (const leaf of batch.leaves) growing.append(leaf)
    const tiles = growing.takeTiles()
    const grown = await store.write(op, async (tx) => {
      if (holder === undefined) await plantTree(tx, tenant, me)
      if (!(await growTree(tx, tenant, size, growing.size, me))) return false
      await insertRuns(tx, tenant, batch.runs)
      await storeTiles(tx, tenant, tiles)
      for (const { writer, first, last } of batch.gaps) {
        tx.record({ what: 'audit.gap_found', about: writer, outcome: 'refused', facts: { first, last } })
      }
      return true
    })
    if (!grown) return false
    tree = growing
    settled = new Map([...settled, ...batch.settled])
    for (const { writer, first, last } of batch.gaps)
      alarm(`Events ${first} to ${last} of writer ${writer} were removed from the audit log`)
    return true
  }

  async function sign(op: Operation): Promise<void> {
    if (tree === undefined || tree.size === signedSize) return
    const { size } = tree
    const root = tree.root()
    const note = await signCheckpoint(op, keys, { origin, size, root })
    await store.write(op, async (tx) => insertCheckpoint(tx, tenant, { size, at_ms: op.nowMs, root, note }))
    signedSize = size
    eventsWaiting = 0
  }

  /** One at a time. Those who ask while one runs share the next. */
  function turn(forced: boolean): Promise<void> {
    if (running === undefined) {
      running = work(forced).finally(() => {
        running = undefined
      })
      return running
    }
    waiting ??= afterwards(running)
    return waiting
  }

  async function afterwards(before: Promise<void>): Promise<void> {
    await Promise.allSettled([before])
    waiting = undefined
    return turn(true)
  }

  return {
    turn: () => running ?? turn(false),
    settle: () => turn(true),
    freshness: () => ({ lagMs: clock.monotonicMs() - asOfMs, eventsWaiting, broken }),
  }
}
