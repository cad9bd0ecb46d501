/**
 * `npm run differential`: our own engine or reader held against that of somebody
 * else, on cases as a seed has them. The first word says which: `cedar`, which is
 * meant when none is given, or `jws`; what follows is for that run.
 *
 * @module
 */

import { spawnSync } from 'node:child_process'

const runs: Readonly<Record<string, string>> = {
  cedar: 'packages/cedar/test/differential/run.ts',
  jws: 'packages/server/test/differential/run.ts',
}

const given = process.argv.slice(2)
const named = given[0] !== undefined && Object.hasOwn(runs, given[0])
const run = runs[named ? String(given[0]) : 'cedar'] as string

process.exitCode = spawnSync(process.execPath, [run, ...(named ? given.slice(1) : given)], { stdio: 'inherit' }).status ?? 1
