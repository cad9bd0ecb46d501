/** What the admin API needs to show and end what clients were given for people. @module */

import type { ClientId, ClientIdentifier, ConsentId, FamilyId, Operation, SessionId, UserId } from '#kernel'
import type { Page, PageRequest } from './list.ts'

/** An authorization that lives: what a client can still do for a person. No token is shown; none is known. */
export interface AdminToken {
  readonly id: FamilyId
  readonly client: ClientId
  /** Absent when the client was deleted meanwhile. */
  readonly clientId?: ClientIdentifier | undefined
  readonly user: UserId
  readonly username?: string | undefined
  readonly session: SessionId
  readonly scopes: readonly string[]
  readonly audience: readonly string[]
  /** Whether it outlives the session that it began in. */
  readonly offline: boolean
  readonly startedAtMs: number
  readonly lastUsedAtMs?: number | undefined
  /** Its refresh token dies then unless it is used; absent where there is none. */
  readonly idleUntilMs?: number | undefined
  readonly endsAtMs: number
}

/** Whose grants a list shows. */
export interface GrantFilter {
  readonly user?: UserId | undefined
  readonly client?: ClientId | undefined
}

export interface AdminTokens {
  list(op: Operation, request: PageRequest & GrantFilter): Promise<Page<AdminToken>>
  find(op: Operation, id: FamilyId): Promise<AdminToken | undefined>
  /** Resolves when no verifier accepts its tokens any more, or the bound has passed. False when it had already ended. */
  end(op: Operation, id: FamilyId): Promise<boolean>
  /** The same for all of a user: how many there were. Undefined when there is no such user. */
  endAllOfUser(op: Operation, user: UserId): Promise<number | undefined>
  /** The same for all of a client, with the tokens that it has as itself. Undefined when there is no such client. */
  endAllOfClient(op: Operation, client: ClientId): Promise<number | undefined>
}

/** What a person allowed a client, and it is not asked again while that is remembered. */
export interface AdminConsent {
  readonly id: ConsentId
  readonly client: ClientId
  readonly clientId?: ClientIdentifier | undefined
  readonly user: UserId
  /** Absent when the person was deleted meanwhile. */
  readonly username?: string | undefined
  readonly scopes: readonly string[]
  /** Claims that they allowed singly, beside what the scopes tell. */
  readonly claims: readonly string[]
  readonly givenAtMs: number
}

export interface AdminConsents {
  list(op: Operation, request: PageRequest & GrantFilter): Promise<Page<AdminConsent>>
  find(op: Operation, id: ConsentId): Promise<AdminConsent | undefined>
  /** Also ends what the client was given; resolves when no verifier accepts it any more, or the bound has passed. False when it was taken back already. */
  withdraw(op: Operation, id: ConsentId): Promise<boolean>
}
