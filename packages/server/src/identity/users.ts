/**
 * People: made, read, disabled, enabled, deleted.
 *
 * Keys are made and everything is sealed and hashed before a write begins; the
 * write itself only decides who came first.
 *
 * @module
 */

import { newId, type Operation, type UserId } from '#kernel'
import type { Reader } from '#store'
import { hashNames, prefixHash, takeNames } from './lookup.ts'
import { normalNames, readProfile, type AskedProfile } from './names.ts'
import { readPrefix } from './normal-form.ts'
import { cutPage, readPart, type Page, type PageRequest } from './page.ts'
import { openProfile, sealProfile, type Profile } from './profile.ts'
import { refuse } from './refusals.ts'
import { requireUser } from './require.ts'
import { giveRole, readRole } from './roles.ts'
import { putPassword } from './store-passwords.ts'
import { listRoles } from './store-roles.ts'
import { listUserRows, searchUserRows, type UserFilter } from './store-user-lists.ts'
import { buryUser, findUserRow, insertUser } from './store.ts'
import type { UserRow } from './tables.ts'
import { changeUser, type UserChange, type UserChangePorts } from './user-change.ts'
import { firstVersion, versionOf } from './version.ts'

/** A person who may sign in. */
export interface User extends Profile {
  readonly id: UserId
  readonly state: 'active' | 'disabled'
  /** Directly and through groups, in alphabetical order. */
  readonly roles: readonly string[]
  /** Rises when everything given out before must end. */
  readonly generation: number
  readonly createdAtMs: number
  /** Of their names, state, password and own roles. */
  readonly version: string
}

export interface NewUser extends AskedProfile {
  /** Without one, nobody can sign in to the account until one is set. */
  readonly password?: string | undefined
  readonly roles?: readonly string[] | undefined
}

/** Which users, and which part of their list. */
export interface UserListRequest extends PageRequest, UserFilter {
  /** Of a user name or an email address. */
  readonly prefix?: string | undefined
}

export interface Users {
  /** Refuses with `identity.bad_username`, `identity.bad_email`, `identity.bad_name`, `identity.bad_role`, `identity.username_taken`, `identity.email_taken` and the codes of passwords. */
  createUser(op: Operation, user: NewUser): Promise<UserId>
  findUser(op: Operation, id: UserId): Promise<User | undefined>
  /** Oldest first; a `prefix` has at least 2 characters. A page of a long prefix may be short although there is a next. */
  listUsers(op: Operation, request: UserListRequest): Promise<Page<User>>
  /**
   * Changes a user whole or not at all; false when nothing was different. A password that is set and a user who is disabled end everything given out
   * to the person before; what ended stays ended when they are enabled. `seen` is the version that the change is made to. Refuses with
   * `identity.unknown_user`, `identity.user_changed`, `identity.last_holder`, and as {@link Users.createUser} does.
   */
  changeUser(op: Operation, id: UserId, change: UserChange, seen?: string): Promise<boolean>
  /** Destroys the key of the person's data. The id stays as a tombstone. Refuses with `identity.user_changed` and `identity.last_holder`. */
  deleteUser(op: Operation, id: UserId, seen?: string): Promise<void>
}

export function createUsers(ports: UserChangePorts): Users {
  const { store, keys, people, passwords, keep, revoke, announce } = ports

  const createUser = async (op: Operation, asked: NewUser): Promise<UserId> => {
    const profile = readProfile(asked)
    const names = normalNames(profile)
    const roles = (asked.roles ?? []).map(readRole)
    const id = newId('usr')
    const phc = asked.password === undefined ? undefined : await passwords.hashNew(op, id, Object.values(names), asked.password)
    const key = await people.create(op, id)
    const row = {
      tenant: op.tenant,
      id,
      state: 'active',
      generation: 1,
      profile: sealProfile(key, profile),
      created_at_ms: op.nowMs,
      deleted_at_ms: null,
      version: firstVersion,
    } as const
    const hashes = await hashNames(op, keys, names)
    await store.write(op, async (tx) => {
      await people.keep(tx, op, key)
      await insertUser(tx, row)
      await takeNames(tx, op, row, hashes)
      if (phc !== undefined) await putPassword(tx, op, id, phc)
      tx.record({ what: 'user.created', about: id, outcome: 'done', facts: { password: phc !== undefined } })
      for (const role of new Set(roles)) await giveRole(tx, op, id, role)
    })
    return id
  }

  const show = async (db: Reader, op: Operation, row: UserRow): Promise<User | undefined> => {
    const id = row.id as UserId
    const key = await people.find(op, db, id)
    if (key === undefined || row.profile === null || row.state === 'deleted') return undefined
    const roles = await listRoles(db, op, id)
    const { state, generation, created_at_ms: createdAtMs } = row
    return { id, state, generation, createdAtMs, version: versionOf(row), roles, ...openProfile(key, row.profile) }
  }

  const listUsers = async (op: Operation, request: UserListRequest): Promise<Page<User>> => {
    const { state, role } = request
    const filter = { state, role: role === undefined ? undefined : readRole(role) }
    const part = readPart('usr', request)
    const search = request.prefix === undefined || request.prefix === '' ? undefined : readPrefix(request.prefix)
    if (request.prefix !== undefined && request.prefix !== '' && search === undefined) throw refuse('identity.bad_prefix')
    const hash = search && (await prefixHash(op, keys, search.indexed))
    return store.read(op, async (db) => {
      const found =
        hash === undefined
          ? await listUserRows(db, op, filter, part.after, part.limit + 1)
          : await searchUserRows(db, op, hash, filter, part.after, part.limit + 1)
      const { rows, next } = cutPage(found, part)
      const items: User[] = []
      for (const row of rows) {
        const user = await show(db, op, row)
        if (user !== undefined && (search === undefined || isFoundBy(user, search.whole))) items.push(user)
      }
      return { items, next }
    })
  }

  return {
    createUser,
    listUsers,
    changeUser: async (op, id, change, seen) => changeUser(ports, op, id, change, seen),
    findUser: async (op, id) =>
      store.read(op, async (db) => {
        const row = await findUserRow(db, op, id)
        return row && show(db, op, row)
      }),
    deleteUser: async (op, id, seen) => {
      await store.write(op, async (tx) => {
        await requireUser(tx, op, id, seen)
        await keep(tx, op, id, async () => buryUser(tx, op, id))
        await people.erase(tx, op, id)
        await revoke(tx, op, { kind: 'user', id })
        tx.record({ what: 'user.deleted', about: id, outcome: 'done' })
      })
      await announce(op)
    },
  }
}

/** The index knows twelve code points; what was asked beyond them is compared with the names in clear. */
function isFoundBy(user: User, whole: string): boolean {
  return Object.values(normalNames(user)).some((name: string) => name.startsWith(whole))
}
