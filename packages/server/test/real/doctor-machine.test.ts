/** The doctor and what a server stands on: files, disk, clock and the embedded database, each broken for real. @module */

import assert from 'node:assert/strict'
import { execFileSync, spawnSync } from 'node:child_process'
import { chmodSync, chownSync, cpSync, existsSync, mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { after, describe, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { diagnosed, read, setUp, started } from '../doctor.ts'
import { missing } from '../parts.ts'
import { freePort, temporaryFolder } from '../product.ts'

const program = fileURLToPath(new URL('../../src/cli/main.ts', import.meta.url))
const ours = await setUp(`http://localhost:${await freePort()}`)
const product = await started(ours)
after(async () => product.stop('SIGKILL'))

const names = async (config = ours.config): Promise<readonly string[]> => (await diagnosed(config)).names
const isRoot = process.getuid?.() === 0

describe('permissions', () => {
  const rootKey = join(ours.folder, 'root.key')
  for (const row of [
    { says: 'a root key that others can read', path: rootKey, mode: 0o640, right: 0o600, names: ['permissions.root_key'] },
    { says: 'a data directory that others can enter', path: ours.data, mode: 0o710, right: 0o700, names: ['permissions.data'] },
    {
      says: 'a configuration that others can change',
      path: ours.config,
      mode: 0o620,
      right: 0o600,
      names: ['permissions.configuration_writable'],
    },
    { says: 'a folder where anybody replaces files', path: ours.folder, mode: 0o777, right: 0o700, names: ['permissions.folder'] },
    { says: 'a folder where anybody puts files, as /tmp', path: ours.folder, mode: 0o1777, right: 0o700, names: [] },
    { says: 'a configuration that others can read, without a password', path: ours.config, mode: 0o644, right: 0o600, names: [] },
  ]) {
    test(row.says, async () => {
      chmodSync(row.path, row.mode)
      const found = await names()
      chmodSync(row.path, row.right)
      assert.deepEqual(found, row.names)
    })
  }

  test('a root key that is gone, or is none', async () => {
    renameSync(rootKey, `${rootKey}.away`)
    assert.deepEqual(await names(), ['permissions.root_key'])
    writeFileSync(rootKey, 'countersign-root-1:short\n', { mode: 0o600 })
    const { names: found, says } = await diagnosed(ours.config)
    renameSync(`${rootKey}.away`, rootKey)
    assert.deepEqual(found, ['permissions.root_key'])
    assert.doesNotMatch(says, /short/)
  })

  test('a root key of another user', { skip: isRoot ? false : 'only root gives files away' }, async () => {
    chownSync(rootKey, 65_534, 65_534)
    const found = await names()
    chownSync(rootKey, 0, 0)
    assert.deepEqual(found, ['permissions.owner'])
  })

  test('a password of the database where others can read it', async () => {
    const config = ours.changed({ database: { url: 'postgres://u:p@127.0.0.1:1/d' } })
    assert.deepEqual(await names(config), ['database.unreachable'])
    chmodSync(config, 0o604)
    assert.deepEqual(await names(config), ['database.unreachable', 'permissions.configuration_readable'])
  })

  test('the secret of a client where others can read it', async () => {
    const secretFile = join(ours.folder, 'ledger.secret')
    writeFileSync(secretFile, 'a secret that is long enough to be one\n', { mode: 0o600 })
    const client = { clientId: 'ledger', name: 'Ledger', kind: 'confidential', secretFile, grantTypes: ['client_credentials'], scopes: [] }
    const config = ours.changed({ clients: [client] })
    assert.deepEqual(await names(config), [])
    chmodSync(secretFile, 0o644)
    const { names: found, says } = await diagnosed(config)
    assert.deepEqual(found, ['permissions.secret'])
    assert.match(says, /^The secret of ledger in /)
  })

  test('the passwords of a demo where others can read them', async () => {
    const accounts = join(ours.data, 'demo.json')
    writeFileSync(accounts, '{}', { mode: 0o640 })
    const found = await names()
    rmSync(accounts)
    assert.deepEqual(found, ['permissions.demo'])
  })

  test('a data directory that is not there', async () => {
    const config = ours.changed({ dataDirectory: 'nowhere' })
    assert.deepEqual(await names(config), ['database.missing', 'issuer.not_running', 'permissions.data_missing'])
    assert.ok(!existsSync(join(ours.folder, 'nowhere')), 'the doctor made it')
  })
})

describe('disk', { skip: cannotMount() }, () => {
  const place = join(ours.folder, 'mounted')
  mkdirSync(place)
  const config = ours.changed({ dataDirectory: 'mounted/data' })
  // The database there is a copy that nobody runs.
  const on = async (options: string, use: (data: string) => void = () => {}): Promise<readonly string[]> => {
    execFileSync('mount', ['-t', 'tmpfs', '-o', options, 'countersign-test', place])
    try {
      mkdirSync(join(place, 'data'), { mode: 0o700 })
      cpSync(join(ours.data, 'countersign.db'), join(place, 'data', 'countersign.db'))
      use(place)
      return (await names(config)).filter((name) => name !== 'issuer.not_running')
    } finally {
      execFileSync('umount', [place])
    }
  }
  const ballast = (mebibytes: number) => (folder: string) => execFileSync('fallocate', ['-l', `${mebibytes}M`, join(folder, 'ballast')])

  test('room enough', async () => assert.deepEqual(await on('size=100m'), []))
  test('full', async () => assert.deepEqual(await on('size=100m', ballast(40)), ['disk.full']))
  test('nearly full', async () => assert.deepEqual(await on('size=1000m', ballast(910)), ['disk.nearly_full']))
  test('no room for more files', async () => assert.deepEqual(await on('size=100m,nr_inodes=3'), ['disk.names']))
  test('read-only', async () =>
    assert.deepEqual(await on('size=100m', () => execFileSync('mount', ['-o', 'remount,ro', place])), ['disk.read_only']))
})

/** Not a part that could be installed: some machines do not let even root. */
function cannotMount(): string | false {
  const place = temporaryFolder('doctor-mount')
  if (spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=1m', 'countersign-test', place]).status !== 0) return 'nothing can be mounted here'
  execFileSync('umount', [place])
  return false
}

test('a clock that differs from the one at the issuer', { skip: missing('faketime') }, () => {
  for (const [shift, direction] of [
    ['+600s', 'behind'],
    ['-600s', 'ahead of'],
  ] as const) {
    const env = { ...process.env, FAKETIME_DONT_FAKE_MONOTONIC: '1' }
    const ran = spawnSync('faketime', ['-f', shift, process.execPath, program, 'doctor', '--config', ours.config, '--json'], {
      env,
      encoding: 'utf8',
    })
    const { names: found, says } = read({ code: ran.status, out: ran.stdout, err: ran.stderr })
    assert.deepEqual(found, ['clock.issuer'])
    assert.match(says, new RegExp(`a clock that is (599|600|601|602) seconds ${direction} the one of this machine`))
  }
})

describe('the embedded database', () => {
  const copy = join(ours.folder, 'copy')
  const config = ours.changed({ dataDirectory: 'copy' })
  const spoilt = async (spoil: (path: string) => void): Promise<readonly string[]> => {
    rmSync(copy, { recursive: true, force: true })
    mkdirSync(copy, { mode: 0o700 })
    const path = join(copy, 'countersign.db')
    // A copy while the server runs: everything is in it, as SQLite itself makes it.
    const from = new DatabaseSync(join(ours.data, 'countersign.db'), { readOnly: true })
    from.exec(`VACUUM INTO '${path}'`)
    from.close()
    spoil(path)
    return (await names(config)).filter((name) => name !== 'issuer.not_running')
  }
  const run = (sql: string) => (path: string) => {
    const database = new DatabaseSync(path)
    database.exec(sql)
    database.close()
  }

  test('is found as it is', async () => assert.deepEqual(await spoilt(() => {}), []))

  for (const row of [
    { says: 'from a later version', sql: "INSERT INTO schema_step VALUES ('tokens', 999, 'x', 0)", names: ['database.schema_newer'] },
    {
      says: 'from another build',
      sql: "UPDATE schema_step SET digest = 'x' WHERE module = 'tokens' AND number = 1",
      names: ['database.schema_different'],
    },
    { says: 'from an earlier version', sql: "DELETE FROM schema_step WHERE module = 'setup'", names: ['database.schema_older'] },
    { says: 'of something else', sql: 'PRAGMA application_id = 7', names: ['database.not_ours'] },
  ]) {
    test(row.says, async () => assert.deepEqual(await spoilt(run(row.sql)), row.names))
  }

  test('that is no database, and one with nothing in it', async () => {
    assert.deepEqual(await spoilt((path) => writeFileSync(path, 'x'.repeat(8192))), ['database.not_ours'])
    assert.deepEqual(await spoilt((path) => writeFileSync(path, '')), ['database.empty'])
  })
})

test('after all of this the server has no finding: nothing was changed', async () => assert.deepEqual(await names(), []))
