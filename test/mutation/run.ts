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
import { isThat, type Target } from './target.ts'

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
const tester = target.tester?.()
try {
  for (const [at, { path, mutant }] of all.entries()) {
    const source = readFileSync(join(home, path), 'utf8')
    if (at % step !== 0 || equivalents.some((one) => one.path === path && isThat(one, mutant, source))) continue
    if (await isMissed(path, mutant, source)) tally.killed += 1
    else {
      tally.survived += 1
      console.log(`${path}:${mutant.line} ${oneLine(mutant.was)} → ${oneLine(mutant.becomes)}`)
    }
  }
} finally {
  tester?.stop()
  rmSync(folder, { recursive: true, force: true })
}
console.log(`${tally.killed} killed, ${tally.survived} survived`)
process.exitCode = tally.survived === 0 ? 0 : 1

/** Whether a test fails without the rule. */
async function isMissed(path: string, mutant: Mutant, source: string): Promise<boolean> {
  const [file, text] = [join(home, path), mutated(source, mutant)]
  if (tester !== undefined)
    return (await tester.try({ id: `${tally.killed + tally.survived}`, file, text, at: mutant.start })) !== undefined
  const asked = join(folder, 'mutant.json')
  writeFileSync(asked, JSON.stringify({ file, text }))
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
