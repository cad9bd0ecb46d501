/**
 * Ties a database to its root key. The first start writes the name of the root
 * key and a value wrapped under it; every later start must be able to unwrap it.
 *
 * @module
 */

import { Refusal, type Operation } from '#kernel'
import type { Store } from '#store'
import { KeyMistake } from './mistakes.ts'
import { createRootKey, readRootKey } from './root-key.ts'
import { findRootKey, hasWrappedKeys, keepRootKey, type RootKeyRow } from './store.ts'
import { openFileVault, type KeyVault } from './vault.ts'

const checkText = 'countersign check value 1'
const checkContext = 'root-key check'

/**
 * The vault over the root key file at `path`.
 *
 * `whenNew` says what happens when the file is missing: `make` makes one, but
 * only for a database that never had a root key; `refuse` never does.
 */
export async function openRootKeyFile(op: Operation, store: Store, path: string, whenNew: 'make' | 'refuse'): Promise<KeyVault> {
  try {
    return openFileVault(readRootKey(path))
  } catch (error) {
    if (!(error instanceof KeyMistake) || error.code !== 'keys.root_key_missing') throw error
    if (await isTied(op, store)) {
      throw new KeyMistake(
        'keys.root_key_lost',
        `The root key file ${path} is missing, and this database cannot be opened without that very key: restore the file.`,
      )
    }
    if (whenNew === 'refuse') throw error
  }
  createRootKey(path)
  return openFileVault(readRootKey(path))
}

/** Whether the database has a root key already, so that another one would open nothing. */
async function isTied(op: Operation, store: Store): Promise<boolean> {
  return store.read(op, async (db) => (await findRootKey(db)) !== undefined || (await hasWrappedKeys(db)))
}

/** Checks that `vault` is the one of this database; an empty database is tied to it. Throws a {@link KeyMistake}. */
export async function checkRootKey(op: Operation, store: Store, vault: KeyVault): Promise<void> {
  const found = await store.read(op, findRootKey)
  if (found !== undefined) return requireSame(op, vault, found)
  if (await store.read(op, hasWrappedKeys)) {
    throw new KeyMistake(
      'keys.rows_lost',
      'The database has wrapped keys but not the name of the root key that wrapped them: restore the table root_key.',
    )
  }
  const check = await vault.wrap(op, Buffer.from(checkText), checkContext)
  await store.write(op, (tx) => keepRootKey(tx, { vault_key: check.vaultKey, check_value: check.bytes }, op.nowMs))
  // Two servers may have started at once with two root keys: the first write decided, and the other one stops here.
  const kept = await store.read(op, findRootKey)
  if (kept !== undefined) await requireSame(op, vault, kept)
}

async function requireSame(op: Operation, vault: KeyVault, row: RootKeyRow): Promise<void> {
  if (row.vault_key !== vault.keyId) throw wrong()
  try {
    const opened = await vault.unwrap(op, { vaultKey: row.vault_key, bytes: row.check_value }, checkContext)
    if (Buffer.from(opened).toString() === checkText) return
  } catch (error) {
    if (!(error instanceof Refusal)) throw error
  }
  throw wrong()
}

function wrong(): KeyMistake {
  return new KeyMistake('keys.root_key_wrong', 'The root key is not the one that this database was made with.')
}
