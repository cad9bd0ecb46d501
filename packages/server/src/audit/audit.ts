/**
 * The record as the rest of the house sees it. What transactions record needs
 * none of this: it goes through {@link createRecorder}, which the store is
 * opened with before there is an `Audit`.
 *
 * @module
 */

import { systemOperation, type AuditEvent, type Clock, type Operation, type TenantId } from '#kernel'
import type { Keys } from '#keys'
import type { Store } from '#store'
import { originOf, verifierKeys } from './checkpoint.ts'
import { exportLog, readEdge } from './export.ts'
import { ExportPlaces } from './export-places.ts'
import { beginFor, endFor, followEvents, listEvents, type EventFilter, type EventPage, type EventTail, type ListRequest } from './list.ts'
import { writeVerifierKey } from './note.ts'
import { consistencyPath, inclusionPath } from './proof.ts'
import { createReadBuffer } from './reads.ts'
import { refuse } from './refusals.ts'
import { createSequencer, type Sequencer } from './sequencer.ts'
import { checkpointsAfter, latestCheckpoint } from './store.ts'
import { createStrangerCounts, type StrangerRefusal } from './strangers.ts'
import { thinCheckpoints } from './sweep.ts'
import { readProof } from './tree-reader.ts'
import { verifyLog, type Verification, type VerifyRequest } from './verify.ts'

export interface AuditOptions {
  readonly store: Store
  readonly keys: Keys
  readonly clock: Clock
  /** Whose logs this server keeps. */
  readonly tenants: readonly TenantId[]
  /** The issuer without its scheme, `id.example`. It names the log in every checkpoint and must stay for the life of the database. */
  readonly publicName: string
  /** Told in words what an operator must hear: missing events, a broken tree. */
  readonly alarm: (says: string) => void
  /** Told how each turn of our own work went, twice a second: whoever listens says how often that is worth a line. */
  readonly trouble: { failed(what: string, error: unknown): void; worked(what: string): void }
}

/** How far the log is behind, for readiness and metrics. */
export interface Freshness {
  /** Milliseconds since everything committed was in a signed tree. Seconds of it are a fault. */
  readonly lagMs: number
  /** Events that no signed checkpoint counts, as of the sequencer's last look half a second ago. */
  readonly eventsWaiting: number
  /** Why nothing is added to the tree, in words. */
  readonly broken: string | undefined
  /** Events of allowed reads that are not on disk yet, of at most 4096. */
  readonly readsWaiting: number
}

/** That an event is in the log, or that the log continues a checkpoint: hashes for `provesInclusion` and `provesConsistency`. */
export interface Proof {
  readonly hashes: readonly Uint8Array[]
  /** The signed note of the tree that it leads to. */
  readonly checkpoint: string
  readonly size: number
}

export interface Audit {
  /** Starts the jobs: the tree, the buffer of reads, the summaries of strangers, the sweep. */
  start(): void
  /** Ends the jobs after everything that waits is written and signed. Call it when requests have drained, before the store closes. */
  stop(): Promise<void>

  /** Class B: an allowed read. On disk within a second. Throws `Unavailable` when the buffer is full; the read must then not be answered. */
  recordRead(op: Operation, event: AuditEvent): void
  /** Class A: the refusal of an authenticated caller, in a write of its own. Await it before the answer leaves. */
  recordRefusal(op: Operation, event: AuditEvent): Promise<void>
  /** Class C: a refusal to a stranger. Counted, and summarised once a minute. */
  countStranger(op: Operation, refusal: StrangerRefusal): void

  /** Events from the newest on, as the filters say. Refuses with `audit.unknown_place`. */
  list(op: Operation, request: ListRequest): Promise<EventPage>
  /** Events after the place that fit, the oldest first; without a place the newest. Refuses with `audit.unknown_place`. */
  follow(op: Operation, place: string | undefined, limit: number, filter?: EventFilter): Promise<EventTail>
  /** The latest signed checkpoint, a C2SP signed note. Undefined before there is one. */
  checkpoint(op: Operation): Promise<string | undefined>
  /** The public keys of checkpoints as `name+id+key`, the one that signs first. Keep one apart from this machine. */
  verifierKeys(op: Operation): Promise<readonly string[]>
  /** Verifies the whole log and records that it was. Refuses with `audit.unreadable_key`. */
  verify(op: Operation, request?: VerifyRequest): Promise<Verification>
  /**
   * The log as lines, from a leaf on up to the checkpoint that they end with, in parts of a few hundred; see `export.ts`.
   * With times it holds every event of them, and begins and ends with others: where the log may be cut, and where a
   * checkpoint was kept (one an hour). That it was asked for is on disk before the first. Whoever takes no further line calls `return`.
   * Refuses with `audit.unknown_place`, and with `audit.too_many_exports` while others are under way.
   * Throws `Unavailable` where the tree before the leaf cannot be read.
   */
  export(op: Operation, from: number, times?: Times): Promise<AsyncIterableIterator<string>>
  /** That the leaf is in the tree of the latest checkpoint. Undefined when it is not. */
  proveInclusion(op: Operation, index: number): Promise<Proof | undefined>
  /** That the tree of the latest checkpoint begins with the tree of this size. Undefined when it is smaller. */
  proveConsistency(op: Operation, from: number): Promise<Proof | undefined>

  /** Brings everything that was committed before the call into the tree, signed. */
  settle(op: Operation): Promise<void>
  freshness(): Freshness
}

type Times = Pick<EventFilter, 'sinceMs' | 'untilMs'>

/** Half of the second that the design allows: a turn that just missed an event leaves the other half for its successor. */
const turnMs = 500
const strangersMs = 60_000
const sweepMs = 3_600_000

export function createAudit({ store, keys, clock, tenants, publicName, alarm, trouble }: AuditOptions): Audit {
  const reads = createReadBuffer({ store, clock })
  const strangers = createStrangerCounts({ store, keys, clock })
  const sequencers: ReadonlyMap<TenantId, Sequencer> = new Map(
    tenants.map((tenant) => [tenant, createSequencer({ store, keys, clock, tenant, origin: originOf(publicName, tenant), alarm })]),
  )
  const exporting = new ExportPlaces()
  const thinnedUpTo = new Map<TenantId, number>()
  let timer: NodeJS.Timeout | undefined
  let turn: Promise<void> = Promise.resolve()
  let strangersDueMs = clock.monotonicMs() + strangersMs
  let sweepDueMs = clock.monotonicMs() + sweepMs

  function schedule(): void {
    timer = setTimeout(() => {
      turn = runTurn()
      void turn.then(schedule)
    }, turnMs)
    timer.unref()
  }

  /** The scheduler: a job that fails is reported and runs again at the next turn. */
  async function runTurn(): Promise<void> {
    await attempt('the events of reads', async () => reads.flush())
    for (const sequencer of sequencers.values()) await attempt('the tree', async () => sequencer.turn())
    const nowMs = clock.monotonicMs()
    if (nowMs >= strangersDueMs) {
      strangersDueMs = nowMs + strangersMs
      await attempt('the summaries of strangers', async () => strangers.flush())
    }
    if (nowMs >= sweepDueMs) {
      sweepDueMs = nowMs + sweepMs
      for (const tenant of tenants) await attempt('the sweep', async () => sweep(tenant))
    }
  }

  async function attempt(what: string, job: () => Promise<void>): Promise<void> {
    const says = `The audit log could not write ${what}`
    try {
      await job()
      trouble.worked(says)
    } catch (error) {
      trouble.failed(says, error)
    }
  }

  async function sweep(tenant: TenantId): Promise<void> {
    const op = systemOperation('audit-sweep', tenant, () => undefined, clock)
    const { upTo } = await thinCheckpoints(op, store, thinnedUpTo.get(tenant) ?? 0)
    thinnedUpTo.set(tenant, upTo)
  }

  async function recordVerified(op: Operation, { is, events, treeSize, findings, moreFindings }: Verification): Promise<void> {
    const facts = { found: is, events, tree_size: treeSize, findings: findings.length + moreFindings }
    await store.record(op, { what: 'audit.verified', about: 'audit', outcome: 'done', facts })
  }

  async function settle(op: Operation): Promise<void> {
    await sequencers.get(op.tenant)?.settle()
  }

  async function beginExport(op: Operation, first: number, { sinceMs, untilMs }: Times): Promise<AsyncGenerator<string>> {
    const facts = { from: first, ...(sinceMs !== undefined && { since_ms: sinceMs }), ...(untilMs !== undefined && { until_ms: untilMs }) }
    await store.record(op, { what: 'audit.exported', about: 'audit', outcome: 'done', facts })
    await settle(op)
    const { from, last } = await store.read(op, async (db) => {
      const latest = await latestCheckpoint(db, op.tenant)
      if (latest === undefined || first > latest.size) throw refuse('audit.unknown_place')
      const from = Math.max(first, await beginFor(db, op.tenant, latest.size, sinceMs))
      const end = Math.max(from, await endFor(db, op.tenant, latest.size, untilMs))
      const [covering = latest] = await checkpointsAfter(db, op.tenant, end - 1, 1)
      return { from, last: covering }
    })
    const log = originOf(publicName, op.tenant)
    const keysOfLog = (await verifierKeys(op, keys, log)).map(writeVerifierKey)
    const edge = await readEdge({ op, store }, from)
    return exportLog({ op, store }, { log, from, edge }, last.size, { checkpoint: last.note, keys: keysOfLog })
  }

  async function proof(op: Operation, pathTo: (size: number) => ReturnType<typeof inclusionPath> | undefined): Promise<Proof | undefined> {
    return store.read(op, async (db) => {
      const latest = await latestCheckpoint(db, op.tenant)
      const path = latest === undefined ? undefined : pathTo(latest.size)
      if (latest === undefined || path === undefined) return undefined
      const hashes = await readProof(db, op.tenant, path)
      return hashes && { hashes, checkpoint: latest.note, size: latest.size }
    })
  }

  return {
    start: () => {
      if (timer === undefined) schedule()
    },
    stop: async () => {
      clearTimeout(timer)
      await turn
      clearTimeout(timer)
      await reads.flush()
      await strangers.flush()
      for (const sequencer of sequencers.values()) await sequencer.settle()
    },
    recordRead: (op, event) => reads.add(op, event),
    recordRefusal: async (op, event) => store.record(op, event),
    countStranger: (op, refusal) => strangers.count(op, refusal),
    list: async (op, request) => {
      await settle(op)
      return store.read(op, async (db) => listEvents(db, op.tenant, request))
    },
    follow: async (op, place, limit, filter) => {
      await settle(op)
      return store.read(op, async (db) => followEvents(db, op.tenant, place, limit, filter))
    },
    checkpoint: async (op) => store.read(op, async (db) => (await latestCheckpoint(db, op.tenant))?.note),
    verifierKeys: async (op) => (await verifierKeys(op, keys, originOf(publicName, op.tenant))).map(writeVerifierKey),
    verify: async (op, request = {}) => {
      const verification = await verifyLog(op, store, keys, originOf(publicName, op.tenant), request)
      // What keeps a damaged log from being written to must not keep its damage from being told.
      await attempt('that it was verified', async () => recordVerified(op, verification))
      return verification
    },
    export: async (op, from, times = {}) => exporting.begin(async () => beginExport(op, from, times)),
    proveInclusion: async (op, index) => proof(op, (size) => (index >= 0 && index < size ? inclusionPath(index, size) : undefined)),
    proveConsistency: async (op, from) => proof(op, (size) => (from >= 0 && from <= size ? consistencyPath(from, size) : undefined)),
    settle,
    freshness: () => {
      const all = [...sequencers.values()].map((sequencer) => sequencer.freshness())
      return {
        lagMs: Math.max(0, ...all.map(({ lagMs }) => lagMs)),
        eventsWaiting: all.reduce((sum, { eventsWaiting }) => sum + eventsWaiting, 0),
        broken: all.map(({ broken }) => broken).find((reason) => reason !== undefined),
        readsWaiting: reads.waiting(),
      }
    },
  }
}
