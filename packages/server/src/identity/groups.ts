/** Groups of people. A group may hold roles, and its members hold them through it. @module */

import { newId, writeCursor, type GroupId, type Operation, type UserId } from '#kernel'
import { UniqueConflict, type Reader, type Store, type Transaction } from '#store'
import { cutPage, readPart, type Page, type PageRequest } from './page.ts'
import type { Announce, Revoke } from './ports.ts'
import { refuse } from './refusals.ts'
import { requireGroup, requireUser } from './require.ts'
import {
  deleteGroupRow,
  deleteMember,
  findGroupRow,
  insertGroup,
  insertMember,
  listGroupRows,
  listGroupNamesOf,
  listGroupsOf,
  listMemberIds,
  updateGroup,
} from './store-groups.ts'
import { listRoles } from './store-roles.ts'
import type { GroupRow } from './tables.ts'
import { firstVersion, versionOf } from './version.ts'

export interface Group {
  readonly id: GroupId
  readonly name: string
  readonly roles: readonly string[]
  readonly createdAtMs: number
  /** Of its name, roles and members. */
  readonly version: string
}

/** What was seen is the version that a change is made to, where somebody saw one: otherwise it refuses with `identity.group_changed`. */
export interface Groups {
  createGroup(op: Operation, group: { readonly name: string }): Promise<GroupId>
  findGroup(op: Operation, id: GroupId): Promise<Group | undefined>
  /** Refuses with `identity.unknown_group`, `identity.bad_name` and `identity.group_taken`. */
  renameGroup(op: Operation, id: GroupId, name: string, seen?: string): Promise<void>
  deleteGroup(op: Operation, id: GroupId, seen?: string): Promise<void>
  /** Oldest first; `prefix` of the name, in whatever case. */
  listGroups(op: Operation, request: PageRequest & { readonly prefix?: string | undefined }): Promise<Page<Group>>
  /** In the order of their ids. */
  listMembers(op: Operation, group: GroupId, request: PageRequest): Promise<Page<UserId>>
  /** False if the user was a member already. Resolves when caches know. */
  addToGroup(op: Operation, member: Membership): Promise<boolean>
  /** False if the user was no member. Resolves when caches know. */
  removeFromGroup(op: Operation, member: Membership): Promise<boolean>
  groupsOf(op: Operation, user: UserId): Promise<readonly GroupId[]>
  /** In alphabetical order. */
  groupNamesOf(op: Operation, user: UserId): Promise<readonly string[]>
}

export interface Membership {
  readonly group: GroupId
  readonly user: UserId
  /** The version of the group. */
  readonly seen?: string | undefined
}

export interface GroupPorts {
  readonly store: Store
  readonly revoke: Revoke
  readonly announce: Announce
}

/** Every decision about a person reads their groups. */
const mostGroups = 256

export function createGroups({ store, revoke, announce }: GroupPorts): Groups {
  const changeMembers = async (
    op: Operation,
    { group, user, seen }: Membership,
    what: 'group.joined' | 'group.left',
    change: (tx: Transaction) => Promise<boolean>,
  ): Promise<boolean> => {
    const isChanged = await store.write(op, async (tx) => {
      await requireGroup(tx, op, group, seen)
      if (!(await change(tx))) return false
      await updateGroup(tx, op, group, undefined)
      await revoke(tx, op, { kind: 'entity', id: user })
      tx.record({ what, about: group, outcome: 'done', facts: { user } })
      return true
    })
    if (isChanged) await announce(op)
    return isChanged
  }

  return {
    createGroup: async (op, { name: typed }) => {
      const named = readGroupName(typed)
      const id = newId('grp')
      await store.write(op, async (tx) => {
        const row = { tenant: op.tenant, id, ...named, created_at_ms: op.nowMs, version: firstVersion }
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
    renameGroup: async (op, id, typed, seen) => {
      const named = readGroupName(typed)
      try {
        await store.write(op, async (tx) => {
          if ((await requireGroup(tx, op, id, seen)).name === named.name) return
          await updateGroup(tx, op, id, named)
          tx.record({ what: 'group.renamed', about: id, outcome: 'done' })
        })
      } catch (error) {
        if (error instanceof UniqueConflict) throw refuse('identity.group_taken')
        throw error
      }
    },
    deleteGroup: async (op, id, seen) => {
      await store.write(op, async (tx) => {
        await requireGroup(tx, op, id, seen)
        await deleteGroupRow(tx, op, id)
        await revoke(tx, op, { kind: 'entity', id })
        tx.record({ what: 'group.deleted', about: id, outcome: 'done' })
      })
      await announce(op)
    },
    listGroups: async (op, request) => {
      const part = readPart('grp', request)
      const prefix = request.prefix === undefined ? undefined : foldName(request.prefix)
      return store.read(op, async (db) => {
        const { rows, next } = cutPage(await listGroupRows(db, op, part.after, part.limit + 1, prefix), part)
        const items: Group[] = []
        for (const row of rows) items.push(await show(db, op, row))
        return { items, next }
      })
    },
    listMembers: async (op, group, request) => {
      const { after, limit } = readPart('usr', request)
      return store.read(op, async (db) => {
        await requireGroup(db, op, group)
        const found = await listMemberIds(db, op, group, after?.id, limit + 1)
        const items = found.slice(0, limit)
        const last = found.length > limit ? items.at(-1) : undefined
        // Members have no time of their own: the id alone is the place.
        return { items, next: last && writeCursor({ atMs: 0, id: last }) }
      })
    },
    addToGroup: async (op, member) =>
      changeMembers(op, member, 'group.joined', async (tx) => {
        const { group, user } = member
        await requireUser(tx, op, user)
        if (!(await insertMember(tx, op, group, user))) return false
        if ((await listGroupsOf(tx, op, user)).length > mostGroups) throw refuse('identity.too_many', 'groups')
        return true
      }),
    removeFromGroup: async (op, member) =>
      changeMembers(op, member, 'group.left', async (tx) => deleteMember(tx, op, member.group, member.user)),
    groupNamesOf: async (op, user) => store.read(op, async (db) => listGroupNamesOf(db, op, user)),
    groupsOf: async (op, user) => (await store.read(op, (db) => listGroupsOf(db, op, user))) as readonly GroupId[],
  }
}

async function show(db: Reader, op: Operation, row: GroupRow): Promise<Group> {
  const { name, created_at_ms: createdAtMs } = row
  const id = row.id as GroupId
  return { id, name, createdAtMs, version: versionOf(row), roles: await listRoles(db, op, id) }
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
