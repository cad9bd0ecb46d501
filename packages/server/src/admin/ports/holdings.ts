/** What the admin API needs to know whether somebody holds what they give. @module */

import type { ClientId, GroupId, Operation, UserId } from '#kernel'

/** Roles and groups by which policies permit something, or all that there is. */
export type Holding = { readonly roles: readonly string[]; readonly groups: readonly GroupId[] } | 'everything'

export interface AdminHoldings {
  /** Whether the one who asks holds all of it. */
  holds(op: Operation, holding: Holding): Promise<boolean>
  /** What somebody has who is this user or client, or in this group. */
  heldBy(op: Operation, id: UserId | GroupId | ClientId): Promise<Holding>
  /** Whether tokens for a client of such scopes and audiences may be for this API. */
  reachesAdministration(client: { readonly scopes: readonly string[]; readonly audiences: readonly string[] }): boolean
}
