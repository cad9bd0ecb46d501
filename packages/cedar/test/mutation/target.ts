/** The policy engine: its evaluator and its index. @module */

import { fileURLToPath } from 'node:url'
import type { Target } from '../../../../test/mutation/target.ts'
import { equivalents } from './equivalents.ts'
import { ForkedTester } from './tester.ts'

const home = fileURLToPath(new URL('../..', import.meta.url))

export const target: Target = {
  home,
  sources: ['src/authorize', 'src/compile/', 'src/policy-set', 'src/prepared', 'src/entities/'],
  tests: () => [],
  tester: () => new ForkedTester(),
  equivalents,
}
