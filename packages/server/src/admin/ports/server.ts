/** What the admin API needs of the server itself: its signing keys, its settings, and how requests reach it. @module */

import type { Operation } from '#kernel'
import type { Page, PageRequest } from './list.ts'

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

/** What a backup was, without where it lies. */
export interface BackupMade {
  /** `data`: with a file of keys. `keys`: that file alone. */
  readonly holds: 'data' | 'keys'
  /** Of its folder. */
  readonly name?: string | undefined
  /** Whether the file of keys lies with the data, or somewhere else. */
  readonly keys: 'beside' | 'apart'
}

export interface AdminBackups {
  /** Resolves when it is durable. */
  record(op: Operation, made: BackupMade): Promise<void>
}
