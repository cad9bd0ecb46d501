/** What the admin API needs to show roles. @module */

import type { ClientId, GroupId, Operation, UserId } from '#kernel'
import type { Page, PageRequest } from './list.ts'

/** A role: a plain name. What it means is said by the policies that name it. */
export interface AdminRole {
  readonly role: string
  /** Whether the policies of Countersign itself name it. */
  readonly builtIn: boolean
  /** How a policy store calls those who hold it: `editors`. */
  readonly called?: string | undefined
  /** The policy stores that name it; none where it was given to somebody and means nothing. */
  readonly stores: readonly string[]
  /** Whether anybody holds it. */
  readonly held: boolean
}

/** Who holds a role themself. Members of a group hold it through the group. */
export interface AdminRoleHolder {
  readonly id: UserId | GroupId | ClientId
  readonly kind: 'user' | 'group' | 'client'
  /** The user name, the name of the group or the client_id. */
  readonly name?: string | undefined
}

export interface AdminRoles {
  /** In alphabetical order. */
  list(op: Operation, request: PageRequest): Promise<Page<AdminRole>>
  find(op: Operation, role: string): Promise<AdminRole | undefined>
  listHolders(op: Operation, role: string, request: PageRequest): Promise<Page<AdminRoleHolder>>
}
