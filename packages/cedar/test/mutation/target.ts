/** The policy engine: its evaluator and its index. @module */

import { globSync } from 'node:fs'
import { dirname } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Target } from '../../../../test/mutation/target.ts'
import { equivalents } from './equivalents.ts'

const home = fileURLToPath(new URL('../..', import.meta.url))

/** The quick ones, those beside the source first. What takes long (the corpus, random worlds) is asked only when all of these hold. */
const quick = globSync(['src/**/*.test.ts', 'test/*.test.ts'], { cwd: home }).filter((path) => !path.includes('corpus'))
const slow = ['test/differential/small-scope.test.ts', 'test/mutation/worlds.ts']

export const target: Target = {
  home,
  sources: ['src/authorize', 'src/compile/', 'src/policy-set', 'src/entities/'],
  tests: (source) => {
    const near = quick.filter((test) => dirname(test) === dirname(source))
    return [near, quick.filter((test) => !near.includes(test)), slow]
  },
  equivalents,
}
