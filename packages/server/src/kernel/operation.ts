import { systemClock, type Clock } from './clock.ts'
import type { AuditEvent } from './event.ts'
import { newId, type RequestId, type TenantId } from './ids.ts'
import type { Principal } from './principal.ts'

/** Who is asking. `nobody` is a real answer, spelled out, never `null`. */
export type Actor = Principal | { readonly is: 'nobody' } | { readonly is: 'system'; readonly task: string }

/**
 * One thing the server is doing right now, handed as the first argument to
 * every function that reads a clock, writes a record, or waits.
 *
 * It is passed, not looked up: what a function may touch is in its signature.
 */
export interface Operation {
  readonly id: RequestId
  readonly tenant: TenantId
  readonly actor: Actor
  /** Wall time when the operation began. Leases and limits use the monotonic clock instead. */
  readonly nowMs: number
  readonly signal: AbortSignal
  /** For what happens outside a write; inside one, `tx.record` commits with the change. */
  record(event: AuditEvent): void
}

const never = new AbortController().signal

/** An operation that no request began: a job, the start, the command line on this machine. */
export function systemOperation(
  task: string,
  tenant: TenantId,
  record: (event: AuditEvent) => void,
  clock: Clock = systemClock,
  signal: AbortSignal = never,
): Operation {
  return { id: newId('req'), tenant, actor: { is: 'system', task }, nowMs: clock.wallMs(), signal, record }
}

/** The same operation, once it is known who asks. */
export function actingAs(op: Operation, actor: Actor): Operation {
  return { id: op.id, tenant: op.tenant, actor, nowMs: op.nowMs, signal: op.signal, record: (event) => op.record(event) }
}
