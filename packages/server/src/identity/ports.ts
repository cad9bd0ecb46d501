/**
 * What this module needs from others of its floor. `app` passes what fits.
 *
 * @module
 */

import type { ClientId, GroupId, Operation, UserId } from '#kernel'
import type { Transaction } from '#store'

/**
 * What must stop being believed. `user`: every session and token given out to
 * the person before now. `entity`: what is cached about the roles and groups of
 * a user or client, or, where the id is a group's, of all its members.
 */
export type RevokedThing =
  { readonly kind: 'user'; readonly id: UserId } | { readonly kind: 'entity'; readonly id: UserId | GroupId | ClientId }

/** Writes the revocation in the transaction of the change that caused it. */
export type Revoke = (tx: Transaction, op: Operation, thing: RevokedThing) => Promise<void>

/** Called after a write that revoked: resolves when verifiers know, or after the bound. */
export type Announce = (op: Operation) => Promise<void>
