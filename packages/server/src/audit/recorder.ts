/**
 * Lands events in the transaction that they tell of.
 *
 * INVARIANT (no gaps): a writer's numbers come from a counter row that the same
 * transaction updates, so a rollback takes back the number with the event. One
 * connection is one writer, so a later number is never visible before an
 * earlier one, and the sequencer need not wait for anybody.
 *
 * @module
 */

import type { AuditEvent, TenantId, WriterId } from '#kernel'
import { statement, type Recorder, type Statement, type Transaction } from '#store'
import { encodeEvent, type EventOrigin } from './event.ts'
import type { AuditTables, EventTable } from './tables.ts'
import { leafHash } from './tree.ts'

/** An event and the operation that it happened in, which need not be the transaction's own. */
export interface Entry {
  readonly op: EventOrigin
  readonly event: AuditEvent
}

interface Taken {
  readonly tenant: TenantId
  readonly writer: WriterId
  readonly count: number
  /** What `next` is after the writer's very first events. */
  readonly begun: number
}

/** An upsert, also because it reads nothing: under SERIALIZABLE an UPDATE by key would be a read that others' writes collide with. */
const takeNumbers: Statement<Taken, { next: number }> = statement<AuditTables, Taken, { next: number }>((db, slot) =>
  db
    .insertInto('audit_writer')
    .values({ tenant: slot('tenant'), writer: slot('writer'), next: slot('begun') })
    .onConflict((conflict) =>
      conflict.columns(['tenant', 'writer']).doUpdateSet((row) => ({ next: row('audit_writer.next', '+', slot('count')) })),
    )
    .returning('next'),
)

const insertEvent: Statement<EventTable, never> = statement<AuditTables, EventTable, never>((db, slot) =>
  db.insertInto('audit_event').values({
    tenant: slot('tenant'),
    writer: slot('writer'),
    number: slot('number'),
    at_ms: slot('at_ms'),
    hash: slot('hash'),
    content: slot('content'),
  }),
)

/** The {@link Recorder} that the store is opened with. It holds nothing and needs nothing of the rest of this module. */
export function createRecorder(): Recorder {
  return {
    append: async (tx, entries) => {
      for (const [tenant, own] of byTenant(entries)) await appendEntries(tx, tenant, own)
    },
  }
}

/** Almost always one tenant's: then nothing is copied. */
function byTenant(entries: readonly Entry[]): Iterable<readonly [TenantId, readonly Entry[]]> {
  const [first] = entries
  if (first === undefined) return []
  const { tenant } = first.op
  if (entries.every(({ op }) => op.tenant === tenant)) return [[tenant, entries]]
  return Map.groupBy(entries, ({ op }) => op.tenant)
}

/** Appends events, all of the transaction's tenant, in the given order. */
export async function appendEntries(tx: Transaction, tenant: TenantId, entries: readonly Entry[]): Promise<void> {
  if (entries.length === 0) return
  const { writer } = tx
  const count = entries.length
  const [taken] = await tx.run(takeNumbers, { tenant, writer, count, begun: count + 1 })
  if (taken === undefined) throw new Error('the counter of a writer returned nothing')
  let number = taken.next - count
  for (const { op, event } of entries) {
    const content = encodeEvent(op, writer, number, event)
    await tx.run(insertEvent, { tenant, writer, number, at_ms: op.nowMs, hash: leafHash(content), content })
    number += 1
  }
}
