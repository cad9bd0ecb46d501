import type { Identity } from '#identity'
import { createSetup, type Setup } from '#setup'
import type { Store } from '#store'

/** The role that may do everything. */
export const ownerRole = 'owner'

/** The first administrator's link, over identity. */
export function createHouseSetup(store: Store, identity: Identity): Setup {
  return createSetup({
    store,
    hasOwner: async (op) => identity.isRoleHeld(op, ownerRole),
    createOwner: async (op, person) => identity.createUser(op, { ...person, roles: [ownerRole] }),
  })
}
