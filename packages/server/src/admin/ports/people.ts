/** What the admin API needs of users and groups. @module */

import type { GroupId, Operation, UserId } from '#kernel'
import type { Page, PageRequest, Versioned } from './list.ts'

/** OpenID Connect Core section 5.1.1; at least one member. */
export interface PostalAddress {
  readonly formatted?: string | undefined
  readonly streetAddress?: string | undefined
  readonly locality?: string | undefined
  readonly region?: string | undefined
  readonly postalCode?: string | undefined
  readonly country?: string | undefined
}

export interface AdminUser {
  readonly id: UserId
  readonly username: string
  readonly name?: string | undefined
  readonly email?: string | undefined
  readonly phoneNumber?: string | undefined
  /** There where the number is: whether somebody made sure that it is the person's. */
  readonly phoneNumberVerified?: boolean | undefined
  readonly address?: PostalAddress | undefined
  readonly state: 'active' | 'disabled'
  readonly roles: readonly string[]
  readonly createdAtMs: number
}

export interface NewUser {
  readonly username: string
  readonly password?: string | undefined
  readonly name?: string | undefined
  readonly email?: string | undefined
  readonly phoneNumber?: string | undefined
  readonly phoneNumberVerified?: boolean | undefined
  readonly address?: PostalAddress | undefined
}

/** What is to be different; what is absent stays, and `null` takes away. */
export interface AdminUserChange {
  readonly username?: string | undefined
  readonly name?: string | null | undefined
  readonly email?: string | null | undefined
  readonly phoneNumber?: string | null | undefined
  /** Of the number as it is after the change. */
  readonly phoneNumberVerified?: boolean | undefined
  readonly address?: PostalAddress | null | undefined
  readonly state?: AdminUser['state'] | undefined
  readonly password?: string | undefined
}

/** Which users a list shows. */
export interface UserFilter {
  /** Of the user name or the email address. */
  readonly prefix?: string | undefined
  readonly state?: AdminUser['state'] | undefined
  /** Held directly or through a group. */
  readonly role?: string | undefined
}

export interface AdminUsers {
  list(op: Operation, request: PageRequest & UserFilter): Promise<Page<AdminUser>>
  find(op: Operation, id: UserId): Promise<Versioned<AdminUser> | undefined>
  create(op: Operation, user: NewUser): Promise<UserId>
  /** Everything that the change says, or nothing. */
  update(op: Operation, id: UserId, change: AdminUserChange, seen: string): Promise<void>
  assignRole(op: Operation, id: UserId, role: string, seen: string | undefined): Promise<void>
  withdrawRole(op: Operation, id: UserId, role: string, seen: string | undefined): Promise<void>
  remove(op: Operation, id: UserId, seen: string | undefined): Promise<void>
}

export interface AdminGroup {
  readonly id: GroupId
  readonly name: string
  /** What its members hold through it. */
  readonly roles: readonly string[]
  readonly createdAtMs: number
}

export interface AdminGroups {
  list(op: Operation, request: PageRequest & { readonly prefix?: string | undefined }): Promise<Page<AdminGroup>>
  find(op: Operation, id: GroupId): Promise<Versioned<AdminGroup> | undefined>
  create(op: Operation, name: string): Promise<GroupId>
  rename(op: Operation, id: GroupId, name: string, seen: string): Promise<void>
  remove(op: Operation, id: GroupId, seen: string | undefined): Promise<void>
  listMembers(op: Operation, id: GroupId, request: PageRequest): Promise<Page<AdminUser>>
  addMember(op: Operation, id: GroupId, user: UserId, seen: string | undefined): Promise<void>
  removeMember(op: Operation, id: GroupId, user: UserId, seen: string | undefined): Promise<void>
  assignRole(op: Operation, id: GroupId, role: string, seen: string | undefined): Promise<void>
  withdrawRole(op: Operation, id: GroupId, role: string, seen: string | undefined): Promise<void>
}
