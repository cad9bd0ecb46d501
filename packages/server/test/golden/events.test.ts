/** Everything that the record can say, in one reference, from the tables of the modules. @module */

import assert from 'node:assert/strict'
import { globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { eventTables } from '../event-tables.ts'
import { matchesGolden } from '../golden.ts'

const root = fileURLToPath(new URL('../..', import.meta.url))
const names = Object.values(eventTables).flatMap((table) => Object.keys(table))

test('the reference of events is not stale', () => {
  const head =
    '# Events\n\nGenerated from the tables of the modules. What happened is `what`, the thing that it happened to is `about`; who, when and in which request come with every event.\n'
  const parts = Object.entries(eventTables).map(([module, table]) => {
    const rows = Object.entries(table).map(([what, says]) => `| \`${what}\` | ${says} |`)
    return `\n## ${module}\n\n| what | |\n|---|---|\n${rows.join('\n')}\n`
  })
  matchesGolden('docs/reference/events.md', `${head}${parts.join('')}`)
})

test('one module owns each event', () => assert.equal(new Set(names).size, names.length))

test('every events.ts is in the reference', () => {
  const modules = globSync('src/*/events.ts', { cwd: root }).map((path) => path.split('/')[1] ?? '')
  assert.deepEqual(new Set(modules), new Set(Object.keys(eventTables)))
})

test('every event that the source names is in a table, and every one in a table is recorded somewhere', () => {
  const recorded = new Set<string>()
  for (const path of globSync('src/**/*.ts', { cwd: root })) {
    if (path.endsWith('.test.ts') || path.endsWith('events.ts')) continue
    const text = readFileSync(join(root, path), 'utf8')
    for (const name of names) if (text.includes(`'${name}'`)) recorded.add(name)
    for (const [, what = ''] of text.matchAll(/\bwhat: '([a-z_]+\.[a-z_]+)'/g)) assert.ok(names.includes(what), `${path} records ${what}`)
  }
  assert.deepEqual(
    names.filter((name) => !recorded.has(name)),
    [],
  )
})
