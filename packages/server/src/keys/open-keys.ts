import { systemClock, Unavailable, type Clock, type Operation } from '#kernel'
import type { Store } from '#store'
import { generateSigningKey } from './algorithms.ts'
import type { GatewayKeys, Keys, PersonKeys, SealingPurpose, SigningPurpose } from './contract.ts'
import { createGatewayKeys } from './gateway-keys.ts'
import { listKeys } from './listing.ts'
import { makeMissing, type Generate, type Maker } from './make-keys.ts'
import { KeyMistake } from './mistakes.ts'
import { createPersonKeys } from './people.ts'
import { Rings } from './rings.ts'
import { isTied, rootKeyFacts, tie } from './root-check.ts'
import { rotateKey } from './rotation.ts'
import { createSealing } from './sealing.ts'
import { createSigning } from './signing.ts'
import { keepPurposeKeys } from './store.ts'
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
  const { store, vault, clock = systemClock, generate = generateSigningKey } = options
  const rings = new Rings({ store, vault, clock, generate })
  if (!(await isTied(op, store, vault))) await startLife(op, store, rings.maker)
  await openAll(op, rings)
  const keys: Keys = Object.freeze({
    ...createSigning(rings),
    ...createSealing(rings),
    list: (op: Operation) => listKeys(op, rings),
    rotate: (op: Operation, purpose: SigningPurpose | SealingPurpose) => rotateKey(op, store, rings, purpose),
  })
  return Object.freeze({ keys, people: createPersonKeys(rings), gateway: createGatewayKeys(rings) })
}

/** The root key's name and the first keys are written together: a crash leaves both or neither. */
async function startLife(op: Operation, store: Store, maker: Maker): Promise<void> {
  const facts = await rootKeyFacts(op, maker.vault)
  const first = await makeMissing(op, maker, undefined)
  await store.write(op, async (tx) => {
    if (!(await tie(tx, facts))) return
    tx.record({ what: 'keys.made', about: op.tenant, outcome: 'done', facts: { keys: await keepPurposeKeys(tx, first) } })
  })
  // Of two servers that start at once with two root keys, the first write decides, and the other one stops here.
  await isTied(op, store, maker.vault)
}

async function openAll(op: Operation, rings: Rings): Promise<void> {
  try {
    await rings.current(op)
  } catch (error) {
    if (!(error instanceof Unavailable) || error.what !== 'keys') throw error
    throw new KeyMistake('keys.damaged', 'A key in the database cannot be opened with the root key: its row was changed or damaged.', error)
  }
}
