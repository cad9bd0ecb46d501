/** Mutants that decide as the source does. @module */

import type { Equivalent } from '../../../../test/mutation/target.ts'

export const equivalents: readonly Equivalent[] = []
