/**
 * The whole check, and parts of it: `npm test`, `npm test -- unit store`.
 *
 * Each step is a promise in words. Fast ones come first; all run, so that one
 * run tells everything. The last line counts tests: `N passed, N failed, N skipped`.
 *
 * @module
 */

import { spawn } from 'node:child_process'
import { globSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import { run } from 'node:test'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('..', import.meta.url))
process.chdir(root)

const tally = { passed: 0, failed: 0, skipped: 0 }
const skips = new Set<string>()
const failures: string[] = []

/** What an argument after `npm test --` selects: test files whose path contains it. */
const wanted = process.argv.slice(2).filter((word) => !word.startsWith('--'))
if (process.argv.includes('--update-golden')) process.env['UPDATE_GOLDEN'] = '1'

const checks = [
  { promise: 'Types hold', command: 'tsc', options: ['-p', '.'] },
  { promise: 'Lint finds nothing', command: 'oxlint', options: ['--type-aware', '--deny-warnings', '.'] },
  { promise: 'Formatting is settled', command: 'prettier', options: ['--check', '--log-level', 'warn', '.'] },
]

const everything = globSync(
  ['packages/*/src/**/*.test.ts', 'packages/*/test/**/*.test.ts', 'examples/**/*.test.ts', 'test/**/*.test.ts', 'bench/**/*.test.ts'],
  {
    exclude: (name) => name === 'node_modules',
  },
).sort()
const isReal = (file: string): boolean => /\/test\/(real|walks)\//.test(file)
const isAlone = (file: string): boolean => file.endsWith('.alone.test.ts')

if (wanted.length === 0) for (const { promise, command, options } of checks) await check(promise, command, options)
const selected = wanted.length === 0 ? everything : everything.filter((file) => wanted.some((word) => file.includes(word)))
await tests(
  'Tables, contracts, flows, vectors and golden files',
  selected.filter((file) => !isReal(file) && !isAlone(file)),
  availableParallelism(),
)
await tests(
  'Processes, databases and browsers',
  selected.filter((file) => isReal(file) && !isAlone(file)),
  2,
)
await tests('One at a time', selected.filter(isAlone), 1)

for (const failure of failures) console.log(`\nFAILED ${failure}`)
for (const skip of skips) console.log(`skipped: ${skip}`)
console.log(`${tally.passed} passed, ${tally.failed} failed, ${tally.skipped} skipped`)
process.exitCode = tally.failed === 0 && tally.passed > 0 ? 0 : 1

async function check(promise: string, command: string, options: readonly string[]): Promise<void> {
  const began = performance.now()
  const child = spawn(`node_modules/.bin/${command}`, options, { stdio: ['ignore', 'pipe', 'pipe'] })
  let output = ''
  child.stdout.on('data', (chunk: Buffer) => (output += chunk.toString()))
  child.stderr.on('data', (chunk: Buffer) => (output += chunk.toString()))
  const code = await new Promise<number | null>((resolve) => {
    child.on('error', () => resolve(null))
    child.on('close', resolve)
  })
  if (code === 0) tally.passed += 1
  else {
    tally.failed += 1
    failures.push(`${promise}\n${output}`)
  }
  say(promise, code === 0 ? 'ok' : 'FAILED', began)
}

async function tests(promise: string, files: readonly string[], concurrency: number): Promise<void> {
  if (files.length === 0) return
  const began = performance.now()
  const before = tally.failed
  const stream = run({ files: [...files], concurrency, timeout: 300_000 })
  stream.on('test:pass', (event) => {
    if (event.details.type === 'suite') return
    if (event.skip === undefined || event.skip === false) tally.passed += 1
    else {
      tally.skipped += 1
      if (typeof event.skip === 'string') skips.add(event.skip)
    }
  })
  stream.on('test:fail', (event) => {
    if (event.details.type === 'suite' && event.details.error.cause !== undefined && /subtest/.test(event.details.error.message)) return
    tally.failed += 1
    const cause: unknown = event.details.error.cause ?? event.details.error
    failures.push(`${event.file ?? ''} ${event.name}\n${cause instanceof Error ? (cause.stack ?? cause.message) : String(cause)}`)
  })
  if (process.argv.includes('--verbose')) stream.on('test:stdout', (event) => process.stdout.write(event.message))
  stream.on('test:stderr', (event) => process.stderr.write(event.message))
  await new Promise((resolve) => {
    stream.on('end', resolve)
    stream.resume()
  })
  say(`${promise} (${files.length} files)`, tally.failed === before ? 'ok' : 'FAILED', began)
}

function say(promise: string, outcome: string, began: number): void {
  console.log(`${outcome.padEnd(6)} ${promise}, ${((performance.now() - began) / 1000).toFixed(1)} s`)
}
