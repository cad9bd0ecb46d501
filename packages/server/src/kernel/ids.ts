/**
 * Every identifier that we make, each its own type.
 *
 * Handing a `ClientId` to something that wants a `UserId` does not compile, so
 * two swapped arguments never become an authorization bug. Identifiers that
 * strangers choose (a `client_id`, an entity uid) are not these: see `outside.ts`.
 *
 * @module
 */

import { randomText } from './random.ts'

declare const kind: unique symbol

/** A string that {@link readId} has checked for the given kind. */
export type Id<Kind extends string> = string & { readonly [kind]: Kind }

export type TenantId = Id<'ten'>
export type UserId = Id<'usr'>
export type GroupId = Id<'grp'>
export type ClientId = Id<'cli'>
export type SessionId = Id<'ses'>
export type RequestId = Id<'req'>
export type CodeId = Id<'cod'>
/** A refresh token family: everything that descends from one authorization. */
export type FamilyId = Id<'fam'>
/** An access token, the `jti` on the wire. */
export type TokenId = Id<'tok'>
export type KeyId = Id<'key'>
export type ConsentId = Id<'con'>
/** The way from an origin to an app behind the gateway. */
export type RouteId = Id<'rte'>
/** One numbered stream of audit events: a database connection that writes. */
export type WriterId = Id<'wri'>
/** A database and its life; a restore starts a new one. */
export type InstanceId = Id<'ins'>

/** The prefixes of all kinds, so that a new kind is added in one place. */
export type IdKind = 'ten' | 'usr' | 'grp' | 'cli' | 'ses' | 'req' | 'cod' | 'fam' | 'tok' | 'key' | 'con' | 'rte' | 'wri' | 'ins'

const shape = /^[a-z]{3}_[0-9A-Za-z]{22}$/

/** Makes a fresh id: 22 base62 characters, 131 random bits, so that it may also serve where it must not be guessed. */
export function newId<Kind extends IdKind>(prefix: Kind): Id<Kind> {
  return `${prefix}_${randomText(22)}` as Id<Kind>
}

/** Reads an id written by a stranger. Returns undefined if it is not of that kind. */
export function readId<Kind extends IdKind>(prefix: Kind, text: string): Id<Kind> | undefined {
  return shape.test(text) && text.startsWith(`${prefix}_`) ? (text as Id<Kind>) : undefined
}
