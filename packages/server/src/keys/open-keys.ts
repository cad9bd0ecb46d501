import { systemClock, type Clock, type Operation } from '#kernel'
import type { Store } from '#store'
import type { GatewayKeys, Keys, PersonKeys, SealingPurpose, SigningPurpose } from './contract.ts'
import { createGatewayKeys } from './gateway-keys.ts'
import type { Generate } from './make-keys.ts'
import { createPersonKeys } from './people.ts'
import { Rings } from './rings.ts'
import { checkRootKey } from './root-check.ts'
import { rotateKey } from './rotation.ts'
import { createSealing } from './sealing.ts'
import { createSigning } from './signing.ts'
import type { KeyVault } from './vault.ts'

export interface KeysOptions {
  readonly store: Store
  readonly vault: KeyVault
  readonly clock?: Clock
  /** Where private signing keys come from; the system's generator when absent. */
  readonly generate?: Generate
}

export interface OpenedKeys {
  readonly keys: Keys
  readonly people: PersonKeys
  /** For the gateway's channel only. */
  readonly gateway: GatewayKeys
}

/**
 * Opens the keys of this database: checks the root key, makes the keys that the
 * operation's tenant does not have, reads them all. Another tenant's are made
 * when they are first used.
 *
 * Throws a `KeyMistake` when the root key is not the one of this database.
 */
export async function openKeys(op: Operation, options: KeysOptions): Promise<OpenedKeys> {
  const { store, vault, clock = systemClock, generate } = options
  await checkRootKey(op, store, vault)
  const rings = new Rings({ store, vault, clock, ...(generate === undefined ? {} : { generate }) })
  await rings.current(op)
  const keys: Keys = Object.freeze({
    ...createSigning(rings),
    ...createSealing(rings),
    rotate: (op: Operation, purpose: SigningPurpose | SealingPurpose) => rotateKey(op, store, rings, purpose),
  })
  return Object.freeze({ keys, people: createPersonKeys(rings), gateway: createGatewayKeys(rings) })
}
