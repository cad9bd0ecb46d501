/**
 * What scripts read: the shape of everything that `--json` prints, from a running
 * server, in a file that changes when it does.
 *
 * @module
 */

import assert from 'node:assert/strict'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { matchesGolden } from '../golden.ts'
import { goodPassword } from '../people.ts'
import { temporaryFolder } from '../product.ts'
import { startProduction } from '../production.ts'
import { runCommand } from '../terminal.ts'
import { Visitor } from '../visitor.ts'

const notes = fileURLToPath(new URL('../../../../examples/notes/policies', import.meta.url))
const production = await startProduction({ settings: { policies: { notes } }, app: (_request, response) => response.end() })
after(async () => production.product.stop('SIGKILL'))
const { issuer, dataDir: data } = production.product
const folder = temporaryFolder('cli-json')
process.env['XDG_CONFIG_HOME'] = folder

/** What differs by event; the reference of events has it. */
const own = new Set(['facts', 'decision'])

/** The shape of a value, one line a member; what an array holds is the union of its items. */
function shapeOf(value: unknown, indent = ''): string {
  if (Array.isArray(value)) return value.length === 0 ? '[]' : `[${merged(value, indent)}]`
  if (typeof value === 'object' && value !== null) return merged([value], indent)
  return typeof value
}

function merged(values: readonly unknown[], indent: string): string {
  if (!values.every((value) => typeof value === 'object' && value !== null && !Array.isArray(value)))
    return [...new Set(values.map((value) => shapeOf(value, indent)))].sort().join(' | ')
  const objects = values as readonly Readonly<Record<string, unknown>>[]
  const names = [...new Set(objects.flatMap((object) => Object.keys(object)))].sort()
  const lines = names.map((name) => {
    if (own.has(name)) return `\n${indent}  ${name}: {…}`
    const held = objects.flatMap((object) => (Object.hasOwn(object, name) ? [object[name]] : []))
    const shapes = [...new Set(held.map((one) => shapeOf(one, `${indent}  `)))]
      .sort()
      .filter((one, _at, all) => one !== '[]' || all.length === 1)
    return `\n${indent}  ${name}: ${shapes.join(' | ')}`
  })
  return `{${lines.join('')}\n${indent}}`
}

const shapes: string[] = []

/** Runs a command for a script, and notes the shape of the one line that it prints. */
async function note(words: readonly string[], input = ''): Promise<Readonly<Record<string, unknown>>> {
  const ran = await runCommand([...words, '--json'], input)
  assert.deepEqual([ran.code, ran.err], [0, ''], words.join(' '))
  assert.match(ran.out, /^[^\n]+\n$/, words.join(' '))
  const name = words.filter((word) => !word.startsWith('--')).slice(0, words[1] === 'members' || words[1] === 'secrets' ? 3 : 2)
  const value = JSON.parse(ran.out) as Readonly<Record<string, unknown>>
  shapes.push(`${name.join(' ')} ${shapeOf(value)}`)
  return value
}

const on = async (...words: readonly string[]): Promise<Readonly<Record<string, unknown>>> => note([...words, '--data', data])

test('the JSON of every command has the shape that scripts know', { timeout: 120_000 }, async () => {
  await note(
    ['users', 'create', 'carol', '--name', 'Carol', '--email', 'c@example.com', '--role', 'auditor', '--password-stdin', '--data', data],
    `${goodPassword}\n`,
  )
  await new Visitor(issuer).post('/sign-in', { username: 'carol', password: goodPassword })
  await on('users', 'list')
  await on('users', 'get', 'carol')
  await on('sessions', 'list')
  await on('users', 'update', 'carol', '--name', 'Carol Danvers')
  await on('groups', 'create', 'Accounting', '--role', 'auditor')
  await on('groups', 'list')
  await on('groups', 'get', 'Accounting')
  await on('groups', 'update', 'Accounting', '--name', 'Books')
  await on('groups', 'members', 'add', 'Books', 'carol')
  await on('groups', 'members', 'list', 'Books')
  await on('roles', 'list')
  await on('roles', 'get', 'auditor')
  await on('roles', 'holders', 'auditor')
  await on('groups', 'members', 'remove', 'Books', 'carol')
  await on('groups', 'delete', 'Books', '--yes')
  const key = await note(['clients', 'keygen', join(folder, 'key')])
  writeFileSync(join(folder, 'public'), JSON.stringify(key))
  await on('clients', 'create', 'Ledger', '--client-id', 'ledger', '--redirect-uri', 'https://ledger.example/cb', '--scope', 'openid')
  await on('clients', 'get', 'ledger')
  await on('clients', 'secrets', 'add', 'ledger')
  await on('clients', 'secrets', 'list', 'ledger')
  await on('clients', 'secrets', 'remove', 'ledger', '1', '--yes')
  await on('clients', 'update', 'ledger', '--jwks', join(folder, 'public'), '--audience', 'https://api.example', '--assign', 'auditor')
  await on('clients', 'list')
  await on('clients', 'delete', 'ledger', '--yes')
  await on('settings', 'list')
  await on('tokens', 'list')
  await on('consents', 'list')
  await on('routes', 'list')
  await on('routes', 'get', `http://notes.localhost:${production.gatewayPort}`)
  await on('policies', 'list')
  await on('policies', 'get', 'notes')
  await on('policies', 'versions', 'notes')
  await on('policies', 'reload')
  await note(['policy', 'check', join(notes, 'notes.cedar'), join(notes, 'schema.cedarschema'), join(notes, 'store.yaml')])
  await on('keys', 'list')
  await on('audit', 'search', '--what', 'role.assigned')
  await on('audit', 'tail')
  await on('audit', 'checkpoint')
  await on('audit', 'verify')
  await on('users', 'sign-out', 'carol')
  await on('users', 'delete', 'carol', '--yes')
  await note(['profiles', 'list'])
  await note(['completion', 'bash'])
  matchesGolden('packages/server/test/golden/command-line-json.txt', `${shapes.join('\n\n')}\n`)
})
