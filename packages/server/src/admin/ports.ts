/**
 * What the admin API needs from the rest of the house. `app/compose.ts` passes
 * what fits; the edge itself keeps no state and decides nothing.
 *
 * @module
 */

import type { ClientId, ClientIdentifier, GroupId, Operation, SessionId, UserId } from '#kernel'

/** A page of a list, and where the next one begins. */
export interface Page<Item> {
  readonly items: readonly Item[]
  readonly next?: string | undefined
}

/** Which part of a list: from a cursor of an earlier page, at most so many. */
export interface PageRequest {
  readonly cursor?: string | undefined
  readonly limit: number
}

/** A thing, and the version that a change is made to. */
export interface Versioned<Item> {
  readonly item: Item
  readonly version: string
}

export interface AdminUser {
  readonly id: UserId
  readonly username: string
  readonly name?: string | undefined
  readonly email?: string | undefined
  readonly state: 'active' | 'disabled'
  readonly roles: readonly string[]
  readonly createdAtMs: number
}

export interface NewUser {
  readonly username: string
  readonly password?: string | undefined
  readonly name?: string | undefined
  readonly email?: string | undefined
}

/** What is to be different; what is absent stays, and `null` takes away. */
export interface AdminUserChange {
  readonly username?: string | undefined
  readonly name?: string | null | undefined
  readonly email?: string | null | undefined
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

export interface AdminClient {
  readonly id: ClientId
  readonly clientId: ClientIdentifier
  readonly name: string
  readonly kind: 'confidential' | 'public'
  readonly redirectUris: readonly string[]
  readonly grantTypes: readonly string[]
  readonly scopes: readonly string[]
  readonly audiences: readonly string[]
  readonly firstParty: boolean
  readonly postLogoutRedirectUris: readonly string[]
  readonly accessTokenSeconds: number
  /** How it proves itself at the token endpoint. */
  readonly authentication: string
  /** Its public keys, where it proves itself by one. */
  readonly jwks?: { readonly keys: readonly object[] } | undefined
  /** It is written down in the configuration, and changed there alone. */
  readonly configured: boolean
  /** What it may do as itself, in the words of policies. */
  readonly roles: readonly string[]
}

export interface NewAdminClient {
  readonly clientId?: string | undefined
  readonly name: string
  readonly kind: 'confidential' | 'public'
  readonly redirectUris: readonly string[]
  readonly grantTypes: readonly string[]
  readonly scopes: readonly string[]
  readonly audiences: readonly string[]
  readonly postLogoutRedirectUris?: readonly string[] | undefined
  readonly accessTokenSeconds?: number | undefined
  /** Public keys: then it proves itself by one of them and has no secret, RFC 7523. */
  readonly jwks?: { readonly keys: readonly Readonly<Record<string, unknown>>[] } | undefined
}

/** What may be changed of a client; the rest is what it is. */
export type AdminClientChange = Partial<Omit<NewAdminClient, 'clientId' | 'kind'>>

export interface AdminClients {
  list(op: Operation, request: PageRequest): Promise<Page<AdminClient>>
  find(op: Operation, id: ClientId): Promise<Versioned<AdminClient> | undefined>
  update(op: Operation, id: ClientId, change: AdminClientChange, seen: string): Promise<void>
  listSecrets(op: Operation, id: ClientId): Promise<readonly { readonly number: number; readonly createdAtMs: number }[]>
  /** A second secret, so that the first can go without an outage. It is in the answer and nowhere else. */
  addSecret(op: Operation, id: ClientId): Promise<{ readonly number: number; readonly secret: string }>
  /** Ends the tokens of the client. False when there is no such secret. */
  removeSecret(op: Operation, id: ClientId, number: number): Promise<boolean>
  /** The secret of a confidential client is in the answer and nowhere else, ever. */
  create(op: Operation, client: NewAdminClient): Promise<{ readonly client: AdminClient; readonly secret: string | undefined }>
  assignRole(op: Operation, id: ClientId, role: string): Promise<void>
  withdrawRole(op: Operation, id: ClientId, role: string): Promise<void>
  remove(op: Operation, id: ClientId): Promise<void>
}

export interface AdminSession {
  readonly id: SessionId
  readonly user: UserId
  readonly username?: string | undefined
  readonly acr: string
  readonly device?: string | undefined
  readonly startedAtMs: number
  readonly endsAtMs: number
}

export interface AdminSessions {
  list(op: Operation, request: PageRequest & { readonly user?: UserId | undefined }): Promise<Page<AdminSession>>
  /** Resolves when no verifier accepts the session any more, or the bound has passed. False when it had already ended. */
  end(op: Operation, id: SessionId): Promise<boolean>
  /** The same for every session of a user: how many there were. Undefined when there is no such user. */
  endAll(op: Operation, user: UserId): Promise<number | undefined>
}

/** An event as the API shows it. */
export interface AdminEvent {
  readonly index?: number | undefined
  readonly writer: string
  readonly number: number
  readonly atMs: number
  readonly request: string
  readonly actor: string
  readonly what: string
  readonly about: string
  readonly outcome: string
  readonly facts?: Readonly<Record<string, string | number | boolean>> | undefined
  readonly decision?: object | undefined
  /** The sealed part in clear, while the person's key exists. */
  readonly personal?: string | undefined
}

/** What a verification found. */
export interface AdminVerification {
  readonly ok: boolean
  readonly events: number
  readonly treeSize: number
  readonly findings: readonly { readonly code: string; readonly says: string }[]
}

/** Which events: those that fit everything that is said. */
export interface AdminEventFilter {
  readonly what?: string | undefined
  readonly about?: string | undefined
  readonly actor?: string | undefined
  readonly outcome?: 'done' | 'allowed' | 'refused' | undefined
  readonly request?: string | undefined
  readonly sinceMs?: number | undefined
  readonly untilMs?: number | undefined
}

export interface AdminAudit {
  list(op: Operation, request: PageRequest & AdminEventFilter): Promise<Page<AdminEvent>>
  /** Events after the given place, oldest first, for `audit tail`. */
  after(op: Operation, place: string | undefined, limit: number): Promise<{ readonly items: readonly AdminEvent[]; readonly place: string }>
  /** The latest signed checkpoint, a C2SP signed note. */
  checkpoint(op: Operation): Promise<string | undefined>
  verify(op: Operation, earlier: string | undefined): Promise<AdminVerification>
}

export interface PolicyMistake {
  readonly file: string
  readonly line?: number | undefined
  readonly column?: number | undefined
  readonly says: string
}

export interface PolicyFile {
  readonly name: string
  readonly text: string
}

export interface AdminPolicyVersion {
  readonly digest: string
  readonly activatedAtMs: number
  readonly activatedBy?: string | undefined
  readonly active: boolean
}

export interface AdminPolicyStore {
  readonly store: string
  /** Who says what it holds: its folder, or whoever activates sets here. */
  readonly keeper: 'folder' | 'api'
  /** Whether sets may be activated here at all. */
  readonly folderOnly: boolean
  readonly digest: string
  readonly activatedAtMs: number
  readonly activatedBy?: string | undefined
}

export type AdminActivated = { readonly is: 'activated' } | { readonly is: 'mistaken'; readonly mistakes: readonly PolicyMistake[] }

export interface AdminPolicies {
  list(op: Operation): Promise<readonly AdminPolicyStore[]>
  /** Newest first; undefined when there is no such store. */
  versions(op: Operation, store: string): Promise<readonly AdminPolicyVersion[] | undefined>
  /** The files of a version; undefined when it is not kept. */
  files(op: Operation, store: string, digest: string): Promise<readonly PolicyFile[] | undefined>
  /** `seen` is the digest that was active when the caller looked. Resolves when every server and gateway decides by the new set. */
  activate(op: Operation, store: string, files: readonly PolicyFile[], seen: string): Promise<AdminActivated>
  rollBack(op: Operation, store: string, digest: string, seen: string): Promise<AdminActivated>
  /** Gives the store back to its folder. */
  release(op: Operation, store: string, seen: string): Promise<AdminActivated>
  /** Checks the files of a store without activating anything. */
  check(op: Operation, store: string, files: readonly { readonly name: string; readonly text: string }[]): Promise<readonly PolicyMistake[]>
  /** Reads the folders again. The old sets stay where there is a mistake. */
  reload(op: Operation): Promise<{
    readonly mistakes: readonly PolicyMistake[]
    readonly stores: readonly { readonly store: string; readonly digest: string }[]
  }>
}

/** A signing key as it is shown: nothing that signs. */
export interface AdminKey {
  readonly purpose: string
  readonly keyId: string
  readonly algorithm: string
  readonly state: 'next' | 'active' | 'retired'
  readonly sinceMs: number
  readonly readyAtMs?: number | undefined
  readonly verifiesUntilMs?: number | undefined
}

export interface AdminKeys {
  list(op: Operation): Promise<readonly AdminKey[]>
  /** False when there are no keys for such a purpose. */
  rotate(op: Operation, purpose: string): Promise<boolean>
}

/** One setting by its path (`listen.port`, `clients.0.name`), without what opens anything. */
export interface AdminSetting {
  readonly setting: string
  readonly value: string | number | boolean
}

export interface AdminSettings {
  /** Those whose path begins with the prefix, in the order of their paths. */
  list(op: Operation, request: PageRequest & { readonly prefix?: string | undefined }): Promise<Page<AdminSetting>>
}

/** Addresses under which the server shows how requests reach it. */
export interface AdminMirrors {
  /** The path of a fresh one, below the server's public address; it lives a minute. */
  create(op: Operation): Promise<string>
}

export interface AdminPorts {
  readonly users: AdminUsers
  readonly groups: AdminGroups
  readonly clients: AdminClients
  readonly sessions: AdminSessions
  readonly audit: AdminAudit
  readonly policies: AdminPolicies
  readonly keys: AdminKeys
  readonly settings: AdminSettings
  readonly mirrors: AdminMirrors
}
