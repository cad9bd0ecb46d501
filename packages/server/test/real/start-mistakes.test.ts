/**
 * What an operator can get wrong before the server serves: each is said in one
 * sentence that names what is wrong, ends with exit code 4, and leaves behind
 * what it found, so that putting it right is enough.
 *
 * @module
 */

import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { chmodSync, cpSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { after, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { readConfig } from '../../src/app/config.ts'
import { openGround } from '../../src/app/ground.ts'
import { makeAuthority, writeIssued } from '../http-certificates.ts'
import { countersign, freePort, startProduct, temporaryFolder } from '../product.ts'
import { runCommand } from '../terminal.ts'

const notesPolicies = fileURLToPath(new URL('../../../../examples/notes/policies', import.meta.url))

/** Made once by init; each test spoils a copy. */
const pattern = temporaryFolder('pattern')
const issuer = `http://localhost:${await freePort()}`
assert.equal((await runCommand(['init', '--issuer', issuer, '--folder', pattern])).code, 0)

interface Spoilt {
  readonly folder: string
  readonly config: string
  readonly data: string
  /** Rewrites the configuration. */
  readonly edit: (change: (text: string) => string) => void
}

function copy(name: string): Spoilt {
  const folder = temporaryFolder(name)
  cpSync(pattern, folder, { recursive: true })
  for (const at of ['.', 'data']) chmodSync(join(folder, at), 0o700)
  const config = join(folder, 'countersign.yaml')
  return {
    folder,
    config,
    data: join(folder, 'data'),
    edit: (change) => writeFileSync(config, change(readFileSync(config, 'utf8'))),
  }
}

/** A start that was believed to fail and does not must not go on for ever. */
const patienceMs = 30_000

/** Starts in this process and expects it to say why it cannot. Returns what it said. */
async function mistake(...words: readonly string[]): Promise<string> {
  const late = setTimeout(() => process.emit('SIGTERM'), patienceMs)
  const { code, out, err } = await runCommand(['start', ...words])
  clearTimeout(late)
  assert.equal(code, 4, `${out}${err}`)
  assert.equal(out, '')
  // One sentence; only a list of mistakes has a line for each.
  if (!/^The (configuration|policies) ha(s|ve) /.test(err)) assert.match(err, /^[^\n]+\n$/)
  assert.doesNotMatch(err, /\n\s+at |Error:|node:/)
  return err
}

/** Every file with the hash of what is in it: of a database, of its rows. */
function contents(folder: string): Readonly<Record<string, string>> {
  const paths = readdirSync(folder, { recursive: true, encoding: 'utf8' }).map((name) => join(folder, name))
  const files = paths.filter((path) => statSync(path).isFile() && !/-(wal|shm)$/.test(path))
  const hash = (text: string | Buffer): string => createHash('sha256').update(text).digest('hex')
  return Object.fromEntries(files.map((path) => [path, hash(path.endsWith('.db') ? rowsOf(path) : readFileSync(path))]))
}

function rowsOf(path: string): string {
  const database = new DatabaseSync(path, { readOnly: true })
  const tables = database.prepare("SELECT name FROM sqlite_schema WHERE type = 'table' ORDER BY name").all()
  const rows = tables.map(({ name }) => [name, database.prepare(`SELECT * FROM "${String(name)}"`).all()])
  database.close()
  return JSON.stringify(rows)
}

interface Row {
  readonly says: string
  readonly spoil: (at: Spoilt) => void | Promise<void>
  readonly err: RegExp
  /** Where the start has begun to open things, the database is allowed to have written what it always does. */
  readonly opens?: true
}

const sql = (at: Spoilt, text: string): void => {
  const database = new DatabaseSync(join(at.data, 'countersign.db'))
  database.exec(text)
  database.close()
}
const withDatabase = (url: string) => (at: Spoilt) => at.edit((text) => `${text}database:\n  url: ${url}\n`)

const noData =
  /^There is no data in \S+\/data: if there was, bring it back with countersign restore; if a new instance is meant, start once with --new-instance\.\n$/
const loseDatabase = (at: Spoilt): void => {
  for (const name of readdirSync(at.data)) rmSync(join(at.data, name))
}

const rows: readonly Row[] = [
  {
    says: 'a database URL of another kind',
    spoil: withDatabase('mysql://u:hunter2@localhost/x'),
    err: /^The database URL must look like postgres:/,
  },
  {
    says: 'a PostgreSQL that nobody answers for',
    spoil: async (at) => withDatabase(`postgres://u:hunter2@127.0.0.1:${await freePort()}/x`)(at),
    err: /^The database 127\.0\.0\.1:\d+\/x cannot be reached\.\n$/,
  },
  {
    says: 'a file where the data directory was',
    spoil: (at) => {
      rmSync(at.data, { recursive: true })
      writeFileSync(at.data, '')
    },
    err: noData,
  },
  { says: 'a data directory that is gone', spoil: (at) => rmSync(at.data, { recursive: true }), err: noData },
  { says: 'a database that is gone', spoil: loseDatabase, err: noData },
  {
    says: 'a database of no length',
    spoil: (at) => {
      loseDatabase(at)
      writeFileSync(join(at.data, 'countersign.db'), '')
    },
    err: noData,
  },
  {
    says: 'tables that nobody has begun',
    spoil: async (at) => {
      loseDatabase(at)
      assert.equal((await runCommand(['migrate', '--config', at.config])).code, 0)
    },
    err: noData,
  },
  {
    says: 'a data directory that others may enter',
    spoil: (at) => chmodSync(at.data, 0o755),
    err: /^\S+\/data must be for its owner only \(chmod 700\)/,
    opens: true,
  },
  {
    says: 'a root key that others may read',
    spoil: (at) => chmodSync(join(at.folder, 'root.key'), 0o644),
    err: /^The root key file \S+ is open to others than its owner: chmod 600 it/,
  },
  {
    says: 'a root key that is gone',
    spoil: (at) => rmSync(join(at.folder, 'root.key')),
    err: /^The root key file \S+ is missing, and this database opens with that very key only\.\n$/,
  },
  {
    says: 'a root key that is something else',
    spoil: (at) => writeFileSync(join(at.folder, 'root.key'), 'hunter2'),
    err: /^The root key file \S+ is not one line /,
  },
  {
    says: 'the root key of another database',
    spoil: (at) => writeFileSync(join(at.folder, 'root.key'), `countersign-root-1:${'A'.repeat(43)}\n`),
    err: /^The root key is not the one that this database was made with\.\n$/,
  },
  {
    says: 'a database of a newer program',
    spoil: (at) => sql(at, `INSERT INTO schema_step (module, number, digest, at_ms) VALUES ('identity', 999, 'x', 0)`),
    err: /newer/,
  },
  {
    says: 'another issuer',
    spoil: (at) => at.edit((text) => text.replace(/issuer: .*/, 'issuer: http://localhost:1')),
    err: /^The issuer was http:\/\/localhost:\d+ when this data was made.*It cannot become http:\/\/localhost:1\.\n$/,
  },
  { says: 'a setting that is none', spoil: (at) => at.edit((text) => `${text}listne: 1\n`), err: /\n {2}listne is not a setting\n$/ },
  { says: 'a file that is not YAML', spoil: (at) => writeFileSync(at.config, '{'), err: /\n {2}the file is not YAML: / },
  {
    says: 'no configuration',
    spoil: (at) => rmSync(at.config),
    err: /^There is no configuration at \S+\/countersign\.yaml\. Make one with countersign init, or name it with --config\.\n$/,
  },
  {
    says: 'a mistake in a policy',
    spoil: (at) => {
      cpSync(notesPolicies, join(at.folder, 'policies'), { recursive: true })
      writeFileSync(join(at.folder, 'policies', 'wrong.cedar'), '\n\npermit(principal, action == Notes::Action::"wirte", resource);\n')
      at.edit((text) => `${text}policies:\n  notes: policies\n`)
    },
    err: /^The policies have .*:\n[^]*\/policies\/wrong\.cedar:3:29: [^\n]*wirte/,
    opens: true,
  },
  {
    says: 'a policy folder that is not there',
    spoil: (at) => at.edit((text) => `${text}policies:\n  notes: nowhere\n`),
    err: /nowhere.* cannot be read: it should be the folder of the policy store notes/,
    opens: true,
  },
  {
    says: 'a client’s secret that others may read',
    spoil: (at) => {
      writeFileSync(join(at.folder, 'secret'), 'x'.repeat(43), { mode: 0o644 })
      chmodSync(join(at.folder, 'secret'), 0o644)
      at.edit((text) => `${text}clients:\n  - ${JSON.stringify(service)}\n`)
    },
    err: /^\S+\/secret holds a secret and can be read by others: chmod 600 it\.\n$/,
    opens: true,
  },
  {
    says: 'a client that contradicts itself',
    spoil: (at) => {
      writeFileSync(join(at.folder, 'secret'), 'x'.repeat(43), { mode: 0o600 })
      at.edit((text) => `${text}clients:\n  - ${JSON.stringify({ ...service, grantTypes: ['refresh_token'] })}\n`)
    },
    err: /^The client reports cannot be registered: The registration of the client contradicts itself/,
    opens: true,
  },
]

const service = {
  clientId: 'reports',
  name: 'Reports',
  kind: 'confidential',
  secretFile: 'secret',
  grantTypes: ['client_credentials'],
  scopes: [],
}

for (const { says, spoil, err, opens } of rows) {
  test(`start with ${says}`, async () => {
    const at = copy('mistake')
    await spoil(at)
    const before = contents(at.folder)
    const said = await mistake('--config', at.config, '--server-only')
    assert.match(said, err)
    assert.ok(!said.includes('hunter2'), 'no secret is shown')
    if (opens === undefined) assert.deepEqual(contents(at.folder), before, 'nothing was written')
    assert.deepEqual(Object.keys(contents(at.folder)), Object.keys(before), 'nothing was left behind')
    assert.ok(!existsSync(join(at.data, 'admin.sock')))
  })
}

test('start in a new place without its root key makes nothing', async () => {
  const at = copy('new-place')
  rmSync(join(at.folder, 'root.key'))
  rmSync(at.data, { recursive: true })
  assert.match(await mistake('--config', at.config), /^The root key file \S+ does not exist\.\n$/)
  assert.ok(!existsSync(at.data))
})

test('a new instance is begun where somebody says so, and once', async () => {
  const at = copy('new-instance')
  at.edit((text) => text.replace(/port: \d+/, 'port: 0'))
  const begins = ['--config', at.config, '--new-instance']
  const begunAlready = /^There is data in \S+\/data already, so it cannot become a new instance: start without --new-instance\.\n$/
  assert.match(await mistake(...begins), begunAlready)
  rmSync(at.data, { recursive: true })
  const product = await startProduct(begins)
  assert.equal(await product.stop(), 0)
  assert.match(await mistake(...begins), begunAlready)
  const again = await startProduct(['--config', at.config])
  assert.equal(await again.stop(), 0)
})

test('init does not take a root key over from a database that is gone', async () => {
  const at = copy('init-lost')
  rmSync(at.config)
  loseDatabase(at)
  writeFileSync(join(at.data, 'countersign.db'), '')
  const before = contents(at.folder)
  const { code, err } = await runCommand(['init', '--issuer', issuer, '--folder', at.folder])
  assert.deepEqual([code, err], [4, `${join(at.folder, 'root.key')} exists already, and init never overwrites.\n`])
  assert.deepEqual(contents(at.folder), before)
})

test('start on a port that is taken; when it is free again, the same data starts', async () => {
  const at = copy('taken')
  const port = await freePort()
  at.edit((text) => text.replace(/port: \d+/, `port: ${port}`))
  const other = createServer()
  await new Promise<void>((resolve) => other.listen(port, '127.0.0.1', resolve))
  assert.equal(await mistake('--config', at.config, '--server-only'), `Port ${port} of 127.0.0.1 is taken by another program.\n`)
  assert.ok(!existsSync(join(at.data, 'admin.sock')))
  await new Promise((resolve) => other.close(resolve))
  const product = await startProduct(['--config', at.config])
  assert.equal((await runCommand(['audit', 'verify', '--data', at.data])).code, 0)
  assert.equal(await product.stop(), 0)
})

test('a second server on one data directory, and init on it; the first is not disturbed', async () => {
  const at = copy('second')
  at.edit((text) => text.replace(/port: \d+/, 'port: 0'))
  const product = await startProduct(['--config', at.config])
  after(async () => product.stop('SIGKILL'))
  const second = await countersign(['start', '--config', at.config])
  assert.deepEqual([second.code, second.out, second.err], [4, '', `Another server is already using the data directory ${at.data}.\n`])
  rmSync(at.config)
  const init = await countersign(['init', '--issuer', issuer, '--folder', at.folder])
  assert.deepEqual([init.code, init.err], [4, `Another server is already using the data directory ${at.data}.\n`])
  assert.equal((await runCommand(['users', 'list', '--data', at.data])).code, 0)
  assert.equal(await product.stop(), 0)
})

test('data of the demo is not for production, and the reverse', async () => {
  const at = copy('demo')
  assert.match(
    await mistake('--demo', '--data', at.data),
    /^\S+ holds something that the demo did not make\. Give it another folder with --data\.\n$/,
  )

  rmSync(at.data, { recursive: true })
  const config = readConfig(readFileSync(at.config, 'utf8'), at.folder, {})
  const ground = await openGround(config, { stamp: 'demo', rootKey: 'make' })
  await ground.store.close()
  const before = contents(at.folder)
  assert.match(
    await mistake('--config', at.config),
    /^This data was made by the demo, whose keys and passwords are not secret\. Make new data with countersign init\.\n$/,
  )
  assert.deepEqual(contents(at.folder), before)
})

test('TLS files that cannot be used', async () => {
  const at = copy('tls')
  const authority = makeAuthority()
  const { certificateFile, keyFile } = writeIssued(authority.issue({ hosts: ['id.example.test'] }), at.folder)
  const made = join(at.folder, 'https')
  mkdirSync(made)
  const tls = ['--tls-certificate', certificateFile, '--tls-key', keyFile]
  const init = await runCommand(['init', '--issuer', 'https://id.example.test', '--listen', '127.0.0.1:0', ...tls, '--folder', made])
  assert.equal(init.code, 0, init.err)
  const start = async () => mistake('--config', join(made, 'countersign.yaml'))
  chmodSync(keyFile, 0o640)
  assert.match(await start(), /key\.pem holds a private key and must be readable by its owner only \(chmod 600\)\.\n$/)
  chmodSync(keyFile, 0o600)
  writeFileSync(keyFile, authority.issue({ hosts: ['other.example.test'] }).key)
  assert.match(await start(), /^The certificate \S+ and the key \S+ cannot be used together\.\n$/)
  rmSync(keyFile)
  assert.match(await start(), /key\.pem cannot be read\.\n$/)
})

test('options of the demo are not for production, and --config is not for the demo', async () => {
  const at = copy('options')
  for (const option of [
    ['--port', '1'],
    ['--gateway-port', '1'],
    ['--data', at.data],
  ])
    assert.match(
      await mistake('--config', at.config, ...option),
      /^--[a-z-]+ is for the demo and for fixtures; in production the configuration says it\.\n$/,
    )
  assert.match(await mistake('--demo', '--new-instance'), /^--new-instance is for production; a demo without data is a new one\.\n$/)
  assert.match(await mistake('--demo', '--config', at.config), /^--demo brings its own configuration; leave --config out\.\n$/)
})

test('a variable that is no setting, in the environment of the process', async () => {
  const at = copy('variable')
  const { code, err } = await countersign(['start', '--config', at.config], '', { COUNTERSIGN_LISTEN_PROT: '1' })
  assert.deepEqual([code, err], [4, 'The configuration has a mistake:\n  COUNTERSIGN_LISTEN_PROT is not a setting\n'])
})

test('several workers on the embedded database, by option, by setting and in the demo; and numbers of workers that are none', async () => {
  const at = copy('workers')
  const before = contents(at.folder)
  const needsPostgres = 'Several workers need PostgreSQL (database.url): the embedded database belongs to one process.\n'
  assert.equal(await mistake('--config', at.config, '--workers', '2'), needsPostgres)
  assert.match(await mistake('--demo', '--workers', '2'), /^--workers is for production; [^\n]*\n$/)
  at.edit((text) => `${text}workers: 2\n`)
  assert.equal(await mistake('--config', at.config), needsPostgres)
  at.edit((text) => text.replace('workers: 2', 'workers: 65'))
  assert.match(await mistake('--config', at.config), /\n {2}workers: must be <= 64\n$/)
  for (const wrong of ['0', '65', '-1', '2.5', 'two', '']) {
    const { code, err } = await runCommand(['start', '--config', at.config, `--workers=${wrong}`])
    assert.deepEqual([code, err.split('.')[0]], [2, '--workers must be a number between 1 and 64'])
  }
  at.edit((text) => text.replace('workers: 65\n', ''))
  assert.deepEqual(contents(at.folder), before)
})
