/**
 * One change of a user: names, state and password together, or nothing.
 *
 * What costs time (a password's hash, the keyed hashes of names, sealing) is done
 * before the write, from the user as read. The write then decides whether that user
 * is still the same one: of two changes to one version exactly one is made.
 *
 * @module
 */

import type { Operation, UserId } from '#kernel'
import type { Keys, PersonKey, PersonKeys } from '#keys'
import type { Store, Transaction } from '#store'
import type { KeepHeld } from './last-holder.ts'
import { hashNames, takeNames, type NameHashes } from './lookup.ts'
import { changeProfile, normalNames, type ProfileChange, type ProfileMember } from './names.ts'
import type { PasswordHashes } from './password/check.ts'
import type { Announce, Revoke } from './ports.ts'
import { openProfile, sealProfile, type Profile } from './profile.ts'
import { refuse } from './refusals.ts'
import { requireUser } from './require.ts'
import { releaseNames } from './store-names.ts'
import { putPassword } from './store-passwords.ts'
import { updateUser } from './store.ts'
import type { UserRow } from './tables.ts'
import { versionOf } from './version.ts'

/** What is to be different; what is absent stays, and `null` takes away. */
export interface UserChange extends ProfileChange {
  readonly state?: 'active' | 'disabled' | undefined
  readonly password?: string | undefined
}

export interface UserChangePorts {
  readonly store: Store
  readonly keys: Keys
  readonly people: PersonKeys
  readonly passwords: PasswordHashes
  readonly keep: KeepHeld
  readonly revoke: Revoke
  readonly announce: Announce
}

/** A user as read before the write. */
interface Read {
  readonly row: UserRow
  readonly key: PersonKey
  readonly profile: Profile
}

/** What was made before the write, for it to put in place. */
interface Prepared {
  readonly changed: readonly ProfileMember[]
  /** Undefined when no member of the profile is different. */
  readonly profile: { readonly sealed: Uint8Array; readonly hashes: NameHashes } | undefined
  readonly phc: string | undefined
}

/** Makes a change as `Users.changeUser` says. */
export async function changeUser(
  ports: UserChangePorts,
  op: Operation,
  id: UserId,
  change: UserChange,
  seen: string | undefined,
): Promise<boolean> {
  const before = await readUser(ports, op, id, seen)
  const prepared = await prepare(ports, op, before, change)
  // What was sealed was made of the user as read: it must not put back what somebody changed since.
  const asRead = prepared.profile === undefined ? seen : versionOf(before.row)
  const isChanged = await ports.store.write(op, async (tx) => {
    const row = await requireUser(tx, op, id, asRead)
    return put(ports, tx, op, row, change.state, prepared)
  })
  await ports.announce(op)
  return isChanged
}

async function readUser({ store, people }: UserChangePorts, op: Operation, id: UserId, seen: string | undefined): Promise<Read> {
  return store.read(op, async (db) => {
    const row = await requireUser(db, op, id, seen)
    const key = await people.find(op, db, id)
    if (key === undefined || row.profile === null) throw refuse('identity.unknown_user')
    return { row, key, profile: openProfile(key, row.profile) }
  })
}

async function prepare({ keys, passwords }: UserChangePorts, op: Operation, read: Read, change: UserChange): Promise<Prepared> {
  const { after, changed } = changeProfile(read.profile, change)
  const { key, row } = read
  const names = normalNames(after)
  const { password } = change
  const phc = password === undefined ? undefined : await passwords.hashNew(op, row.id as UserId, Object.values(names), password)
  const profile = changed.length === 0 ? undefined : { sealed: sealProfile(key, after), hashes: await hashNames(op, keys, names) }
  return { changed, profile, phc }
}

/** False when nothing is different. */
async function put(
  { keep, revoke }: UserChangePorts,
  tx: Transaction,
  op: Operation,
  row: UserRow,
  asked: UserChange['state'],
  { changed, profile, phc }: Prepared,
): Promise<boolean> {
  const id = row.id as UserId
  const state = asked === row.state ? undefined : asked
  if (state === undefined && profile === undefined && phc === undefined) return false
  const ends = state === 'disabled' || phc !== undefined
  const update = async (): Promise<boolean> =>
    updateUser(tx, op, id, { state, profile: profile?.sealed, ending: ends ? 'everything' : 'nothing' })
  await (state === 'disabled' ? keep(tx, op, id, update) : update())
  if (profile !== undefined) {
    await releaseNames(tx, op, id)
    await takeNames(tx, op, row, profile.hashes)
  }
  if (phc !== undefined) await putPassword(tx, op, id, phc)
  if (ends || profile !== undefined) await revoke(tx, op, { kind: ends ? 'user' : 'entity', id })
  record(tx, id, changed, state, phc !== undefined)
  return true
}

/** An ending has an event of its own. That of names says which members were changed, and never what they are. */
function record(tx: Transaction, about: UserId, changed: readonly string[], state: UserChange['state'], isPasswordSet: boolean): void {
  const members = [...changed, ...(state === undefined ? [] : ['state']), ...(isPasswordSet ? ['password'] : [])]
  if (changed.length > 0) tx.record({ what: 'user.changed', about, outcome: 'done', facts: { members: members.join(' ') } })
  if (state !== undefined) tx.record({ what: state === 'disabled' ? 'user.disabled' : 'user.enabled', about, outcome: 'done' })
  if (isPasswordSet) tx.record({ what: 'password.set', about, outcome: 'done' })
}
