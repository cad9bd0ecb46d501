/**
 * A recorder that keeps events in memory, for tests that ask what was recorded
 * and not how it is kept.
 *
 * The store hands over a write's events when its closure has succeeded, so a
 * closure that throws leaves nothing here.
 *
 * @module
 */

import type { Actor, AuditEvent, RequestId, TenantId, WriterId } from '#kernel'
import type { Recorder } from '#store'

/** An event with what the operation and the transaction said about it. */
export interface RecordedEvent extends AuditEvent {
  readonly tenant: TenantId
  readonly writer: WriterId
  readonly request: RequestId
  readonly actor: Actor
  readonly atMs: number
}

export interface Recording {
  readonly recorder: Recorder
  /** In the order of their writes. Tests may empty it with `events.length = 0`. */
  readonly events: RecordedEvent[]
  /** The names alone, in order. */
  names(): readonly string[]
}

export function recordingRecorder(): Recording {
  const events: RecordedEvent[] = []
  return {
    events,
    names: () => events.map((event) => event.what),
    recorder: {
      append: async (tx, added) => {
        for (const { op, event } of added) {
          events.push({ ...event, tenant: op.tenant, writer: tx.writer, request: op.id, actor: op.actor, atMs: op.nowMs })
        }
      },
    },
  }
}

/** What was recorded about something, in order. */
export function factsAbout(recording: Recording, about: string): readonly string[] {
  return recording.events.filter((event) => event.about === about).map((event) => `${event.what} ${event.outcome}`)
}
