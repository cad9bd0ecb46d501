/**
 * Real keys over a test's store: the root key is fresh and in memory, everything
 * else is what the server does. Only the RSA keys were made earlier, because
 * making one takes a quarter of a second.
 *
 *     const store = await openTestStore([keysMigrations, …])
 *     const { keys, people } = await openTestKeys(store)
 *
 * @module
 */

import { createPrivateKey, type KeyObject } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { randomBytes, Secret, systemClock, systemOperation, type Clock, type TenantId } from '#kernel'
import { openFileVault, openKeys, type Generate, type KeyVault, type OpenedKeys, type SigningAlgorithm } from '#keys'
import type { Store } from '#store'
import { generateSigningKey } from '../src/keys/algorithms.ts'

export interface TestKeys extends OpenedKeys {
  readonly vault: KeyVault
}

export interface TestKeysOptions {
  /** Whose keys are made at once, the default tenant's when absent; those of others are made at first use. */
  readonly tenant?: TenantId
  readonly clock?: Clock
  /** Share it between two openings of one database: they are two servers then. */
  readonly vault?: KeyVault
  /** Where private signing keys come from; {@link generateForTests} when absent. */
  readonly generate?: Generate
}

/** Opens the keys of a test's store. Records one event, `keys.made`, for each tenant that uses them. */
export async function openTestKeys(store: Store, options: TestKeysOptions = {}): Promise<TestKeys> {
  const { tenant = store.defaultTenant, clock = systemClock, vault = openTestVault(), generate = generateForTests() } = options
  const op = systemOperation('open test keys', tenant, () => {}, clock)
  return { ...(await openKeys(op, { store, vault, clock, generate })), vault }
}

/** A vault over a root key of its own. */
export function openTestVault(): KeyVault {
  return openFileVault(new Secret(randomBytes(32)))
}

/** Makes keys like the server; RSA keys come from a file while it lasts. */
export function generateForTests(): Generate {
  const stock = rsaKeys()
  return async (algorithm: SigningAlgorithm) =>
    (algorithm === 'RS256' || algorithm === 'PS256' ? stock.shift() : undefined) ?? generateSigningKey(algorithm)
}

function rsaKeys(): KeyObject[] {
  const file: unknown = JSON.parse(readFileSync(new URL('rsa-keys.json', import.meta.url), 'utf8'))
  const { keys } = file as { readonly keys: readonly Readonly<Record<string, string>>[] }
  return keys.map((key) => createPrivateKey({ key, format: 'jwk' }))
}
