/** What is mutated, and which tests are asked. @module */

import type { Mutant } from './mutants.ts'

export interface Target {
  /** The folder of the package. */
  readonly home: string
  /** Sources whose path contains one of these, where nobody says which. */
  readonly sources: readonly string[]
  /** The tests for a source, in groups: what takes long is asked only when all before it hold. */
  readonly tests: (source: string) => readonly (readonly string[])[]
  readonly equivalents: readonly Equivalent[]
  /** Tries mutants in one process, where nothing but the sources is between them and the tests; then {@link Target.tests} are not asked. */
  readonly tester?: () => Tester
}

/** A mutant to be tried. */
export interface Trial {
  readonly id: string
  readonly file: string
  readonly text: string
  /** Where in the source something was taken out. */
  readonly at: number
}

export interface Tester {
  /** The test that fails for a mutant; undefined when nobody missed what it takes out. */
  try(trial: Trial): Promise<string | undefined>
  stop(): void
}

/** A mutant that decides as the source does, so that no test can miss what it takes out. */
export interface Equivalent {
  readonly path: string
  readonly was: string
  readonly becomes: string
  /** What stands soon after it, where the same is written elsewhere too. */
  readonly followedBy?: string
  readonly because: string
}

/** Whether a mutant of a source is this one. */
export function isThat({ was, becomes, followedBy = '' }: Equivalent, mutant: Mutant, source: string): boolean {
  const after = source.slice(mutant.start, mutant.start + 100)
  return was === mutant.was && becomes === mutant.becomes && after.includes(followedBy)
}
