/**
 * Reading the log in the order of its tree: which event stands at which leaf.
 *
 * @module
 */

import type { TenantId } from '#kernel'
import type { Reader } from '#store'
import type { Run } from './store.ts'
import type { AuditTables, EventTable } from './tables.ts'

/** One leaf's place: what should be there, and what is. */
export interface Slot {
  readonly index: number
  /** Which event the log says stands here. Undefined where it says nothing. */
  readonly place: { readonly writer: string; readonly number: number } | undefined
  /** Undefined where that event is not there. */
  readonly row: EventRow | undefined
  /** Two runs claim this leaf. */
  readonly claimedTwice: boolean
}

export type EventRow = Omit<EventTable, 'tenant'>

/** The leaves from `first` up to but not including `end`, in order. At most a few hundred at once: all are in memory. */
export async function readSlice(db: Reader, tenant: TenantId, first: number, end: number): Promise<readonly Slot[]> {
  const places = Array<Slot['place']>(Math.max(0, end - first)).fill(undefined)
  const twice = new Set<number>()
  for (const run of await runsWithin(db, tenant, first, end)) {
    for (let index = Math.max(first, run.position); index < Math.min(end, run.position + run.count); index++) {
      if (places[index - first] !== undefined) twice.add(index)
      places[index - first] = { writer: run.writer, number: run.number + index - run.position }
    }
  }
  const rows = await eventsAt(db, tenant, places)
  return places.map((place, offset) => ({
    index: first + offset,
    place,
    row: place === undefined ? undefined : rows.get(keyOf(place.writer, place.number)),
    claimedTwice: twice.has(first + offset),
  }))
}

/** The run that the first leaf is in and all that begin after it. */
async function runsWithin(db: Reader, tenant: TenantId, first: number, end: number): Promise<readonly Run[]> {
  const runs = db
    .withTables<AuditTables>()
    .selectFrom('audit_run')
    .select(['position', 'writer', 'number', 'count'])
    .where('tenant', '=', tenant)
  const before = await runs.where('position', '<=', first).orderBy('position', 'desc').limit(1).execute()
  const inside = await runs.where('position', '>', first).where('position', '<', end).orderBy('position').execute()
  return [...before, ...inside]
}

/** One query a writer: its numbers grow with the leaves, so those of one slice are neighbours. */
async function eventsAt(db: Reader, tenant: TenantId, places: readonly Slot['place'][]): Promise<ReadonlyMap<string, EventRow>> {
  const ranges = new Map<string, { first: number; last: number }>()
  for (const place of places) {
    if (place === undefined) continue
    const range = ranges.get(place.writer)
    if (range === undefined) ranges.set(place.writer, { first: place.number, last: place.number })
    else {
      range.first = Math.min(range.first, place.number)
      range.last = Math.max(range.last, place.number)
    }
  }
  const rows = new Map<string, EventRow>()
  for (const [writer, { first, last }] of ranges) {
    const found = await db
      .withTables<AuditTables>()
      .selectFrom('audit_event')
      .select(['writer', 'number', 'at_ms', 'hash', 'content'])
      .where('tenant', '=', tenant)
      .where('writer', '=', writer)
      .where('number', '>=', first)
      .where('number', '<=', last)
      .orderBy('number')
      .limit(places.length)
      .execute()
    for (const row of found) rows.set(keyOf(row.writer, row.number), row)
  }
  return rows
}

function keyOf(writer: string, number: number): string {
  return `${writer} ${number}`
}
