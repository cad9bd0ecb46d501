/**
 * The floors of the house. The table is the law, and is written lowest first so
 * that it cannot describe a ring. It scans text: comments count too.
 *
 * @module
 */

import assert from 'node:assert/strict'
import { globSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('..', import.meta.url))

/** Which modules each module may import, lowest first. A module not listed does not exist. */
const ground = ['kernel']
const mechanisms = [...ground, 'policy', 'http', 'store']
const features = ['kernel', 'policy', 'store', 'keys', 'ratelimit']
const featureNames = ['identity', 'sessions', 'tokens', 'rulebook', 'routing']
const edges = [...mechanisms, 'keys', 'ratelimit', 'audit', ...featureNames]
const edgeNames = ['oauth', 'signin', 'setup', 'admin', 'doctor', 'gateway']
const mayImport: Record<string, readonly string[]> = {
  kernel: [],
  policy: ground,
  http: ground,
  remote: ground, // what a command that asks a server has to load
  store: ground,
  keys: [...ground, 'store'],
  ratelimit: ground,
  audit: [...ground, 'store', 'keys'],
  ...Object.fromEntries(featureNames.map((name) => [name, features])),
  ...Object.fromEntries(edgeNames.map((name) => [name, edges])),
  doctor: ['kernel', 'http', 'keys', 'store'], // looks from outside: no feature is asked, so that it works when one of them does not
  gateway: ['kernel', 'http', 'policy', 'ratelimit'], // runs as a process of its own: everything else reaches it as a port
  app: [...edges, ...edgeNames, 'remote'],
  cli: [...ground, 'remote', 'app'], // signs in over the wire, as any client does
}

/** Powers of the machine, and the only files that may hold each of them. */
const powers = [
  { power: /from 'node:(http|https|net|tls)'/, only: /^src\/(http|gateway|remote)\//, why: 'only the edge opens sockets' },
  { power: /\bprocess\.env\b/, only: /^src\/kernel\/environment\.ts$/, why: 'the environment is read once, at the top' },
  { power: /\bDate\.now\(|new Date\(\)|performance\.now\(/, only: /^src\/kernel\/clock\.ts$/, why: 'time comes from the operation' },
  { power: /\bMath\.random\(/, only: /^$/, why: 'nothing here may be guessable' },
  {
    power: /from 'node:crypto'/,
    only: /^src\/(?:(kernel|keys)\/|remote\/client-key\.ts$)/,
    why: 'primitives have two homes, and a client signs on its own side',
  },
  {
    power: /from 'node:(child_process|cluster|worker_threads|http2|dgram)'|from 'undici'|\bfetch\(/,
    only: /^src\/(http|gateway|app|cli)\//,
    why: 'few may start or call anything',
  },
  {
    power: /^import (?!type )[^\n]*from '(?:prom-client|@opentelemetry\/[^']*)'/m,
    only: /^$/,
    why: 'what only some configurations need is imported where they need it, or every start pays for it',
  },
  { power: /'@countersign\/cedar'/, only: /^src\/policy\//, why: 'one module speaks to the policy engine' },
  { power: /'@redis\/client'/, only: /^src\/ratelimit\//, why: 'one module speaks to Redis' },
  { power: /from 'pg'|from 'node:sqlite'/, only: /^src\/store\//, why: 'one module speaks to databases' },
]

interface Source {
  readonly path: string
  readonly text: string
  readonly home: string
  readonly doors: readonly string[]
  readonly neighbours: readonly string[]
}

const sources: readonly Source[] = globSync('src/**/*.ts', { cwd: root })
  .filter((path) => !path.endsWith('.test.ts'))
  .map((path) => {
    const text = readFileSync(join(root, path), 'utf8')
    const targets = [...text.matchAll(/\b(?:from|import)\s*\(?\s*'([#.][^']+)'/g)].map((match) => match[1] ?? '')
    return {
      path,
      text,
      home: path.split('/')[1] ?? '',
      doors: targets.filter((target) => target.startsWith('#')).map((target) => target.slice(1)),
      neighbours: targets.filter((target) => target.startsWith('.')).map((target) => join(dirname(path), target)),
    }
  })

test('a module imports only modules listed above it', () => {
  const seen: string[] = []
  for (const [home, targets] of Object.entries(mayImport)) {
    for (const target of targets) assert.ok(seen.includes(target), `${home} may not import ${target}`)
    seen.push(home)
  }
})

for (const { path, text, home, doors, neighbours } of sources) {
  test(`${path} keeps to its place`, () => {
    const allowed = mayImport[home]
    assert.ok(allowed, `${home} is not in the table`)
    for (const door of doors) assert.ok(allowed.includes(door), `${home} may not import #${door}`)
    for (const file of neighbours) assert.ok(file.startsWith(`src/${home}/`), `${file} is outside ${home}`)
    for (const { power, only, why } of powers) if (!only.test(path)) assert.doesNotMatch(text, power, why)
  })
}

test('a command loads the server when it runs one, and not to ask one', () => {
  for (const { path, home, text } of sources)
    if (home === 'cli') assert.doesNotMatch(text, /^(?:import (?!type )|export )[^\n]*from '#app'/m, path)
})

test('no files import each other in a ring', () => {
  const known = new Map(sources.map((source) => [source.path, source.neighbours]))
  const cleared = new Set<string>()
  const walk = (path: string, trail: readonly string[]): void => {
    assert.ok(!trail.includes(path), `ring: ${[...trail, path].join(' -> ')}`)
    if (cleared.has(path)) return
    for (const next of known.get(path) ?? []) walk(next, [...trail, path])
    cleared.add(path)
  }
  for (const path of known.keys()) walk(path, [])
})

/** A file is one idea; what is longer hides a second one. */
const mostLines = 400
/** Words that name no home. */
const homeless = /(^|\/)(utils?|helpers?|common|shared|misc|lib|base|manager|service|types)(\/|\.ts$)/

test('files are small and have names that say what they own', () => {
  for (const { path, text } of sources) {
    assert.ok(text.split('\n').length <= mostLines, `${path} is longer than ${mostLines} lines`)
    assert.doesNotMatch(path, homeless)
  }
})
