/**
 * The process in which mutants are tried. It first runs every test as it is and
 * notes what each comes past; then it takes one mutant after the other, and runs
 * the tests until one fails, those first that come past its place, the quickest first.
 *
 * @module
 */

import { once } from 'node:events'
import { globSync } from 'node:fs'
import { fileURLToPath, pathToFileURL } from 'node:url'
import type { Trial } from '../../../../test/mutation/target.ts'
import { ranAt, Recorder, type Coverage } from './coverage.ts'
import { addressFor, hook, setText } from './hooks.ts'
import { takeRegistered, type Registered } from './registry.ts'

/** What became of a mutant: the test that failed, if one did. */
export interface Verdict {
  readonly killedBy: string | undefined
}

/** A test, and what it comes past. */
export interface KnownTest {
  readonly url: string
  readonly name: string
  /** Of processor time. */
  readonly ms: number
  readonly coverage: Coverage
  /** What the import of its file comes past. */
  readonly imported: Coverage
}

const home = new URL('../..', import.meta.url)
/** Tests that take longer are asked about their own folder alone: a rule of others that they alone miss has a test to be written. */
const slowMs = 400

/** Those that take long or begin processes of their own are left out. */
const files = globSync(['src/**/*.test.ts', 'test/*.test.ts', 'test/differential/escapes.test.ts', 'test/mutation/worlds.ts'], {
  cwd: fileURLToPath(home),
}).filter((path) => !path.includes('corpus'))

async function runAll(): Promise<readonly KnownTest[]> {
  const recorder = new Recorder()
  const sources = new URL('src/', home).href
  const known: KnownTest[] = []
  for (const url of files.map((path) => new URL(path, home).href)) {
    recorder.take(sources, addressFor('none', ''))
    const tests = await load('none', url)
    const imported = recorder.take(sources, addressFor('none', ''))
    for (const { name, run } of tests) {
      const before = process.cpuUsage()
      await run()
      const { user, system } = process.cpuUsage(before)
      known.push({ url, name, ms: (user + system) / 1_000, coverage: recorder.take(sources, addressFor('none', '')), imported })
    }
  }
  recorder.stop()
  return known.sort((one, other) => one.ms - other.ms)
}

async function load(mutant: string, url: string): Promise<readonly Registered[]> {
  await import(addressFor(mutant, url))
  return takeRegistered()
}

/** The first test that fails without the rule. */
async function killerOf({ id, file, text, at }: Trial, known: readonly KnownTest[]): Promise<string | undefined> {
  const source = pathToFileURL(file).href
  setText(id, source, text)
  const loaded = new Map<string, readonly Registered[]>()
  for (const { url, name } of asked(known, source, at)) {
    try {
      const tests = loaded.get(url) ?? (await load(id, url))
      loaded.set(url, tests)
      await tests.find((test) => test.name === name)?.run()
    } catch {
      takeRegistered()
      return name
    }
  }
  return undefined
}

/** Those first that are known to come past the place: V8 does not count what it has made fast, so that others may too. */
function asked(known: readonly KnownTest[], source: string, at: number): readonly KnownTest[] {
  const quick = known.filter(({ url, ms }) => ms <= slowMs || isBeside(url, source) || url.endsWith('/worlds.ts'))
  const passing = quick.filter(({ coverage, imported }) => ranAt(coverage, source, at) || ranAt(imported, source, at))
  return [...passing, ...quick.filter((one) => !passing.includes(one))]
}

function isBeside(one: string, other: string): boolean {
  return new URL('.', one).href === new URL('.', other).href
}

hook()
const [found] = (await once(process, 'message')) as [readonly KnownTest[]]
const known = found.length === 0 ? await runAll() : found
process.on('message', (trial: Trial) => {
  void killerOf(trial, known).then((killedBy) => process.send?.({ killedBy } satisfies Verdict))
})
process.send?.(known)
