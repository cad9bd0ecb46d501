/**
 * Keyed hashes under which people are found, since their names are sealed.
 *
 * Whoever steals the database without its keys learns which users share a
 * prefix, and nothing about what it is: that is the price of searching.
 *
 * @module
 */

import { utf8, type Operation } from '#kernel'
import type { Keys } from '#keys'
import { normalFormVersion, prefixesOf, readEmail, readUsername, type NormalEmail, type NormalUsername } from './normal-form.ts'

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

/** The hashes of every prefix of a person's names, each once. */
export async function prefixHashes(op: Operation, keys: Keys, names: readonly string[]): Promise<readonly Uint8Array[]> {
  const prefixes = new Set(names.flatMap(prefixesOf))
  return Promise.all([...prefixes].map((prefix) => prefixHash(op, keys, prefix)))
}
