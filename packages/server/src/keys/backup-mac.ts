/**
 * The MAC of a file that leaves the machine: HMAC-SHA-256 under a fresh key,
 * which is wrapped by the root key and travels with the file.
 *
 * Whoever keeps the file can delete it or hold an older one out; without the
 * root key they cannot change a byte of it, nor make one.
 *
 * @module
 */

import { createHmac } from 'node:crypto'
import { base64url, randomBytes, readBase64url, Refusal, type Operation } from '#kernel'
import type { KeyVault } from './vault.ts'

/** How the file names its key. Both are text for JSON. */
export interface BackupMacKey {
  readonly rootKey: string
  readonly wrapped: string
}

/** A MAC that is fed piece by piece. */
export interface BackupMac {
  update(bytes: Uint8Array): void
  /** Ends it. */
  digest(): Uint8Array
}

/** Makes the key of one file. `context` is the file's format: a key of one is none of another. */
export async function newBackupMac(
  op: Operation,
  vault: KeyVault,
  context: string,
): Promise<{ readonly key: BackupMacKey; readonly mac: BackupMac }> {
  const bytes = randomBytes(32)
  const { vaultKey, bytes: wrapped } = await vault.wrap(op, bytes, context)
  const mac = macOver(bytes)
  return { key: { rootKey: vaultKey, wrapped: base64url(wrapped) }, mac }
}

/** The MAC that a file was made with. Undefined when its key was not wrapped by this root key for this format. */
export async function openBackupMac(op: Operation, vault: KeyVault, key: BackupMacKey, context: string): Promise<BackupMac | undefined> {
  const wrapped = readBase64url(key.wrapped)
  if (wrapped === undefined || key.rootKey !== vault.keyId) return undefined
  try {
    return macOver(await vault.unwrap(op, { vaultKey: key.rootKey, bytes: wrapped }, context))
  } catch (error) {
    if (error instanceof Refusal) return undefined
    throw error
  }
}

/** Takes the bytes of the key over and wipes them. */
function macOver(key: Uint8Array): BackupMac {
  const hmac = createHmac('sha256', key)
  key.fill(0)
  return {
    update: (bytes) => void hmac.update(bytes),
    digest: () => hmac.digest(),
  }
}
