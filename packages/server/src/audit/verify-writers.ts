/**
 * The part of a verification that goes by writers instead of leaves: events
 * that are not in the tree yet, events that nobody counted, counters.
 *
 * @module
 */

import { sameBytes, type Operation } from '#kernel'
import type { Reader, Store } from '#store'
import { isAsItsRowSays, readEvent, type RecordedEvent } from './event.ts'
import type { Findings } from './findings.ts'
import type { EventRow } from './slice.ts'
import { lastInTree } from './store.ts'
import type { AuditTables } from './tables.ts'
import { leafHash } from './tree.ts'

const rowsAtOnce = 500

/** Checks the counter of every writer. Returns the events that wait for the tree, as of the snapshot that `db` is. */
export async function listWaiting(db: Reader, op: Operation, findings: Findings): Promise<readonly Waiting[]> {
  const waiting: Waiting[] = []
  for (let writer = await writerAfter(db, op, ''); writer !== undefined; writer = await writerAfter(db, op, writer)) {
    const events = await verifyCounter(db, op, writer, findings)
    if (events.last > events.after) waiting.push(events)
  }
  return waiting
}

/** Checks the events that waited, and shows each of them that is what was recorded. Returns how many there are. */
export async function verifyWaiting(
  op: Operation,
  store: Store,
  waiting: readonly Waiting[],
  findings: Findings,
  see: (event: RecordedEvent) => void,
): Promise<number> {
  let count = 0
  for (const events of waiting) count += await verifyPending(op, store, events, findings, see)
  return count
}

/** The next writer that has events or a counter. */
async function writerAfter(db: Reader, op: Operation, writer: string): Promise<string | undefined> {
  const tables = db.withTables<AuditTables>()
  const having = await Promise.all(
    (['audit_event', 'audit_writer'] as const).map(async (table) =>
      tables
        .selectFrom(table)
        .select('writer')
        .where('tenant', '=', op.tenant)
        .where('writer', '>', writer)
        .orderBy('writer')
        .limit(1)
        .executeTakeFirst(),
    ),
  )
  return having
    .map((row) => row?.writer)
    .filter((name) => name !== undefined)
    .sort()[0]
}

/** What the counter says against what there is, in one snapshot. Returns what the tree does not hold yet. */
async function verifyCounter(db: Reader, op: Operation, writer: string, findings: Findings): Promise<Waiting> {
  const tables = db.withTables<AuditTables>()
  const counter = await tables
    .selectFrom('audit_writer')
    .select('next')
    .where('tenant', '=', op.tenant)
    .where('writer', '=', writer)
    .executeTakeFirst()
  const inTree = await lastInTree(db, op.tenant, writer)
  const { first, last } = await boundsOf(db, op, writer)
  const counted = counter === undefined ? inTree : counter.next - 1
  const highest = Math.max(inTree, last)
  if (first < 1) findings.add({ code: 'event_unknown', writer, number: first })
  if (counter === undefined && last > inTree) {
    findings.add({ code: 'event_unknown', writer, number: last })
    return { writer, after: inTree, last: inTree }
  }
  if (counted < highest) findings.add({ code: 'counter_cut', writer, counted, last: highest })
  return { writer, after: inTree, last: Math.max(counted, last) }
}

async function boundsOf(db: Reader, op: Operation, writer: string): Promise<{ readonly first: number; readonly last: number }> {
  const bounds = await db
    .withTables<AuditTables>()
    .selectFrom('audit_event')
    .select(({ fn }) => [fn.min('number').as('first'), fn.max('number').as('last')])
    .where('tenant', '=', op.tenant)
    .where('writer', '=', writer)
    .executeTakeFirst()
  return { first: bounds?.first ?? 1, last: bounds?.last ?? 0 }
}

/** Events of one writer above the last one that the tree holds. */
export interface Waiting {
  readonly writer: string
  readonly after: number
  readonly last: number
}

/** Events above the last one in the tree: complete, and each with its own hash. */
async function verifyPending(
  op: Operation,
  store: Store,
  { writer, after, last }: Waiting,
  findings: Findings,
  see: (event: RecordedEvent) => void,
): Promise<number> {
  let expected = after + 1
  let count = 0
  while (expected <= last) {
    const from = expected
    const rows = await store.read(op, async (db) => eventsFrom(db, op, writer, from, last))
    if (rows.length === 0) break
    for (const row of rows) {
      if (row.number > expected) findings.add({ code: 'gap_found', writer, first: expected, last: row.number - 1 })
      const event = readEvent(row.content)
      const honest = event === undefined || isAsItsRowSays(event, op.tenant, row)
      if (!honest || !sameBytes(leafHash(row.content), row.hash)) {
        findings.add({ code: 'event_changed', writer, number: row.number, index: undefined, what: event?.what })
      } else if (event !== undefined) see(event)
      expected = row.number + 1
      count += 1
    }
  }
  if (expected <= last) findings.add({ code: 'gap_found', writer, first: expected, last })
  return count
}

async function eventsFrom(db: Reader, op: Operation, writer: string, from: number, last: number): Promise<readonly EventRow[]> {
  return db
    .withTables<AuditTables>()
    .selectFrom('audit_event')
    .select(['writer', 'number', 'at_ms', 'hash', 'content'])
    .where('tenant', '=', op.tenant)
    .where('writer', '=', writer)
    .where('number', '>=', from)
    .where('number', '<=', last)
    .orderBy('number')
    .limit(rowsAtOnce)
    .execute()
}
