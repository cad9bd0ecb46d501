/**
 * Answers for Cedar's own build, wherever that is kept: one task after the other,
 * each a value that can be sent. Whoever decides does not hold the build.
 *
 * INVARIANT (bounded): at most {@link maxSets} sets are kept, least recently asked
 * first to go; whoever asks by one that is gone is told, and sends it again.
 *
 * @module
 */

import { compile } from './compile.ts'
import { decide, type Ask, type Decision } from './decide.ts'
import type { Compiled, CompiledSet } from './engine.ts'
import { CedarInstances, createReferee } from './referee.ts'
import type { StoreSource } from './source.ts'

const maxSets = 32

export type ClerkTask =
  | { readonly is: 'compile'; readonly source: StoreSource }
  | { readonly is: 'decide'; readonly digest: string; readonly ask: Ask; readonly set?: CompiledSet }

export type ClerkAnswer =
  | { readonly is: 'compiled'; readonly compiled: Compiled }
  | { readonly is: 'decided'; readonly decision: Decision }
  /** The set is not held: send it along. */
  | { readonly is: 'unknown' }

/** Does tasks. The build is loaded at the first one. */
export function createClerk(): (task: ClerkTask) => ClerkAnswer {
  const instances = new CedarInstances()
  const referee = createReferee(instances)
  const sets = new Map<string, CompiledSet>()

  function hold(digest: string, given: CompiledSet | undefined): CompiledSet | undefined {
    const set = given ?? sets.get(digest)
    if (set === undefined) return undefined
    sets.delete(digest)
    sets.set(digest, set)
    const [oldest] = sets.keys()
    if (sets.size > maxSets && oldest !== undefined) sets.delete(oldest)
    return set
  }

  return (task) => {
    if (task.is === 'compile') return { is: 'compiled', compiled: compile(() => instances.instance(), task.source) }
    const set = hold(task.digest, task.set)
    return set === undefined ? { is: 'unknown' } : { is: 'decided', decision: decide(referee, set, task.ask) }
  }
}
