/**
 * Keyed hashes under which people are found, since their names are sealed.
 *
 * Whoever steals the database without its keys learns which users share a
 * prefix, and nothing about what it is: that is the price of searching.
 *
 * @module
 */

import { utf8, type Operation, type UserId } from '#kernel'
import type { Keys } from '#keys'
import type { Transaction } from '#store'
import type { Names } from './names.ts'
import { normalFormVersion, prefixesOf, readEmail, readUsername, type NormalEmail, type NormalUsername } from './normal-form.ts'
import { refuse } from './refusals.ts'
import { insertPrefixes, takeName } from './store-names.ts'
import type { UserRow } from './tables.ts'

/** How somebody may be named at sign-in. */
export type Handle =
  { readonly kind: 'username'; readonly normal: NormalUsername } | { readonly kind: 'email'; readonly normal: NormalEmail }

/** Reads what was typed at sign-in. A user name has no `@` and an email address has one, so it is one or the other. */
export function readHandle(text: string): Handle | undefined {
  const trimmed = text.trim()
  if (trimmed.includes('@')) {
    const normal = readEmail(trimmed)
    return normal && { kind: 'email', normal }
  }
  const normal = readUsername(trimmed)
  return normal && { kind: 'username', normal }
}

/** The hash under which a name is unique and found. */
export async function lookupHash(op: Operation, keys: Keys, kind: 'username' | 'email', normal: string): Promise<Uint8Array> {
  return keys.hash(op, 'blind-index', utf8(`user.${kind}.${normalFormVersion}\0${normal}`))
}

/** The hash of one prefix. User names and email addresses are searched together. */
export async function prefixHash(op: Operation, keys: Keys, prefix: string): Promise<Uint8Array> {
  return keys.hash(op, 'blind-index', utf8(`user.prefix.${normalFormVersion}\0${prefix}`))
}

/** Everything under which one person is found. */
export interface NameHashes {
  readonly username: Uint8Array
  readonly email: Uint8Array | undefined
  /** Of every prefix of the names, each once. */
  readonly prefixes: readonly Uint8Array[]
}

export async function hashNames(op: Operation, keys: Keys, names: Names): Promise<NameHashes> {
  const prefixes = new Set(Object.values(names).flatMap(prefixesOf))
  return {
    username: await lookupHash(op, keys, 'username', names.username),
    email: names.email === undefined ? undefined : await lookupHash(op, keys, 'email', names.email),
    prefixes: await Promise.all([...prefixes].map((prefix) => prefixHash(op, keys, prefix))),
  }
}

/** Takes the names of a user who has none yet. Refuses with `identity.username_taken` and `identity.email_taken`. */
export async function takeNames(
  tx: Transaction,
  op: Operation,
  { id, created_at_ms: createdAtMs }: Pick<UserRow, 'id' | 'created_at_ms'>,
  { username, email, prefixes }: NameHashes,
): Promise<void> {
  const user = id as UserId
  if (!(await takeName(tx, op, 'username', username, user))) throw refuse('identity.username_taken')
  if (email !== undefined && !(await takeName(tx, op, 'email', email, user))) throw refuse('identity.email_taken')
  await insertPrefixes(tx, op, prefixes, user, createdAtMs)
}
