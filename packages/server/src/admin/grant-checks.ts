/**
 * Nobody grants what they do not hold, whatever else a policy lets them do. Asked
 * after the decision and before the write.
 *
 * It holds for whatever puts rights into somebody's hands: a role that is given or
 * taken, a member of a group that has roles, the names and the password of a user and
 * the secrets and keys of a client (whoever sets them can be them), and a client by
 * which people administer (whoever registers it acts for them).
 *
 * What is looked at may change before the write. That is as if the write had come
 * first: the two touch different rows, and whoever made the other change held what it gave.
 *
 * @module
 */

import type { ClientId, GroupId, Operation, UserId } from '#kernel'
import type { AdminClient } from './ports/clients.ts'
import type { AdminHoldings, Holding } from './ports/holdings.ts'
import { refuse } from './refusals.ts'

/** What of a registration says for whom a client acts. */
export type Registered = Pick<AdminClient, 'grantTypes' | 'scopes' | 'audiences'>

/** Each refuses with `admin.grant_exceeds`. */
export interface GrantChecks {
  /** A role is given or taken. */
  role(op: Operation, role: string): Promise<void>
  /** What this user, group or client has comes into other hands, or is taken from them. */
  holdings(op: Operation, of: UserId | GroupId | ClientId): Promise<void>
  /** A client is registered so. */
  registration(op: Operation, client: Registered): Promise<void>
}

export function grantChecks(held: AdminHoldings): GrantChecks {
  const check = async (op: Operation, holding: Holding): Promise<void> => {
    if (!(await held.holds(op, holding))) throw refuse('admin.grant_exceeds')
  }
  return {
    role: async (op, role) => check(op, { roles: [role], groups: [] }),
    holdings: async (op, of) => check(op, await held.heldBy(op, of)),
    registration: async (op, client) => {
      // A client that acts for itself has the roles that it was given, and no more.
      const actsForPeople = client.grantTypes.some((grant) => grant !== 'client_credentials')
      if (actsForPeople && held.reachesAdministration(client)) await check(op, 'everything')
    },
  }
}
