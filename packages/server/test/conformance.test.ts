/** Each row of the conformance tables names a test that exists, or says why there is none. @module */

import assert from 'node:assert/strict'
import { existsSync, globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('..', import.meta.url))
const folder = fileURLToPath(new URL('../../../docs/reference/conformance', import.meta.url))
const tables = globSync('*.md', { cwd: folder }).filter((name) => name !== 'README.md')

/** Not of one specification: which client of others speaks each of them. */
const ofClients = 'clients.md'

/** Rows of three cells: section, what the server must do, the proof; or specification, client, proof. */
function rowsOf(text: string): readonly (readonly string[])[] {
  const lines = text.split('\n').filter((line) => line.startsWith('|'))
  return lines.slice(2).map((line) =>
    line
      .split('|')
      .slice(1, -1)
      .map((cell) => cell.trim()),
  )
}

/** Undefined when the proof stands; else what is wrong with it. */
function mistakeIn(proof: string): string | undefined {
  if (/^(Does not apply|Missing): \S/.test(proof)) return undefined
  const [, file = '', name = ''] = /^`([^`]+)`: (.+)$/.exec(proof) ?? []
  if (file === '') return 'neither a test nor a reason'
  const path = join(root, file)
  if (!file.endsWith('.test.ts') || !existsSync(path)) return `${file} is not there`
  const text = readFileSync(path, 'utf8')
  return text.includes(`test('${name}', `) || text.includes(`test(\`${name}\`, `) ? undefined : `${file} has no test "${name}"`
}

test('there is a table for each specification', () => {
  const names = [
    'oidc-core',
    'rfc6749',
    'rfc6750',
    'rfc7009',
    'rfc7636',
    'rfc7662',
    'rfc8414',
    'rfc8705',
    'rfc8707',
    'rfc9068',
    'rfc9101',
    'rfc9207',
    'rfc9396',
    'jarm',
    'fapi2-security-profile',
    'fapi2-message-signing',
  ]
  assert.deepEqual(tables.filter((name) => name !== ofClients).toSorted(), names.map((name) => `${name}.md`).toSorted())
})

for (const table of tables) {
  test(`every row of ${table} is proven`, () => {
    const rows = rowsOf(readFileSync(join(folder, table), 'utf8'))
    assert.ok(rows.length > 2)
    for (const row of rows) {
      assert.equal(row.length, 3, row.join(' | '))
      assert.equal(mistakeIn(row[2] ?? ''), undefined, row.join(' | '))
    }
  })
}

test('every client of others is one that the tests install or find on the machine', () => {
  const { devDependencies } = JSON.parse(readFileSync(join(root, '../../package.json'), 'utf8')) as { devDependencies: object }
  const known = new Set(['none', 'mod_auth_openidc', 'authlib', ...Object.keys(devDependencies)])
  for (const [, client = ''] of rowsOf(readFileSync(join(folder, ofClients), 'utf8')))
    assert.ok(known.has(client.replaceAll('`', '')), client)
})

test('a row that names no test, or one that is not there, is a mistake', () => {
  const file = 'test/conformance.test.ts'
  for (const wrong of [
    '',
    'yes',
    `\`${file}\``,
    `\`${file}\`: no such test`,
    '`test/nowhere.test.ts`: x',
    'Missing:',
    '`test/golden.ts`: x',
  ]) {
    assert.notEqual(mistakeIn(wrong), undefined, wrong)
  }
  assert.equal(mistakeIn(`\`${file}\`: there is a table for each specification`), undefined)
})
