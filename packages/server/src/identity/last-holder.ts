/**
 * Keeps at least one active person in the roles that a server cannot be without.
 *
 * INVARIANT (never ownerless): a write that takes such a role from somebody who holds it, by whatever way, commits only
 * when somebody else who may sign in holds it too. It looks after the change and in the same transaction: two owners who
 * remove each other at once are serialised by the database, and the second is refused.
 *
 * @module
 */

import type { Operation, UserId } from '#kernel'
import type { Reader, Transaction } from '#store'
import { refuse } from './refusals.ts'
import { holdsDirectly, isHeldByUser } from './store-roles.ts'

/** Makes a change after which somebody may hold fewer roles. Refuses with `identity.last_holder`, and then nothing is changed. */
export type KeepHeld = <Result>(tx: Transaction, op: Operation, user: UserId, change: () => Promise<Result>) => Promise<Result>

/** Those of the roles that would be held by nobody who may sign in if this person were gone: a deletion of theirs is refused for them. */
export async function lastHeldBy(db: Reader, op: Operation, user: UserId, roles: readonly string[]): Promise<readonly string[]> {
  const last: string[] = []
  for (const role of roles) if ((await holdsDirectly(db, op, user, role)) && !(await isHeldByUser(db, op, role, user))) last.push(role)
  return last
}

export function keepHeld(roles: readonly string[]): KeepHeld {
  return async (tx, op, user, change) => {
    const held: string[] = []
    for (const role of roles) if (await holdsDirectly(tx, op, user, role)) held.push(role)
    const result = await change()
    for (const role of held) if (!(await isHeldByUser(tx, op, role))) throw refuse('identity.last_holder', role)
    return result
  }
}
