/** What is mutated, and which tests are asked. @module */

export interface Target {
  /** The folder of the package. */
  readonly home: string
  /** Sources whose path contains one of these, where nobody says which. */
  readonly sources: readonly string[]
  /** The tests for a source, in groups: what takes long is asked only when all before it hold. */
  readonly tests: (source: string) => readonly (readonly string[])[]
  readonly equivalents: readonly Equivalent[]
}

/** A mutant that decides as the source does, so that no test can miss what it takes out. */
export interface Equivalent {
  readonly path: string
  readonly was: string
  readonly becomes: string
  readonly because: string
}
