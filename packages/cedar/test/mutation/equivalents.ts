/** Mutants that decide as the source does, so that no test can miss what they take out. @module */

import type { Equivalent } from '../../../../test/mutation/target.ts'

export const equivalents: readonly Equivalent[] = [
  {
    path: 'src/authorize.ts',
    was: 'left.policy < right.policy',
    becomes: '(left.policy) <= (right.policy)',
    because: 'no two policies of a set have the same id',
  },
  {
    path: 'src/compile/sought.ts',
    was: 'this.#name = undefined',
    becomes: ';',
    because: 'the name is looked up again before it is read; this only lets go of it',
  },
]
