/** The reference of the doctor is written from its checks, and each has a test that breaks what it looks at. @module */

import assert from 'node:assert/strict'
import { globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { checks } from '#doctor'
import { matchesGolden } from '../golden.ts'

test('the reference of the doctor is not stale', () => {
  const words = (sentence: string): string => sentence.replaceAll(/\{(\w+)\}/g, '*$1*').replaceAll('|', '\\|')
  const rows = checks.map(
    ({ name, level, looksAt, says, advice }) => `| \`${name}\` | ${level} | ${words(looksAt)} | ${words(says)} ${words(advice)} |`,
  )
  const head = [
    '# What the doctor looks at',
    '',
    'Written from the list that `countersign doctor` runs. `wrong` does not work or is not safe today, `warning` will not or only by luck; either ends with',
    'exit code 5. A `note` is good to know and no finding.',
    '',
    '| check | level | looks at | says |',
    '|---|---|---|---|',
  ]
  matchesGolden('docs/reference/doctor.md', [...head, ...rows, ''].join('\n'))
})

test('each check has a test that breaks what it looks at', () => {
  const folder = fileURLToPath(new URL('../real', import.meta.url))
  const tests = globSync('doctor-*.test.ts', { cwd: folder }).map((file) => readFileSync(join(folder, file), 'utf8'))
  for (const { name } of checks)
    assert.ok(
      tests.some((text) => text.includes(`'${name}'`)),
      name,
    )
  assert.equal(new Set(checks.map(({ name }) => name)).size, checks.length)
})
