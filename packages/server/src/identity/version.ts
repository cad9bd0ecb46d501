/**
 * Which version of a person or a group somebody saw: what is changed by what was
 * read is changed by exactly one.
 *
 * A version is of what is a user's own (their names, state, password and roles) or
 * a group's own (its name, roles and members). What somebody holds through a group
 * is the group's: a role that it is given leaves the versions of its members alone.
 *
 * INVARIANT (one change of each version): it is compared in the transaction that
 * raises it, and those are serial on every engine.
 *
 * @module
 */

import { base64url, sha256, utf8 } from '#kernel'
import { refuse } from './refusals.ts'
import type { GroupRow, UserRow } from './tables.ts'

type VersionedRow = Pick<UserRow | GroupRow, 'id' | 'version'>

/** What a row made before there were versions has. */
export const firstVersion = 1

/** Of two rows, or of two states of one, no two are the same. It says nothing else. */
export function versionOf({ id, version }: VersionedRow): string {
  return `v${base64url(sha256(utf8(`${id} ${version ?? firstVersion}`))).slice(0, 22)}`
}

/** Refuses with `identity.user_changed` or `identity.group_changed` whoever saw another version. Nobody has to have seen one. */
export function checkSeen(row: VersionedRow, seen: string | undefined): void {
  if (seen === undefined || seen === versionOf(row)) return
  throw refuse(row.id.startsWith('usr_') ? 'identity.user_changed' : 'identity.group_changed')
}
