/**
 * The drill on PostgreSQL, with the tools that its operators have: our part, a
 * `pg_dump` of the rest, the loss of everything, and both brought back.
 *
 * @module
 */

import assert from 'node:assert/strict'
import { readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { Client } from 'pg'
import { missingDebianPostgres, startDebianPostgres } from '../debian-postgres.ts'
import { makeSystem, signInAs, whatLives } from '../restorable.ts'

async function rowsOf(url: string, table: string): Promise<number> {
  const client = new Client({ connectionString: url })
  await client.connect()
  const tenant = await client.query<{ id: string }>('SELECT id FROM tenant')
  await client.query(`SET countersign.tenant = '${tenant.rows[0]?.id ?? ''}'`)
  const { rows } = await client.query<{ count: string }>(`SELECT count(*) FROM ${table}`)
  await client.end()
  return Number(rows[0]?.count)
}

test(
  'on PostgreSQL the rows come back by pg_restore, the keys and the new life by us',
  { skip: missingDebianPostgres(), timeout: 240_000 },
  async () => {
    const postgres = await startDebianPostgres()
    const url = await postgres.create('drill')
    const system = await makeSystem(url)
    const backups = join(system.folder, 'backups')
    let product = await system.start()
    await system.createUser('alice', '--name', 'Alice Moreau')
    const bob = await system.createUser('bob')
    const held = await signInAs(system, 'alice')

    const backup = async (...words: readonly string[]): Promise<{ readonly out: string }> => {
      const ran = await system.run([...words, '--config', system.config, '--out', backups])
      assert.equal(ran.code, 0, ran.err)
      return ran
    }
    const { out } = await backup('backup')
    const [, folder = ''] = /^Backup {2}(\S+)$/m.exec(out) ?? []
    // The line that was printed is the line that is run.
    const [, typed = ''] = /^ {2}pg_dump (.*) BACKUP_URL$/m.exec(out) ?? []
    assert.match(typed, /--exclude-table-data=person_key/)
    postgres.run('pg_dump', [...typed.split(' '), postgres.forDumps(url)])
    await backup('backup', 'keys')
    const dump = join(folder, 'database.dump')
    assert.ok(readFileSync(dump).byteLength > 10_000)

    await system.ask('users', 'delete', bob, '--yes')
    await backup('backup', 'keys')
    const { checkpoint } = (await system.ask('audit', 'checkpoint')) as { readonly checkpoint: string }
    writeFileSync(join(system.folder, 'checkpoint'), checkpoint)

    const restore = async (): Promise<{ readonly code: number | null; readonly out: string; readonly err: string }> =>
      system.run(['restore', folder, '--config', system.config, '--checkpoint', join(system.folder, 'checkpoint'), '--json'])
    const living = await restore()
    assert.equal(living.code, 4)
    assert.match(living.err, /^The database has keys already: it is a living system/)
    assert.deepEqual(await whatLives(system, held), ['access token', 'session', 'refresh token'], 'the refused restore did something')

    product.child.kill('SIGKILL')
    await product.stop()
    await postgres.drop('drill')
    rmSync(system.data, { recursive: true })
    assert.equal(await postgres.create('drill'), url)
    const empty = await restore()
    assert.deepEqual([empty.code, empty.err.startsWith('There is no Countersign in the database ')], [4, true], empty.err)
    postgres.run('pg_restore', ['--no-owner', `--dbname=${url}`, dump])
    for (const table of ['person_key', 'purpose_key', 'session', 'refresh_token', 'refresh_family'])
      assert.equal(await rowsOf(url, table), 0, `the dump brought ${table}`)

    const started = await system.run(['start', '--config', system.config, '--server-only'])
    assert.equal(started.code, 4, 'a database without its keys started')
    assert.match(started.err, /has lost its wrapped keys/)

    const restored = await restore()
    assert.equal(restored.code, 0, restored.err)
    const says = JSON.parse(restored.out) as { readonly epoch: number; readonly lost: number; readonly erasedAgain: number }
    assert.deepEqual([says.epoch, says.erasedAgain, says.lost > 0], [2, 1, true])
    assert.match((await restore()).err, /^The database has keys already/)

    product = await system.start()
    assert.deepEqual(await whatLives(system, held), [])
    assert.deepEqual(await whatLives(system, await signInAs(system, 'alice')), ['access token', 'session', 'refresh token'])
    const users = (await system.ask('users', 'list')) as {
      readonly items: readonly { readonly username: string; readonly name?: string }[]
    }
    assert.deepEqual(
      users.items.map(({ username, name }) => [username, name]),
      [['alice', 'Alice Moreau']],
    )
    const verified = await system.run(['audit', 'verify', '--data', system.data])
    assert.equal(verified.code, 0, verified.out)
    const ahead = await system.run(['audit', 'verify', '--checkpoint', join(system.folder, 'checkpoint'), '--data', system.data])
    assert.deepEqual([ahead.code, /The system was restored, as life 2/.test(ahead.out)], [5, true], ahead.out)
    assert.equal(await product.stop(), 0)
  },
)
