/** Groups of people. A group may hold roles, and its members hold them through it. @module */

import { newId, readCursor, writeCursor, type GroupId, type Operation, type UserId } from '#kernel'
import { UniqueConflict, type Reader, type Store } from '#store'
import type { Announce, Revoke } from './ports.ts'
import { refuse } from './refusals.ts'
import { findUserRow } from './store.ts'
import {
  deleteGroupRow,
  deleteMember,
  findGroupRow,
  insertGroup,
  insertMember,
  listGroupRows,
  listGroupsOf,
  listMemberIds,
  listRoles,
  renameGroupRow,
} from './store-groups.ts'
import type { GroupRow } from './tables.ts'
import type { Page, PageRequest } from './users.ts'

export interface Group {
  readonly id: GroupId
  readonly name: string
  readonly roles: readonly string[]
  readonly createdAtMs: number
}

export interface Groups {
  createGroup(op: Operation, group: { readonly name: string }): Promise<GroupId>
  findGroup(op: Operation, id: GroupId): Promise<Group | undefined>
  /** Refuses with `identity.unknown_group`, `identity.bad_name` and `identity.group_taken`. */
  renameGroup(op: Operation, id: GroupId, name: string): Promise<void>
  deleteGroup(op: Operation, id: GroupId): Promise<void>
  /** Oldest first; `prefix` of the name, in whatever case. */
  listGroups(op: Operation, request: PageRequest & { readonly prefix?: string | undefined }): Promise<Page<Group>>
  /** In the order of their ids. */
  listMembers(op: Operation, group: GroupId, request: PageRequest): Promise<Page<UserId>>
  /** False if the user was a member already. Resolves when caches know. */
  addToGroup(op: Operation, member: Membership): Promise<boolean>
  /** False if the user was no member. Resolves when caches know. */
  removeFromGroup(op: Operation, member: Membership): Promise<boolean>
  groupsOf(op: Operation, user: UserId): Promise<readonly GroupId[]>
}

export interface Membership {
  readonly group: GroupId
  readonly user: UserId
}

export interface GroupPorts {
  readonly store: Store
  readonly revoke: Revoke
  readonly announce: Announce
}

/** Every decision about a person reads their groups. */
const mostGroups = 256

const mostPerPage = 200

export function createGroups({ store, revoke, announce }: GroupPorts): Groups {
  return {
    createGroup: async (op, { name: typed }) => {
      const named = readGroupName(typed)
      const id = newId('grp')
      await store.write(op, async (tx) => {
        const row = { tenant: op.tenant, id, ...named, created_at_ms: op.nowMs }
        if (!(await insertGroup(tx, row))) throw refuse('identity.group_taken')
        tx.record({ what: 'group.created', about: id, outcome: 'done' })
      })
      return id
    },
    findGroup: async (op, id) =>
      store.read(op, async (db) => {
        const row = await findGroupRow(db, op, id)
        return row && show(db, op, row)
      }),
    renameGroup: async (op, id, typed) => {
      const named = readGroupName(typed)
      try {
        await store.write(op, async (tx) => {
          const before = await findGroupRow(tx, op, id)
          if (before === undefined) throw refuse('identity.unknown_group')
          if (before.name === named.name) return
          await renameGroupRow(tx, op, id, named)
          tx.record({ what: 'group.renamed', about: id, outcome: 'done' })
        })
      } catch (error) {
        if (error instanceof UniqueConflict) throw refuse('identity.group_taken')
        throw error
      }
    },
    deleteGroup: async (op, id) => {
      await store.write(op, async (tx) => {
        if (!(await deleteGroupRow(tx, op, id))) throw refuse('identity.unknown_group')
        await revoke(tx, op, { kind: 'entity', id })
        tx.record({ what: 'group.deleted', about: id, outcome: 'done' })
      })
      await announce(op)
    },
    listGroups: async (op, { cursor, limit: asked, prefix }) => {
      const after = cursor === undefined ? undefined : readCursor('grp', cursor)
      if (cursor !== undefined && after === undefined) throw refuse('identity.bad_cursor')
      const limit = boundedLimit(asked)
      return store.read(op, async (db) => {
        const rows = await listGroupRows(db, op, after, limit + 1, prefix === undefined ? undefined : foldName(prefix))
        const items: Group[] = []
        for (const row of rows.slice(0, limit)) items.push(await show(db, op, row))
        const last = rows.length > limit ? rows[limit - 1] : undefined
        return { items, next: last && writeCursor({ atMs: last.created_at_ms, id: last.id as GroupId }) }
      })
    },
    listMembers: async (op, group, { cursor, limit: asked }) => {
      const after = cursor === undefined ? undefined : readCursor('usr', cursor)
      if (cursor !== undefined && after === undefined) throw refuse('identity.bad_cursor')
      const limit = boundedLimit(asked)
      return store.read(op, async (db) => {
        if ((await findGroupRow(db, op, group)) === undefined) throw refuse('identity.unknown_group')
        const found = await listMemberIds(db, op, group, after?.id, limit + 1)
        const items = found.slice(0, limit)
        const last = found.length > limit ? items.at(-1) : undefined
        // Members have no time of their own: the id alone is the place.
        return { items, next: last && writeCursor({ atMs: 0, id: last }) }
      })
    },
    addToGroup: async (op, { group, user }) => {
      const added = await store.write(op, async (tx) => {
        if ((await findGroupRow(tx, op, group)) === undefined) throw refuse('identity.unknown_group')
        if ((await findUserRow(tx, op, user)) === undefined) throw refuse('identity.unknown_user')
        if (!(await insertMember(tx, op, group, user))) return false
        if ((await listGroupsOf(tx, op, user)).length > mostGroups) throw refuse('identity.too_many', 'groups')
        await revoke(tx, op, { kind: 'entity', id: user })
        tx.record({ what: 'group.joined', about: group, outcome: 'done', facts: { user } })
        return true
      })
      if (added) await announce(op)
      return added
    },
    removeFromGroup: async (op, { group, user }) => {
      const left = await store.write(op, async (tx) => {
        if ((await findGroupRow(tx, op, group)) === undefined) throw refuse('identity.unknown_group')
        if (!(await deleteMember(tx, op, group, user))) return false
        await revoke(tx, op, { kind: 'entity', id: user })
        tx.record({ what: 'group.left', about: group, outcome: 'done', facts: { user } })
        return true
      })
      if (left) await announce(op)
      return left
    },
    groupsOf: async (op, user) => (await store.read(op, (db) => listGroupsOf(db, op, user))) as readonly GroupId[],
  }
}

async function show(db: Reader, op: Operation, { id, name, created_at_ms: createdAtMs }: GroupRow): Promise<Group> {
  return { id: id as GroupId, name, createdAtMs, roles: await listRoles(db, op, id as GroupId) }
}

function boundedLimit(asked: number): number {
  return Math.min(Math.max(asked, 1), mostPerPage)
}

function foldName(name: string): string {
  return name.normalize('NFC').toLowerCase()
}

/** The name as it is shown, and as it is compared. */
function readGroupName(text: string): Pick<GroupRow, 'name' | 'name_key'> {
  const name = text.normalize('NFC').trim()
  if (name.length < 1 || name.length > 128 || !name.isWellFormed() || /[\p{C}\p{Zl}\p{Zp}]/u.test(name)) throw refuse('identity.bad_name')
  return { name, name_key: foldName(name) }
}
