/** What the admin API needs of policy stores. @module */

import type { Operation } from '#kernel'

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
