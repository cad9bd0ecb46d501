/** Who people are: users as sealed rows, their passwords, groups and roles. @module */

export { deleteAgain, listLiving, whoLives, type LivingUser } from './again.ts'
export type { Address } from './contact.ts'
export { events } from './events.ts'
export type { Group, Membership } from './groups.ts'
export { createIdentity, type Identity, type IdentityPorts } from './identity.ts'
export { migrations } from './migrations.ts'
export type { Page, PageRequest } from './page.ts'
export type { NamedAccount, PasswordAttempt, PasswordCheck } from './password/check.ts'
export { calibratePasswords, leastParameters, type PasswordParameters } from './password/hash.ts'
export type { PoolSize } from './password/pool.ts'
export type { Announce, Revoke, RevokedThing } from './ports.ts'
export { identityRefusals, type IdentityRefusalCode } from './refusals.ts'
export type { RoleChange } from './roles.ts'
export {
  listGroupStandings,
  listUserStandings,
  standingsOf,
  withdrawEveryRole,
  withdrawFromGroup,
  withdrawFromUser,
  withdrawRoles,
  type HolderStanding,
  type UserStanding,
} from './standing.ts'
export type { RoleHolder } from './store-roles.ts'
export type { UserChange } from './user-change.ts'
export type { NewUser, User } from './users.ts'
