/** What an operator can get wrong: one sentence each, and nothing is changed. */

import assert from 'node:assert/strict'
import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { chmodSync, chownSync, existsSync, mkdirSync, readdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { openStore, StoreMistake, type StoreMistakeCode } from '#store'
import { shelf } from '../contracts/store-tables.ts'
import { missingPostgres, stopPostgresAfterwards } from '../postgres.ts'
import { forgetful, freshPostgres, freshSqlite, temporaryDirectory } from '../store.ts'

stopPostgresAfterwards()

const common = { migrations: [shelf], recorder: forgetful } as const
const openDirectory = fileURLToPath(new URL('./store-open.ts', import.meta.url))

async function assertMistake(work: Promise<unknown>, code: StoreMistakeCode, secret = 'hunter2'): Promise<void> {
  await assert.rejects(work, (error) => {
    assert.ok(error instanceof StoreMistake, String(error))
    assert.equal(error.code, code)
    assert.match(error.message, /^[A-Z][^\n]*\.$/)
    assert.ok(!error.message.includes(secret), 'a password is shown')
    return true
  })
}

test('a second store on one data directory, in this process', async (t) => {
  const database = freshSqlite()
  const store = await database.open([shelf])
  t.after(() => store.close())
  await assertMistake(database.open([shelf]), 'store.directory_in_use')
  await store.close()
  await (await database.open([shelf])).close()
})

test('a second server on one data directory; the lock dies with the first, however it dies', async (t) => {
  const directory = temporaryDirectory()
  const first = spawn(process.execPath, [openDirectory, directory], { stdio: ['pipe', 'pipe', 'inherit'] })
  t.after(() => first.kill('SIGKILL'))
  await once(first.stdout, 'data')
  const second = spawnSync(process.execPath, [openDirectory, directory], { input: '', encoding: 'utf8', timeout: 30_000 })
  assert.match(second.stderr, /^Another server is already using the data directory [^\n]*\.\n$/)
  assert.equal(second.status, 1)
  first.kill('SIGKILL')
  await once(first, 'close')
  await (await openStore({ kind: 'sqlite', directory, ...common })).close()
})

test('a folder that cannot be written to', async (t) => {
  const directory = temporaryDirectory()
  const file = join(directory, 'file')
  writeFileSync(file, '')
  await assertMistake(openStore({ kind: 'sqlite', directory: join(file, 'data'), ...common }), 'store.directory_not_writable')
  const readOnly = join(directory, 'read-only')
  mkdirSync(readOnly, { mode: 0o500 })
  // Permissions do not bind root: this test becomes nobody for a moment.
  if (process.getuid?.() === 0) {
    process.seteuid?.(65534)
    t.after(() => process.seteuid?.(0))
  }
  await assertMistake(openStore({ kind: 'sqlite', directory: readOnly, ...common }), 'store.directory_not_writable')
  process.seteuid?.(process.getuid?.() ?? 0)
  assert.ok(!existsSync(join(readOnly, 'lock')))
})

test('a folder that was made read-only when there was a database in it already', async (t) => {
  const directory = temporaryDirectory()
  const data = join(directory, 'data')
  await (await openStore({ kind: 'sqlite', directory: data, ...common })).close()
  const everything = [directory, data, ...readdirSync(data).map((file) => join(data, file))]
  chmodSync(data, 0o500)
  // Permissions do not bind root: this test becomes nobody for a moment.
  if (process.getuid?.() === 0) {
    for (const name of everything) chownSync(name, 65534, 65534)
    process.seteuid?.(65534)
    t.after(() => process.seteuid?.(0))
  }
  await assertMistake(openStore({ kind: 'sqlite', directory: data, ...common }), 'store.directory_not_writable')
  chmodSync(data, 0o700)
  await (await openStore({ kind: 'sqlite', directory: data, ...common })).close()
})

test('a database that another program is writing to, and one that is damaged', async () => {
  const directory = temporaryDirectory()
  await (await openStore({ kind: 'sqlite', directory, ...common })).close()
  const path = join(directory, 'countersign.db')
  const other = new DatabaseSync(path)
  other.exec('BEGIN IMMEDIATE')
  await assertMistake(openStore({ kind: 'sqlite', directory, ...common }), 'store.file_in_use')
  other.close()
  const bytes = readFileSync(path)
  // Behind the header of the file, so that it still says whose it is.
  bytes.fill(0xff, 100, 4096)
  writeFileSync(path, bytes)
  await assertMistake(openStore({ kind: 'sqlite', directory, ...common }), 'store.damaged')
  assert.deepEqual(readFileSync(path), bytes)
})

test('a database file that is something else is left as it is', async () => {
  const directory = temporaryDirectory()
  const path = join(directory, 'countersign.db')
  const contents = 'not a database at all, whatever its name says\n'.repeat(20)
  writeFileSync(path, contents)
  await assertMistake(openStore({ kind: 'sqlite', directory, ...common }), 'store.not_ours')
  assert.equal(readFileSync(path, 'utf8'), contents)
  const other = new DatabaseSync(join(directory, 'other.db'))
  other.exec('CREATE TABLE somebody_elses (id INTEGER)')
  other.close()
  renameSync(join(directory, 'other.db'), path)
  await assertMistake(openStore({ kind: 'sqlite', directory, ...common }), 'store.not_ours')
})

const badUrls = ['', 'hunter2', 'mysql://user:hunter2@host/database', 'postgres://user:hunter2@host', 'postgres://user:hunter2@host/']

for (const url of badUrls) {
  test(`the database URL ${JSON.stringify(url.replace('hunter2', '…'))}`, async () => {
    await assertMistake(openStore({ kind: 'postgres', url, ...common }), 'store.bad_url')
  })
}

test('a database that nobody answers for', async () => {
  const taken = createServer()
  taken.listen(0, '127.0.0.1')
  await once(taken, 'listening')
  const address = taken.address()
  assert.ok(address !== null && typeof address === 'object')
  taken.close()
  await once(taken, 'close')
  await assertMistake(
    openStore({ kind: 'postgres', url: `postgres://user:hunter2@127.0.0.1:${address.port}/x`, ...common }),
    'store.unreachable',
  )
})

test('a database that hangs up in the middle of a sentence', async (t) => {
  const rude = createServer((socket) => socket.once('data', () => socket.destroy())).listen(0, '127.0.0.1')
  t.after(() => rude.close())
  await once(rude, 'listening')
  const address = rude.address()
  assert.ok(address !== null && typeof address === 'object')
  await assertMistake(
    openStore({ kind: 'postgres', url: `postgres://user:hunter2@127.0.0.1:${address.port}/x`, ...common }),
    'store.unreachable',
  )
})

test('mistakes about a PostgreSQL that answers', { skip: missingPostgres() }, async (t) => {
  const { where, superuser } = await freshPostgres()
  assert.ok(where.kind === 'postgres' && superuser !== undefined)
  const url = new URL(where.url)
  const open = (change: (to: URL) => void): Promise<unknown> => {
    const changed = new URL(url)
    change(changed)
    return openStore({ kind: 'postgres', url: changed.href, ...common })
  }
  await t.test('the wrong password', () =>
    assertMistake(
      open((to) => (to.password = 'hunter2')),
      'store.login_refused',
    ),
  )
  await t.test('a database that does not exist', () =>
    assertMistake(
      open((to) => (to.pathname = '/nowhere')),
      'store.login_refused',
    ),
  )
  await t.test('a superuser, whom row-level security does not bind', () =>
    assertMistake(
      open((to) => {
        to.username = 'postgres'
        to.password = 'postgres'
      }),
      'store.above_row_security',
      'postgres:postgres',
    ),
  )
  await t.test('a database in which the user may make no tables', () =>
    assertMistake(
      open((to) => (to.pathname = '/postgres')),
      'store.not_migrated',
    ),
  )
})

test('servers that start together on one empty database take turns', { skip: missingPostgres() }, async () => {
  const database = await freshPostgres()
  const stores = await Promise.all([1, 2, 3].map(() => database.open([shelf])))
  assert.equal(new Set(stores.map((store) => store.defaultTenant)).size, 1)
  for (const store of stores) await store.close()
})
