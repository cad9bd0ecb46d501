/** What the admin API needs to say what a deletion would break. @module */

import type { ClientId, GroupId, Operation, RouteId, UserId } from '#kernel'
import type { Versioned } from './list.ts'

/** How many there are, as far as was counted: `more` than `count` where that is not all. */
export interface Counted {
  readonly count: number
  readonly more: boolean
}

export interface UserImpact {
  /** The code with which a deletion is refused as things are. */
  readonly refused?: string | undefined
  /** Their own, which one less will hold. */
  readonly roles: readonly string[]
  /** Groups that they leave. */
  readonly groups: number
  /** Live ones, which end. */
  readonly sessions: Counted
  /** Of each sign-in to an app: the tokens that descend from it, which end. */
  readonly tokenFamilies: Counted
}

export interface GroupImpact {
  /** What its members hold through it. */
  readonly roles: readonly string[]
  /** Who loses it. */
  readonly members: Counted
}

export interface ClientImpact {
  readonly refused?: string | undefined
  /** Where it is declared, when it is not to be deleted here. */
  readonly declaredBy?: 'configuration' | 'gateway' | 'command_line' | 'route' | undefined
  readonly roles: readonly string[]
  /** Where nobody comes back to any more. */
  readonly redirectUris: readonly string[]
  readonly tokenFamilies: Counted
  /** What people allowed it, which is forgotten. */
  readonly consents: Counted
}

export interface RouteImpact {
  readonly refused?: string | undefined
  /** Where nobody finds the app any more. */
  readonly origin: string
  readonly paths: number
  /** Of those, for strangers too. */
  readonly open: number
  /** The client that goes with it. */
  readonly client?: string | undefined
}

/** Undefined when there is nothing by that id. The version is that of the thing, for the deletion that follows. */
export interface AdminImpacts {
  ofUser(op: Operation, id: UserId): Promise<Versioned<UserImpact> | undefined>
  ofGroup(op: Operation, id: GroupId): Promise<Versioned<GroupImpact> | undefined>
  ofClient(op: Operation, id: ClientId): Promise<Versioned<ClientImpact> | undefined>
  ofRoute(op: Operation, id: RouteId): Promise<Versioned<RouteImpact> | undefined>
}
