/**
 * The writes that make a set the active one of its store, each with its event.
 *
 * INVARIANT (one keeper): within the write, what its folder says is kept only while
 * the folder is the store's keeper, so that no reload undoes what somebody activated.
 *
 * @module
 */

import type { Operation } from '#kernel'
import type { CompiledSet } from '#policy'
import type { Transaction } from '#store'
import type { RulebookParts } from './contract.ts'
import type { StoreKeeper } from './keeper.ts'
import { refuse } from './refusals.ts'
import { activate, findActiveDigest, findKeeper, forgetOldVersions, keptVersions, setKeeper } from './store.ts'

type Parts = Pick<RulebookParts, 'store' | 'others'>

/** Activates what a folder holds. False when it decided already, or the folder is not the store's keeper. */
export async function keepFromFolder(op: Operation, { store, others }: Parts, set: CompiledSet): Promise<boolean> {
  if ((await store.read(op, (db) => findActiveDigest(db, op, set.store))) === set.digest) return false
  return store.write(op, async (tx) => {
    const before = await findActiveDigest(tx, op, set.store)
    if (before === set.digest || (before !== undefined && (await findKeeper(tx, op, set.store)) === 'api')) return false
    await makeActive(tx, op, others, set, before)
    return true
  })
}

export interface TakeOver {
  readonly set: CompiledSet
  readonly keeper: StoreKeeper
  /** The digest that the caller saw active. */
  readonly seen: string
}

/** Activates a set and makes its keeper the one who says so. Throws `policies.changed` when another set is active than was seen. */
export async function takeOver(
  op: Operation,
  { store, others }: Parts,
  { set, keeper, seen }: TakeOver,
): Promise<{ readonly changed: boolean }> {
  return store.write(op, async (tx) => {
    const before = await findActiveDigest(tx, op, set.store)
    if (before !== seen) throw refuse('policies.changed')
    const keeperBefore = await findKeeper(tx, op, set.store)
    if (keeperBefore !== keeper) {
      await setKeeper(tx, op, set.store, keeper)
      tx.record({ what: 'policies.keeper_changed', about: set.store, outcome: 'done', facts: { before: keeperBefore, after: keeper } })
    }
    const changed = before !== set.digest
    if (changed) await makeActive(tx, op, others, set, before)
    return { changed }
  })
}

async function makeActive(
  tx: Transaction,
  op: Operation,
  others: RulebookParts['others'],
  set: CompiledSet,
  before: string | undefined,
): Promise<void> {
  await activate(tx, op, set)
  await others.mark(tx, op, set.store)
  await forgetOldVersions(tx, op, set.store, keptVersions)
  const facts = { digest: set.digest, policies: set.policies.size, ...(before === undefined ? {} : { before }) }
  tx.record({ what: 'policies.activated', about: set.store, outcome: 'done', facts })
}
