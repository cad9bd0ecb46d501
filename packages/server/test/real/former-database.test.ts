/**
 * The way back from an upgrade on the embedded database: a data directory of a
 * release is opened by this program, which changes its tables, and is had back.
 *
 * @module
 */

import assert from 'node:assert/strict'
import { chmodSync, copyFileSync, existsSync, mkdirSync, readdirSync, readFileSync, renameSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { dropFormer } from '#store'
import { person } from '../fixtures/make.ts'
import { countersign, startProduct, temporaryFolder } from '../product.ts'

const fixture = fileURLToPath(new URL('../fixtures/data-0.1', import.meta.url))
const issuer = readFileSync(join(fixture, 'issuer'), 'utf8')

interface Place {
  readonly config: string
  readonly data: string
  readonly former: string
}

function lay(name: string): Place {
  const folder = temporaryFolder(name)
  const data = join(folder, 'data')
  mkdirSync(data, { mode: 0o700 })
  copyFileSync(join(fixture, 'countersign.db'), join(data, 'countersign.db'))
  copyFileSync(join(fixture, 'root.key'), join(folder, 'root.key'))
  chmodSync(join(folder, 'root.key'), 0o600)
  const config = join(folder, 'countersign.yaml')
  const settings = { version: 1, issuer, dataDirectory: 'data', rootKeyFile: 'root.key', listen: { host: 'localhost', port: 0 } }
  writeFileSync(config, JSON.stringify(settings), { mode: 0o600 })
  return { config, data, former: join(data, 'before-upgrade.db') }
}

/** Every table with its rows. */
function rowsOf(path: string): string {
  const database = new DatabaseSync(path, { readOnly: true })
  const tables = database.prepare("SELECT name, sql FROM sqlite_schema WHERE type = 'table' ORDER BY name").all()
  const rows = tables.map(({ name, sql }) => [name, sql, database.prepare(`SELECT * FROM "${String(name)}"`).all()])
  database.close()
  return JSON.stringify(rows, (_key, value: unknown) => (value instanceof Uint8Array ? Buffer.from(value).toString('hex') : value))
}

const start = async ({ config }: Place): Promise<void> => {
  const product = await startProduct(['--config', config, '--server-only'])
  assert.equal(await product.stop(), 0)
}

test('the database of before an upgrade is kept beside it, whole, once, and for a week', async () => {
  const place = lay('former')
  const before = rowsOf(join(place.data, 'countersign.db'))
  writeFileSync(`${place.former}.unfinished`, 'of a start that was killed')
  await start(place)
  assert.notEqual(rowsOf(join(place.data, 'countersign.db')), before)
  assert.equal(rowsOf(place.former), before)
  assert.equal(statSync(place.former).mode & 0o777, 0o600)
  const [, key = ''] = /^countersign-root-1:(\S+)$/m.exec(readFileSync(join(fixture, 'root.key'), 'utf8')) ?? []
  const bytes = readFileSync(place.former)
  assert.equal(key.length, 43)
  assert.ok(!bytes.includes(key) && !bytes.includes(Buffer.from(key, 'base64url')), 'the root key is in it')
  const kept = statSync(place.former)
  await start(place)
  assert.equal(statSync(place.former).ino, kept.ino, 'a start that changes no table copies nothing')
  assert.deepEqual(
    readdirSync(place.data).filter((name) => name.startsWith('before-upgrade')),
    ['before-upgrade.db'],
  )
  const week = 7 * 86_400_000
  assert.equal(dropFormer(place.data, kept.mtimeMs + week - 1), false)
  assert.equal(dropFormer(place.data, kept.mtimeMs + week), true)
  assert.equal(dropFormer(place.data, kept.mtimeMs + week), false)
  assert.ok(!existsSync(place.former))
})

test('what cannot be copied is not changed', async () => {
  const place = lay('uncopied')
  const before = rowsOf(join(place.data, 'countersign.db'))
  mkdirSync(join(place.former, 'in the way'), { recursive: true })
  const { code, err } = await countersign(['start', '--config', place.config, '--server-only'])
  assert.equal(code, 4)
  assert.match(err, /^The database could not be copied to \S+\/before-upgrade\.db, so it was not changed for this version: [^\n]+\n$/)
  assert.equal(rowsOf(join(place.data, 'countersign.db')), before)
  assert.ok(!existsSync(`${place.former}.unfinished`))
})

test('the way back without a backup: the copy is backed up where it can be read, and restored as a new life', async () => {
  const place = lay('way-back')
  await start(place)
  const aside = join(place.data, '..', 'former')
  mkdirSync(aside, { mode: 0o700 })
  renameSync(place.former, join(aside, 'countersign.db'))
  const out = join(place.data, '..', 'backups')
  const env = { COUNTERSIGN_DATA_DIRECTORY: aside }
  const made = await countersign(['backup', '--config', place.config, '--out', out, '--json'], '', env)
  assert.equal(made.code, 0, made.err)
  const { folder } = JSON.parse(made.out) as { readonly folder: string }
  renameSync(place.data, `${place.data}.new`)
  const restored = await countersign(['restore', folder, '--config', place.config, '--json'])
  assert.equal(restored.code, 0, restored.err)
  assert.equal((JSON.parse(restored.out) as { readonly epoch: number }).epoch, 2)
  assert.ok(!existsSync(place.former), 'a restore keeps no copy of a copy')
  const product = await startProduct(['--config', place.config, '--server-only'])
  const listed = await countersign(['users', 'list', '--data', place.data, '--json'])
  assert.ok(listed.out.includes(person.username))
  assert.equal(await product.stop(), 0)
})
