/** Whether somebody holds what they give, by the policies that decide now. @module */

import type { AdminHoldings } from '#admin'
import type { Identity } from '#identity'
import { readId, type Operation } from '#kernel'
import { exceeding, holdsEverything, type Holder } from '#policy'
import { administrationScope } from '#remote'
import type { Rulebook } from '#rulebook'

export interface HoldingPorts {
  readonly identity: Identity
  readonly rulebook: Pick<Rulebook, 'sets' | 'isLost'>
  /** The audience of tokens for the admin API. */
  readonly audience: string
}

export function adminHoldings({ identity, rulebook, audience }: HoldingPorts): AdminHoldings {
  const holderOf = async (op: Operation): Promise<Holder | undefined> => {
    const { actor } = op
    if (actor.is === 'nobody' || actor.is === 'system') return undefined
    if (actor.is === 'machine-owner') return { principal: actor, roles: [] }
    const groups = actor.is === 'user' ? await identity.groupsOf(op, actor.id) : []
    return { principal: actor, roles: await identity.rolesOf(op, actor.id), groups }
  }
  return {
    holds: async (op, holding) => {
      const holder = await holderOf(op)
      // What decides here may not be the active set: nothing is known of what anybody holds.
      if (holder === undefined || rulebook.isLost()) return false
      if (holding === 'everything') return holdsEverything(rulebook.sets, holder)
      const roles = holding.roles.map((id) => ({ type: 'Role' as const, id }))
      const groups = holding.groups.map((id) => ({ type: 'Group' as const, id }))
      return exceeding(rulebook.sets, holder, [...roles, ...groups]).length === 0
    },
    heldBy: async (op, id) => {
      const [user, group] = [readId('usr', id), readId('grp', id)]
      const own = group === undefined ? [] : [group]
      return { roles: await identity.rolesOf(op, id), groups: user === undefined ? own : await identity.groupsOf(op, user) }
    },
    reachesAdministration: ({ scopes, audiences }) => audiences.includes(audience) || scopes.includes(administrationScope),
  }
}
