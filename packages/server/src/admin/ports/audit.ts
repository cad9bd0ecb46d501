/** What the admin API needs of the record. @module */

import type { Operation } from '#kernel'
import type { Page, PageRequest } from './list.ts'

/** An event as the API shows it. */
export interface AdminEvent {
  readonly index?: number | undefined
  readonly writer: string
  readonly number: number
  readonly atMs: number
  readonly request: string
  readonly actor: string
  readonly what: string
  readonly about: string
  readonly outcome: string
  readonly facts?: Readonly<Record<string, string | number | boolean>> | undefined
  readonly decision?: object | undefined
  /** The sealed part in clear, while the person's key exists. */
  readonly personal?: string | undefined
}

/** What a verification found. */
export interface AdminVerification {
  readonly ok: boolean
  readonly events: number
  readonly treeSize: number
  readonly findings: readonly { readonly code: string; readonly says: string }[]
}

/** Which events: those that fit everything that is said. */
export interface AdminEventFilter {
  readonly what?: string | undefined
  readonly about?: string | undefined
  readonly actor?: string | undefined
  readonly outcome?: 'done' | 'allowed' | 'refused' | undefined
  readonly request?: string | undefined
  readonly sinceMs?: number | undefined
  readonly untilMs?: number | undefined
}

export interface AdminEventTail {
  readonly items: readonly AdminEvent[]
  readonly place: string
  /** Whether there are events after that place already. */
  readonly more: boolean
}

export interface AdminAudit {
  list(op: Operation, request: PageRequest & AdminEventFilter): Promise<Page<AdminEvent>>
  /** Events after the given place that fit, oldest first, for `audit tail`. */
  after(op: Operation, place: string | undefined, limit: number, filter: AdminEventFilter): Promise<AdminEventTail>
  /** The latest signed checkpoint, a C2SP signed note. */
  checkpoint(op: Operation): Promise<string | undefined>
  /** The log as lines, from a leaf on or what covers the times, with what proves them at the end. */
  export(op: Operation, from: number, times: Pick<AdminEventFilter, 'sinceMs' | 'untilMs'>): Promise<AsyncIterable<string>>
  verify(op: Operation, earlier: string | undefined): Promise<AdminVerification>
}
