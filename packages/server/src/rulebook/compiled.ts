/**
 * Compiled sets, kept from one start to the next: loading the compiler and
 * checking every policy is a third of a start and a quarter of its memory.
 *
 * INVARIANT (ours or none): a kept set is sealed, bound to its store, the digest of
 * its text and what compiled it. Whoever can write to the database but does not
 * hold the keys can make a start compile again, and nothing else.
 *
 * @module
 */

import { readUtf8, utf8, type Operation } from '#kernel'
import type { Keys } from '#keys'
import { compiler, freezeSet, thawSet, type CompiledSet, type ExportedSet } from '#policy'
import type { Store } from '#store'
import { findSealedSet, replaceSealedSet } from './store.ts'

export interface CompiledParts {
  readonly store: Store
  readonly keys: Pick<Keys, 'seal' | 'open'>
  /** The version of this program: another one may compile otherwise. */
  readonly program: string
}

/** What has been done with a set: two engines have answered the same by one that is examined. */
export type Done = 'compiled' | 'examined'

export interface KeptSet {
  readonly set: CompiledSet
  readonly done: Done
}

/** The set that was kept for this text; undefined when it must be compiled. */
export async function findCompiled(
  op: Operation,
  { store, keys, program }: CompiledParts,
  text: ExportedSet,
): Promise<KeptSet | undefined> {
  const sealed = await store.read(op, async (db) => findSealedSet(db, op, text.store))
  if (sealed === undefined) return undefined
  for (const done of ['examined', 'compiled'] as const) {
    const frozen = await keys.open(op, 'column', sealed, contextOf(text, program, done))
    const read = frozen && readUtf8(frozen)
    if (read !== undefined) return { set: thawSet(text, read), done }
  }
  return undefined
}

/** Keeps a set in the place of the one before it. */
export async function keepCompiled(op: Operation, { store, keys, program }: CompiledParts, { set, done }: KeptSet): Promise<void> {
  const sealed = await keys.seal(op, 'column', utf8(freezeSet(set)), contextOf(set, program, done))
  await store.write(op, async (tx) => replaceSealedSet(tx, op, set.store, sealed))
}

function contextOf({ store, digest }: ExportedSet, program: string, done: Done): string {
  return `${done} policies ${store} ${digest} ${program} ${compiler}`
}
