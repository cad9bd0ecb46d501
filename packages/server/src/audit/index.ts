/** The record: events in the transaction, one tree over all of them, signed checkpoints, and their verification. @module */

export { createAudit, type Audit, type AuditOptions, type Freshness, type Proof } from './audit.ts'
export { encodeEvent, readEvent, type RecordedActor, type RecordedEvent } from './event.ts'
export { events } from './events.ts'
export type { Damage, Finding } from './findings.ts'
export type { EventPage, EventTail, ListedEvent, ListRequest } from './list.ts'
export { migrations } from './migrations.ts'
export { provesConsistency, provesInclusion } from './proof.ts'
export { createRecorder } from './recorder.ts'
export { auditRefusals, verifyRefusals, type AuditRefusalCode } from './refusals.ts'
export type { StrangerRefusal } from './strangers.ts'
export { leafHash } from './tree.ts'
export type { Verification, VerifyRequest } from './verify.ts'
