/** A user or a group in the version that somebody saw, or a refusal. @module */

import type { GroupId, Operation, UserId } from '#kernel'
import type { Reader } from '#store'
import { refuse } from './refusals.ts'
import { findGroupRow } from './store-groups.ts'
import { findUserRow } from './store.ts'
import type { GroupRow, UserRow } from './tables.ts'
import { checkSeen } from './version.ts'

/** Refuses with `identity.unknown_user` and `identity.user_changed`. */
export async function requireUser(db: Reader, op: Operation, id: UserId, seen?: string): Promise<UserRow> {
  const row = await findUserRow(db, op, id)
  if (row === undefined) throw refuse('identity.unknown_user')
  checkSeen(row, seen)
  return row
}

/** Refuses with `identity.unknown_group` and `identity.group_changed`. */
export async function requireGroup(db: Reader, op: Operation, id: GroupId, seen?: string): Promise<GroupRow> {
  const row = await findGroupRow(db, op, id)
  if (row === undefined) throw refuse('identity.unknown_group')
  checkSeen(row, seen)
  return row
}
