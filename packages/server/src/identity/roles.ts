/** Who holds which role. Roles are plain names; what they mean is said by policies. @module */

import { readCursor, readId, writeCursor, type Operation, type UserId } from '#kernel'
import type { Reader, Store, Transaction } from '#store'
import { lastHeldBy, type KeepHeld } from './last-holder.ts'
import type { Page, PageRequest } from './page.ts'
import type { Announce, Revoke } from './ports.ts'
import { refuse } from './refusals.ts'
import { requireGroup, requireUser } from './require.ts'
import { listGroupsOf, updateGroup } from './store-groups.ts'
import {
  deleteRole,
  insertRole,
  isHeldByUser,
  listHeldRoles,
  listHolders,
  listOwnRoles,
  listRoles,
  type RoleHolder,
} from './store-roles.ts'
import { updateUser } from './store.ts'

export interface RoleChange {
  readonly to: RoleHolder
  readonly role: string
  /** The version of the user or group that the change is made to, where somebody saw one. */
  readonly seen?: string | undefined
}

/** A change refuses with `identity.unknown_user`, `identity.unknown_group`, `identity.user_changed` and `identity.group_changed`. */
export interface Roles {
  /** False if the holder had the role already. Resolves when caches know. */
  assignRole(op: Operation, change: RoleChange): Promise<boolean>
  /** False if the holder did not have the role. Resolves when caches know. Refuses with `identity.last_holder`. */
  withdrawRole(op: Operation, change: RoleChange): Promise<boolean>
  /** Directly and through groups, in alphabetical order. */
  rolesOf(op: Operation, holder: RoleHolder): Promise<readonly string[]>
  /** What a person holds themself and would leave behind. */
  holdingsOf(op: Operation, user: UserId): Promise<Holdings>
  /** Which roles anybody holds, in alphabetical order, 1,000 at most. */
  heldRoles(op: Operation): Promise<readonly string[]>
  /** Who holds a role themself: users, groups and clients. Refuses with `identity.bad_cursor`. */
  listHolders(op: Operation, role: string, request: PageRequest): Promise<Page<RoleHolder>>
  /** Whether an active user holds the role directly. Slow with many assignments: for set-up. */
  isRoleHeld(op: Operation, role: string): Promise<boolean>
}

export interface Holdings {
  /** Their own, without those of their groups. */
  readonly roles: readonly string[]
  readonly groups: readonly string[]
  /** Roles that somebody must hold, and that nobody else does who may sign in. */
  readonly lastOf: readonly string[]
}

export interface RolePorts {
  readonly store: Store
  readonly keep: KeepHeld
  readonly alwaysHeld: readonly string[]
  readonly revoke: Revoke
  readonly announce: Announce
}

/** More roles than this on one holder is a mistake in somebody's script, and every decision would pay for it. */
export const mostRoles = 128

/** Names of roles come from scripts of administrators; more than this nobody reads. */
const mostListed = 1_000

const mostPerPage = 200

export function createRoles({ store, keep, alwaysHeld, revoke, announce }: RolePorts): Roles {
  return {
    assignRole: async (op, { to, role: named, seen }) => {
      const role = readRole(named)
      const given = await store.write(op, async (tx) => {
        await requireHolder(tx, op, to, seen)
        if (!(await giveRole(tx, op, to, role))) return false
        await raiseVersion(tx, op, to)
        await revoke(tx, op, { kind: 'entity', id: to })
        return true
      })
      if (given) await announce(op)
      return given
    },
    withdrawRole: async (op, { to, role: named, seen }) => {
      const role = readRole(named)
      const taken = await store.write(op, async (tx) => {
        await requireHolder(tx, op, to, seen)
        const user = readId('usr', to)
        const take = async (): Promise<boolean> => deleteRole(tx, op, to, role)
        if (!(user === undefined ? await take() : await keep(tx, op, user, take))) return false
        await raiseVersion(tx, op, to)
        await revoke(tx, op, { kind: 'entity', id: to })
        tx.record({ what: 'role.withdrawn', about: to, outcome: 'done', facts: { role } })
        return true
      })
      if (taken) await announce(op)
      return taken
    },
    rolesOf: async (op, holder) => store.read(op, (db) => listRoles(db, op, holder)),
    holdingsOf: async (op, user) =>
      store.read(op, async (db) => ({
        roles: await listOwnRoles(db, op, user),
        groups: await listGroupsOf(db, op, user),
        lastOf: await lastHeldBy(db, op, user, alwaysHeld),
      })),
    heldRoles: async (op) => store.read(op, async (db) => listHeldRoles(db, op, mostListed)),
    listHolders: async (op, role, { cursor, limit: asked }) => {
      const after = cursor === undefined ? undefined : readHolderCursor(cursor)
      const limit = Math.min(Math.max(asked, 1), mostPerPage)
      const found = await store.read(op, async (db) => listHolders(db, op, role, { after, limit: limit + 1 }))
      const items = found.slice(0, limit)
      const last = found.length > limit ? items.at(-1) : undefined
      return { items, next: last && writeCursor({ atMs: 0, id: last }) }
    },
    isRoleHeld: async (op, role) => store.read(op, (db) => isHeldByUser(db, op, role)),
  }
}

/** Holders of all kinds are in one list, ordered by their ids alone. */
function readHolderCursor(cursor: string): RoleHolder {
  const place = readCursor('usr', cursor) ?? readCursor('grp', cursor) ?? readCursor('cli', cursor)
  if (place === undefined) throw refuse('identity.bad_cursor')
  return place.id
}

/** Reads the name of a role. Refuses with `identity.bad_role`. */
export function readRole(text: string): string {
  if (!/^[a-z][a-z0-9-]{0,62}$/.test(text)) throw refuse('identity.bad_role')
  return text
}

/** Gives a role inside a write and records it. False if the holder had it. */
export async function giveRole(tx: Transaction, op: Operation, to: RoleHolder, role: string): Promise<boolean> {
  if (!(await insertRole(tx, op, to, role))) return false
  if ((await listOwnRoles(tx, op, to)).length > mostRoles) throw refuse('identity.too_many', 'roles')
  tx.record({ what: 'role.assigned', about: to, outcome: 'done', facts: { role } })
  return true
}

/** Users and groups are ours and must exist; whether a client does is known where clients are kept, and so is its version. */
async function requireHolder(db: Reader, op: Operation, holder: RoleHolder, seen: string | undefined): Promise<void> {
  const user = readId('usr', holder)
  if (user !== undefined) await requireUser(db, op, user, seen)
  const group = readId('grp', holder)
  if (group !== undefined) await requireGroup(db, op, group, seen)
}

async function raiseVersion(tx: Transaction, op: Operation, holder: RoleHolder): Promise<void> {
  const user = readId('usr', holder)
  if (user !== undefined) await updateUser(tx, op, user, { ending: 'nothing' })
  const group = readId('grp', holder)
  if (group !== undefined) await updateGroup(tx, op, group, undefined)
}
