/** The authorization server: what decides of codes, families, proofs and revocations. @module */

import { globSync } from 'node:fs'
import { dirname } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Target } from '../../../../test/mutation/target.ts'
import { equivalents } from './equivalents.ts'

const home = fileURLToPath(new URL('../..', import.meta.url))
const beside = globSync('src/{oauth,tokens,sessions,keys}/**/*.test.ts', { cwd: home })
const flows = globSync('test/flows/oauth-*.test.ts', { cwd: home })
const traces = ['test/contracts/tokens-refresh.test.ts', 'test/fuzz/tokens-families.test.ts', 'test/mutation/traces.ts']

export const target: Target = {
  home,
  sources: [
    'src/oauth/codes/',
    'src/oauth/token/',
    'src/oauth/revoke',
    'src/oauth/introspect',
    'src/tokens/families/',
    'src/tokens/verify',
  ],
  tests: (source) => [beside.filter((test) => dirname(test) === dirname(source)), flows, traces],
  equivalents,
}
