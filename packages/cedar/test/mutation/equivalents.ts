/** Mutants that decide as the source does, so that no test can miss what they take out. @module */

export interface Equivalent {
  readonly path: string
  readonly was: string
  readonly becomes: string
  readonly because: string
}

export const equivalents: readonly Equivalent[] = []
