/**
 * Ties a database to its root key. The first start writes the name of the root
 * key and a value wrapped under it, together with the first keys; every later
 * start must be able to unwrap that value.
 *
 * INVARIANT (one root key): a database that is tied to a root key, or that holds
 * anything wrapped, is never given another one. The two facts stand in the
 * store's own table, apart from the tables of wrapped keys, so that a restore
 * which forgot those is noticed and not papered over with fresh keys.
 *
 * @module
 */

import { base64url, readBase64url, readUtf8, Refusal, utf8, type Operation } from '#kernel'
import { findInstanceFact, setInstanceFact, type Reader, type Store, type Transaction } from '#store'
import { KeyMistake } from './mistakes.ts'
import { createRootKey, readRootKey } from './root-key.ts'
import { listPurposeKeys } from './store.ts'
import { openFileVault, type KeyVault } from './vault.ts'

const checkText = 'countersign check value 1'
const checkContext = 'root-key check'

/** What the first start writes. */
export interface RootKeyFacts {
  readonly name: string
  readonly check: string
}

/**
 * The vault over the root key file at `path`.
 *
 * `whenNew` says what happens when the file is missing: `make` makes one, but
 * only for a database that was never tied to a root key; `refuse` never does.
 * Throws a {@link KeyMistake}.
 */
export async function openRootKeyFile(op: Operation, store: Store, path: string, whenNew: 'make' | 'refuse'): Promise<KeyVault> {
  try {
    return openVault(path)
  } catch (error) {
    if (!(error instanceof KeyMistake) || error.code !== 'keys.root_key_missing') throw error
    if (await store.read(op, (db) => needsItsRootKey(db, op))) {
      throw new KeyMistake('keys.root_key_lost', `The root key file ${path} is missing, and this database opens with that very key only.`)
    }
    if (whenNew === 'refuse') throw error
  }
  createRootKey(path)
  return openVault(path)
}

/** The vault derives what it needs, so that the root key itself need not stay in memory. */
function openVault(path: string): KeyVault {
  const rootKey = readRootKey(path)
  const vault = openFileVault(rootKey)
  rootKey.reveal().fill(0)
  return vault
}

/** Checks that `vault` is the one of this database. False when the database is new. Throws a {@link KeyMistake}. */
export async function isTied(op: Operation, store: Store, vault: KeyVault): Promise<boolean> {
  const { name, check, keys } = await store.read(op, async (db) => ({
    name: await findInstanceFact(db, 'root_key'),
    check: await findInstanceFact(db, 'root_key_check'),
    keys: (await listPurposeKeys(db, op.tenant, op.nowMs)).length,
  }))
  if (name === undefined && check === undefined && keys === 0) return false
  if (name === undefined || check === undefined || keys === 0) throw rowsLost()
  if (name !== vault.keyId || !(await opensCheck(op, vault, { name, check }))) {
    throw new KeyMistake('keys.root_key_wrong', 'The root key is not the one that this database was made with.')
  }
  return true
}

/** What ties a database to `vault`. */
export async function rootKeyFacts(op: Operation, vault: KeyVault): Promise<RootKeyFacts> {
  const { vaultKey, bytes } = await vault.wrap(op, utf8(checkText), checkContext)
  return { name: vaultKey, check: base64url(bytes) }
}

/** False, and nothing changes, when the database was tied meanwhile. */
export async function tie(tx: Transaction, facts: RootKeyFacts): Promise<boolean> {
  return (await setInstanceFact(tx, 'root_key', facts.name)) && setInstanceFact(tx, 'root_key_check', facts.check)
}

async function needsItsRootKey(db: Reader, op: Operation): Promise<boolean> {
  return (await findInstanceFact(db, 'root_key')) !== undefined || (await listPurposeKeys(db, op.tenant, op.nowMs)).length > 0
}

async function opensCheck(op: Operation, vault: KeyVault, { name, check }: RootKeyFacts): Promise<boolean> {
  const bytes = readBase64url(check)
  if (bytes === undefined) return false
  try {
    return readUtf8(await vault.unwrap(op, { vaultKey: name, bytes }, checkContext)) === checkText
  } catch (error) {
    if (error instanceof Refusal) return false
    throw error
  }
}

function rowsLost(): KeyMistake {
  return new KeyMistake(
    'keys.rows_lost',
    'The database has lost its wrapped keys or the name of their root key: restore them from the backup of the keys.',
  )
}
