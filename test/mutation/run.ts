/**
 * `npm run mutate -- cedar|oauth [WORD…] [--sample N]`: takes out one rule of the
 * policy engine, or of the authorization server, after the other, each time runs
 * the tests until one fails, and tells of those that nobody missed. Words select
 * sources whose path contains them; the target's own choice when there are none.
 *
 * @module
 */

import { spawn } from 'node:child_process'
import { globSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { target as cedar } from '../../packages/cedar/test/mutation/target.ts'
import { target as oauth } from '../../packages/server/test/mutation/target.ts'
import { mutantsOf, mutated, type Mutant } from './mutants.ts'
import type { Target } from './target.ts'

/** Processor time that no test comes near: a mutant that takes more goes round for ever, and somebody would notice. */
const mostSeconds = 60

const hook = fileURLToPath(new URL('with-mutant.ts', import.meta.url))
const targets: Readonly<Record<string, Target>> = { cedar, oauth }

const { values, positionals } = parseArgs({ options: { sample: { type: 'string' } }, allowPositionals: true })
const [what = '', ...words] = positionals
const target = targets[what]
if (target === undefined) {
  console.error(`Say what to mutate: npm run mutate -- ${Object.keys(targets).join('|')}`)
  process.exit(2)
}
const { home, equivalents } = target
const wanted = words.length === 0 ? target.sources : words
const sources = globSync('src/**/*.ts', { cwd: home })
  .filter((path) => !path.endsWith('.test.ts') && wanted.some((word) => path.includes(word)))
  .sort()

const all = sources.flatMap((path) => mutantsOf(readFileSync(join(home, path), 'utf8')).map((mutant) => ({ path, mutant })))
const step = values.sample === undefined ? 1 : Math.max(1, Math.floor(all.length / Number(values.sample)))
const folder = mkdtempSync(join(tmpdir(), 'countersign-mutants-'))
const tally = { killed: 0, survived: 0 }
try {
  for (const [at, { path, mutant }] of all.entries()) {
    if (at % step !== 0 || isEquivalent(path, mutant)) continue
    if (await isMissed(path, mutant)) tally.killed += 1
    else {
      tally.survived += 1
      console.log(`${path}:${mutant.line} ${oneLine(mutant.was)} → ${oneLine(mutant.becomes)}`)
    }
  }
} finally {
  rmSync(folder, { recursive: true, force: true })
}
console.log(`${tally.killed} killed, ${tally.survived} survived`)
process.exitCode = tally.survived === 0 ? 0 : 1

function isEquivalent(path: string, { was, becomes }: Mutant): boolean {
  return equivalents.some((one) => one.path === path && one.was === was && one.becomes === becomes)
}

/** Whether a test fails without the rule. */
async function isMissed(path: string, mutant: Mutant): Promise<boolean> {
  const file = join(home, path)
  const asked = join(folder, 'mutant.json')
  writeFileSync(asked, JSON.stringify({ file, text: mutated(readFileSync(file, 'utf8'), mutant) }))
  for (const tests of target?.tests(path) ?? []) if (tests.length > 0 && (await fails(tests, asked))) return true
  return false
}

async function fails(tests: readonly string[], asked: string): Promise<boolean> {
  const words = ['--test', '--test-isolation=none', '--test-reporter=tap', '--import', hook, ...tests.map((test) => join(home, test))]
  // The kernel counts processor time, so that a busy machine kills nothing.
  const child = spawn('bash', ['-c', `ulimit -t ${mostSeconds}; exec "$@"`, 'mutant', process.execPath, ...words], {
    cwd: home,
    stdio: ['ignore', 'pipe', 'ignore'],
    env: { ...process.env, MUTANT: asked, NODE_TEST_CONTEXT: undefined },
  })
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    if (/^\s*not ok /m.test(text)) child.kill('SIGKILL')
  })
  return (await new Promise<number | null>((resolve) => child.once('close', resolve))) !== 0
}

function oneLine(text: string): string {
  const line = text.replaceAll(/\s+/g, ' ')
  return line.length > 100 ? `${line.slice(0, 100)}…` : line
}
