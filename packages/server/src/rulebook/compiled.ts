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

/** The set that was kept for this text; undefined when it must be compiled. */
export async function findCompiled(
  op: Operation,
  { store, keys, program }: CompiledParts,
  text: ExportedSet,
): Promise<CompiledSet | undefined> {
  const sealed = await store.read(op, async (db) => findSealedSet(db, op, text.store))
  const frozen = sealed && (await keys.open(op, 'column', sealed, contextOf(text, program)))
  const read = frozen && readUtf8(frozen)
  return read === undefined ? undefined : thawSet(text, read)
}

/** Keeps a set in the place of the one before it. */
export async function keepCompiled(op: Operation, { store, keys, program }: CompiledParts, set: CompiledSet): Promise<void> {
  const sealed = await keys.seal(op, 'column', utf8(freezeSet(set)), contextOf(set, program))
  await store.write(op, async (tx) => replaceSealedSet(tx, op, set.store, sealed))
}

function contextOf({ store, digest }: ExportedSet, program: string): string {
  return `compiled policies ${store} ${digest} ${program} ${compiler}`
}
