/** What the admin API needs of sessions. @module */

import type { Operation, SessionId, UserId } from '#kernel'
import type { Page, PageRequest } from './list.ts'

export interface AdminSession {
  readonly id: SessionId
  readonly user: UserId
  readonly username?: string | undefined
  readonly acr: string
  readonly device?: string | undefined
  readonly startedAtMs: number
  readonly endsAtMs: number
}

export interface AdminSessions {
  list(op: Operation, request: PageRequest & { readonly user?: UserId | undefined }): Promise<Page<AdminSession>>
  /** The live session of an id. */
  find(op: Operation, id: SessionId): Promise<AdminSession | undefined>
  /** Resolves when no verifier accepts the session any more, or the bound has passed. False when it had already ended. */
  end(op: Operation, id: SessionId): Promise<boolean>
  /** The same for every session of a user: how many there were. Undefined when there is no such user. */
  endAll(op: Operation, user: UserId): Promise<number | undefined>
}
