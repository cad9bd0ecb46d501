/**
 * What this module needs from others of its floor. `app` passes what fits.
 *
 * @module
 */

import type { Operation, SessionId, UserId } from '#kernel'
import type { Reader, Transaction } from '#store'

/** Writes the end of a session for everybody who remembers it, in the transaction that ends it. */
export type RevokeSession = (tx: Transaction, op: Operation, ended: { readonly kind: 'session'; readonly id: SessionId }) => Promise<void>

/** Called after a write that ended sessions: resolves when verifiers know, or after the bound. */
export type Announce = (op: Operation) => Promise<void>

/** The generation of a user who may sign in, undefined for all others. Reads in the snapshot or transaction that it is given. */
export type GenerationOf = (db: Reader, op: Operation, user: UserId) => Promise<number | undefined>
