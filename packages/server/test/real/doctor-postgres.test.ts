/** The doctor and a database server: each thing about it is broken for real. @module */

import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { after, describe, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { Client } from 'pg'
import { diagnosed, read, setUp, started } from '../doctor.ts'
import { missing } from '../parts.ts'
import { createDatabase, missingPostgres, stopPostgresAfterwards } from '../postgres.ts'
import { freePort } from '../product.ts'

stopPostgresAfterwards()

const program = fileURLToPath(new URL('../../src/cli/main.ts', import.meta.url))

describe('a database server', { skip: missingPostgres() }, async () => {
  const database = await createDatabase()
  const asSuperuser = async (...statements: readonly string[]): Promise<void> => {
    const client = new Client(database.superuser)
    await client.connect()
    for (const statement of statements) await client.query(statement)
    await client.end()
  }
  const name = database.superuser.database ?? ''
  // The test server does without; a real one must not.
  const setFsync = async (value: 'on' | 'off'): Promise<void> => {
    await asSuperuser(`ALTER SYSTEM SET fsync = ${value}`, 'SELECT pg_reload_conf()')
    for (let tries = 0; tries < 100; tries += 1) {
      const client = new Client(database.superuser)
      await client.connect()
      const { rows } = await client.query<{ fsync: string }>('SHOW fsync')
      await client.end()
      if (rows[0]?.fsync === value) return
    }
    assert.fail('fsync did not change')
  }
  await setFsync('on')
  const url = { COUNTERSIGN_DATABASE_URL: database.url }
  const ours = await setUp(`http://localhost:${await freePort()}`, [], url)
  const config = ours.changed({ database: { url: database.url } })
  const product = await started({ ...ours, config })
  after(async () => product.stop('SIGKILL'))

  const names = async (): Promise<readonly string[]> => (await diagnosed(config)).names
  const at = async (address: string): Promise<readonly string[]> => (await diagnosed(ours.changed({ database: { url: address } }))).names

  test('that is right has no finding, and rate limits are said to be counted by each server', async () => {
    const { code, names: found, notes, says } = await diagnosed(config)
    assert.deepEqual([code, found, notes], [0, [], ['limits.memory_each']], says)
  })

  test('that refuses the password, or has no such database', async () => {
    assert.deepEqual(await at(database.url.replace(`:${name}@`, ':wrong@')), ['database.login'])
    assert.deepEqual(await at(database.url.replace(/[^/]+$/, 'nothing')), ['database.login'])
  })

  test('that does not answer', async () => {
    assert.deepEqual(await at(`postgres://u:p@127.0.0.1:${await freePort()}/d`), ['database.unreachable'])
  })

  test('with several workers, which each count requests', async () => {
    const { names: found, notes } = await diagnosed(ours.changed({ workers: 3, database: { url: database.url } }))
    assert.deepEqual([found, notes], [[], ['limits.memory_each', 'limits.memory_workers']])
  })

  test('that lets several workers have too few connections', async () => {
    const { names: found, says } = await diagnosed(ours.changed({ workers: 6, database: { url: database.url } }))
    assert.deepEqual(found, ['database.connections'])
    assert.match(says, /The 6 workers of this server may open up to 114 connections to \S+, and may have 97 there \(max_connections/)
  })

  test('whose address cannot be read', async () => assert.deepEqual(await at('mysql://u:p@127.0.0.1/d'), ['database.address']))

  test('on another machine that need not prove who it is', async () => {
    const { names: found, says } = await diagnosed(ours.changed({ database: { url: 'postgres://u:hidden@192.0.2.1/d' } }))
    assert.deepEqual(found, ['database.not_verified'])
    assert.match(says, /sslmode=verify-full/)
    assert.doesNotMatch(says, /hidden/)
  })

  test('whose authority is not in the file that is named', async () => {
    const other = { url: 'postgres://u:p@192.0.2.1/d?sslmode=verify-full', caFile: ours.config }
    assert.deepEqual((await diagnosed(ours.changed({ database: other }))).names, ['database.not_verified'])
  })

  for (const row of [
    {
      says: 'whose user is a superuser',
      spoil: `ALTER ROLE ${name} SUPERUSER`,
      mend: `ALTER ROLE ${name} NOSUPERUSER`,
      names: ['database.role_too_much'],
    },
    {
      says: 'whose user makes roles',
      spoil: `ALTER ROLE ${name} CREATEROLE CREATEDB`,
      mend: `ALTER ROLE ${name} NOCREATEROLE NOCREATEDB`,
      names: ['database.role_too_much'],
    },
    {
      says: 'whose user may not read a table',
      spoil: `REVOKE SELECT ON session FROM ${name}`,
      mend: `GRANT SELECT ON session TO ${name}`,
      names: ['database.role_too_little'],
    },
    {
      says: 'whose user may have too few connections',
      spoil: `ALTER ROLE ${name} CONNECTION LIMIT 18`,
      mend: `ALTER ROLE ${name} CONNECTION LIMIT -1`,
      names: ['database.connections'],
    },
    {
      says: 'that takes too few connections for us',
      spoil: `ALTER DATABASE ${name} CONNECTION LIMIT 18`,
      mend: `ALTER DATABASE ${name} CONNECTION LIMIT -1`,
      names: ['database.connections'],
    },
    {
      says: 'whose commits do not wait for the disk',
      spoil: `ALTER ROLE ${name} SET synchronous_commit = off`,
      mend: `ALTER ROLE ${name} RESET synchronous_commit`,
      names: ['database.not_durable'],
    },
    {
      says: 'that accepts no writes',
      spoil: `ALTER ROLE ${name} SET default_transaction_read_only = on`,
      mend: `ALTER ROLE ${name} RESET default_transaction_read_only`,
      names: ['database.read_only'],
    },
    {
      says: 'whose tables are from a later version that took something away',
      spoil: "INSERT INTO schema_step VALUES ('tokens', 999, 'x', 0); INSERT INTO instance VALUES ('contract tokens 999', '')",
      mend: "DELETE FROM schema_step WHERE number = 999; DELETE FROM instance WHERE name = 'contract tokens 999'",
      names: ['database.schema_newer'],
    },
  ]) {
    test(row.says, async () => {
      await asSuperuser(row.spoil)
      const found = await names()
      await asSuperuser(row.mend)
      assert.deepEqual(found, row.names)
    })
  }

  test('that never writes to the disk', async () => {
    await setFsync('off')
    const found = await names()
    await setFsync('on')
    assert.deepEqual(found, ['database.no_fsync'])
  })

  test('in which nothing of ours was ever made', async () => {
    const empty = await createDatabase()
    assert.deepEqual(await at(empty.url), ['database.empty'])
  })

  test('whose clock differs from ours', { skip: missing('faketime') }, () => {
    const env = { ...process.env, FAKETIME_DONT_FAKE_MONOTONIC: '1' }
    const ran = spawnSync('faketime', ['-f', '-60s', process.execPath, program, 'doctor', '--config', config, '--json'], {
      env,
      encoding: 'utf8',
    })
    const { names: found, says } = read({ code: ran.status, out: ran.stdout, err: ran.stderr })
    // The issuer is on the machine of the test, whose clock is the same as the database's.
    assert.deepEqual(found, ['clock.database', 'clock.issuer'])
    assert.match(says, /^The clock of the database is (59|60|61|62) seconds ahead of the one of this machine\./)
  })

  test('that was mended has no finding', async () => assert.deepEqual(await names(), []))
})
