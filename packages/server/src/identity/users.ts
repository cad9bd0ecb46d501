/**
 * People: made, read, disabled, enabled, deleted.
 *
 * Keys are made and everything is sealed and hashed before a write begins; the
 * write itself only decides who came first.
 *
 * @module
 */

import { newId, readCursor, writeCursor, type Operation, type Place, type UserId } from '#kernel'
import type { Keys, PersonKeys } from '#keys'
import type { Reader, Store, Transaction } from '#store'
import type { KeepHeld } from './last-holder.ts'
import { lookupHash, prefixHash, prefixHashes } from './lookup.ts'
import { readEmail, readPrefix, readUsername } from './normal-form.ts'
import type { PasswordHashes } from './password/check.ts'
import type { Announce, Revoke } from './ports.ts'
import { openProfile, sealProfile, type Profile } from './profile.ts'
import { refuse } from './refusals.ts'
import { giveRole, readRole } from './roles.ts'
import {
  buryUser,
  changeState,
  findUserRow,
  insertPrefixes,
  insertUser,
  listUserRows,
  putPassword,
  raiseGeneration,
  searchUserRows,
  takeName,
  type UserFilter,
} from './store.ts'
import { listRoles } from './store-groups.ts'
import type { UserRow } from './tables.ts'

/** A person who may sign in. */
export interface User extends Profile {
  readonly id: UserId
  readonly state: 'active' | 'disabled'
  /** Directly and through groups, in alphabetical order. */
  readonly roles: readonly string[]
  /** Rises when everything given out before must end. */
  readonly generation: number
  readonly createdAtMs: number
}

export interface NewUser {
  readonly username: string
  /** Without one, nobody can sign in to the account until one is set. */
  readonly password?: string | undefined
  readonly name?: string | undefined
  readonly email?: string | undefined
  /** Whether somebody made sure that the address is the person's; false when absent. */
  readonly emailVerified?: boolean | undefined
  readonly picture?: string | undefined
  readonly roles?: readonly string[] | undefined
}

/** Part of a list, and where the next part begins, if there is one. */
export interface Page<Item> {
  readonly items: readonly Item[]
  readonly next?: string | undefined
}

export interface PageRequest {
  readonly cursor?: string | undefined
  /** At most so many, 1 to 200. */
  readonly limit: number
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
  /** Ends everything given out to the person before. Refuses with `identity.unknown_user` and the codes of passwords. */
  setPassword(op: Operation, id: UserId, password: string): Promise<void>
  /** Ends everything given out to the person before. False if they were disabled already. Refuses with `identity.last_holder`. */
  disableUser(op: Operation, id: UserId): Promise<boolean>
  /** False if the user was not disabled. What ended stays ended. */
  enableUser(op: Operation, id: UserId): Promise<boolean>
  /** Destroys the key of the person's data. The id stays as a tombstone. Refuses with `identity.last_holder`. */
  deleteUser(op: Operation, id: UserId): Promise<void>
}

export interface UserPorts {
  readonly store: Store
  readonly keys: Keys
  readonly people: PersonKeys
  readonly passwords: PasswordHashes
  readonly keep: KeepHeld
  readonly revoke: Revoke
  readonly announce: Announce
}

/** A page costs an unsealing for each user on it. */
const mostPerPage = 200

export function createUsers({ store, keys, people, passwords, keep, revoke, announce }: UserPorts): Users {
  const createUser = async (op: Operation, asked: NewUser): Promise<UserId> => {
    const { profile, names } = readNewUser(asked)
    const roles = (asked.roles ?? []).map(readRole)
    const id = newId('usr')
    const phc = asked.password === undefined ? undefined : await passwords.hashNew(op, id, Object.values(names), asked.password)
    const key = await people.create(op, id)
    const sealed = sealProfile(key, profile)
    const usernameHash = await lookupHash(op, keys, 'username', names.username)
    const emailHash = names.email === undefined ? undefined : await lookupHash(op, keys, 'email', names.email)
    const prefixes = await prefixHashes(op, keys, Object.values(names))
    await store.write(op, async (tx) => {
      await people.keep(tx, op, key)
      await insertUser(tx, {
        tenant: op.tenant,
        id,
        state: 'active',
        generation: 1,
        profile: sealed,
        created_at_ms: op.nowMs,
        deleted_at_ms: null,
      })
      if (!(await takeName(tx, op, 'username', usernameHash, id))) throw refuse('identity.username_taken')
      if (emailHash !== undefined && !(await takeName(tx, op, 'email', emailHash, id))) throw refuse('identity.email_taken')
      await insertPrefixes(tx, op, prefixes, id, op.nowMs)
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
    return { id, state, generation, createdAtMs, roles, ...openProfile(key, row.profile) }
  }

  const listUsers = async (op: Operation, request: UserListRequest): Promise<Page<User>> => {
    const { state, role } = request
    const filter = { state, role: role === undefined ? undefined : readRole(role) }
    const after = readPlace(request.cursor)
    const limit = Math.min(Math.max(request.limit, 1), mostPerPage)
    const search = request.prefix === undefined || request.prefix === '' ? undefined : readPrefix(request.prefix)
    if (request.prefix !== undefined && request.prefix !== '' && search === undefined) throw refuse('identity.bad_prefix')
    const hash = search && (await prefixHash(op, keys, search.indexed))
    return store.read(op, async (db) => {
      const rows =
        hash === undefined
          ? await listUserRows(db, op, filter, after, limit + 1)
          : await searchUserRows(db, op, hash, filter, after, limit + 1)
      const shown: User[] = []
      for (const row of rows.slice(0, limit)) {
        const user = await show(db, op, row)
        if (user !== undefined && (search === undefined || isFoundBy(user, search.whole))) shown.push(user)
      }
      const last = rows.length > limit ? rows[limit - 1] : undefined
      return { items: shown, next: last && writeCursor({ atMs: last.created_at_ms, id: last.id as UserId }) }
    })
  }

  const setPassword = async (op: Operation, id: UserId, password: string): Promise<void> => {
    const user = await store.read(op, async (db) => {
      const row = await findUserRow(db, op, id)
      return row && show(db, op, row)
    })
    if (user === undefined) throw refuse('identity.unknown_user')
    const phc = await passwords.hashNew(op, id, Object.values(normalNames(user)), password)
    await store.write(op, async (tx) => {
      if (!(await raiseGeneration(tx, op, id))) throw refuse('identity.unknown_user')
      await putPassword(tx, op, id, phc)
      await revoke(tx, op, { kind: 'user', id })
      tx.record({ what: 'password.set', about: id, outcome: 'done' })
    })
    await announce(op)
  }

  const setState = async (
    op: Operation,
    id: UserId,
    change: Parameters<typeof changeState>[3],
    settle: (tx: Transaction) => Promise<void>,
  ): Promise<boolean> =>
    store.write(op, async (tx) => {
      if (await keep(tx, op, id, async () => changeState(tx, op, id, change))) {
        await settle(tx)
        return true
      }
      if ((await findUserRow(tx, op, id)) === undefined) throw refuse('identity.unknown_user')
      return false
    })

  return {
    createUser,
    listUsers,
    setPassword,
    findUser: async (op, id) =>
      store.read(op, async (db) => {
        const row = await findUserRow(db, op, id)
        return row && show(db, op, row)
      }),
    disableUser: async (op, id) => {
      const changed = await setState(op, id, { from: 'active', to: 'disabled', ending: 'everything' }, async (tx) => {
        await revoke(tx, op, { kind: 'user', id })
        tx.record({ what: 'user.disabled', about: id, outcome: 'done' })
      })
      await announce(op)
      return changed
    },
    enableUser: async (op, id) =>
      setState(op, id, { from: 'disabled', to: 'active', ending: 'nothing' }, async (tx) => {
        tx.record({ what: 'user.enabled', about: id, outcome: 'done' })
      }),
    deleteUser: async (op, id) => {
      await store.write(op, async (tx) => {
        if (!(await keep(tx, op, id, async () => buryUser(tx, op, id)))) throw refuse('identity.unknown_user')
        await people.erase(tx, op, id)
        await revoke(tx, op, { kind: 'user', id })
        tx.record({ what: 'user.deleted', about: id, outcome: 'done' })
      })
      await announce(op)
    },
  }
}

interface Names {
  readonly username: string
  readonly email?: string
}

const longestName = 128
const longestPicture = 2048

/** Checks what a new user is to be called. Names are kept as they were typed and compared in their normal forms. */
function readNewUser(asked: NewUser): { readonly profile: Profile; readonly names: Names } {
  const username = readUsername(asked.username)
  if (username === undefined) throw refuse('identity.bad_username')
  const email = asked.email === undefined ? undefined : readEmail(asked.email)
  if (asked.email !== undefined && email === undefined) throw refuse('identity.bad_email')
  if (asked.name !== undefined && !isPlainText(asked.name, longestName)) throw refuse('identity.bad_name', 'name')
  if (asked.picture !== undefined && !isPlainText(asked.picture, longestPicture)) throw refuse('identity.bad_name', 'picture')
  const profile = {
    username: asked.username.normalize('NFC'),
    ...(asked.name === undefined ? {} : { name: asked.name.normalize('NFC') }),
    ...(asked.email === undefined ? {} : { email: asked.email.normalize('NFC') }),
    emailVerified: asked.email !== undefined && asked.emailVerified === true,
    ...(asked.picture === undefined ? {} : { picture: asked.picture }),
  }
  return { profile, names: { username, ...(email === undefined ? {} : { email }) } }
}

function normalNames({ username, email }: Profile): Names {
  const normalEmail = email === undefined ? undefined : readEmail(email)
  return { username: readUsername(username) ?? '', ...(normalEmail === undefined ? {} : { email: normalEmail }) }
}

/** The index knows twelve code points; what was asked beyond them is compared with the names in clear. */
function isFoundBy(user: User, whole: string): boolean {
  return Object.values(normalNames(user)).some((name: string) => name.startsWith(whole))
}

function isPlainText(text: string, mostUnits: number): boolean {
  return (
    text.length >= 1 &&
    text.length <= mostUnits &&
    text.isWellFormed() &&
    !/[\p{Cc}\p{Cn}\p{Co}\p{Zl}\p{Zp}\u202a-\u202e\u2066-\u2069]/u.test(text)
  )
}

function readPlace(cursor: string | undefined): Place<'usr'> | undefined {
  if (cursor === undefined) return undefined
  const place = readCursor('usr', cursor)
  if (place === undefined) throw refuse('identity.bad_cursor')
  return place
}
