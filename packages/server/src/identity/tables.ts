/** The rows of this module. Nobody else names these tables. @module */

export interface UserRow {
  readonly tenant: string
  readonly id: string
  /** `deleted` is a tombstone: the id stays taken and everything personal is gone. */
  readonly state: 'active' | 'disabled' | 'deleted'
  /** Rises when everything that was given out before must end. */
  readonly generation: number
  /** The profile, sealed under the person's key; NULL in a tombstone. */
  readonly profile: Uint8Array | null
  readonly created_at_ms: number
  readonly deleted_at_ms: number | null
  /** Rises with every change of what is theirs; NULL is 1. */
  readonly version: number | null
}

export interface UserLookupRow {
  readonly tenant: string
  readonly kind: 'username' | 'email'
  readonly hash: Uint8Array
  readonly user_id: string
}

export interface UserPrefixRow {
  readonly tenant: string
  readonly hash: Uint8Array
  readonly user_created_at_ms: number
  readonly user_id: string
}

export interface PasswordRow {
  readonly tenant: string
  readonly user_id: string
  /** PHC string over the peppered password. */
  readonly phc: string
  readonly set_at_ms: number
}

export interface GroupRow {
  readonly tenant: string
  readonly id: string
  readonly name: string
  /** The name, folded: two groups must not differ in case alone. */
  readonly name_key: string
  readonly created_at_ms: number
  /** Rises with every change of its name, roles and members; NULL is 1. */
  readonly version: number | null
}

export interface GroupMemberRow {
  readonly tenant: string
  readonly group_id: string
  readonly user_id: string
}

export interface RoleAssignmentRow {
  readonly tenant: string
  /** A user, a group or a client: the id says which. */
  readonly holder: string
  readonly role: string
}

export interface IdentityTables {
  readonly identity_user: UserRow
  readonly user_lookup: UserLookupRow
  readonly user_prefix: UserPrefixRow
  readonly password: PasswordRow
  readonly identity_group: GroupRow
  readonly group_member: GroupMemberRow
  readonly role_assignment: RoleAssignmentRow
}
