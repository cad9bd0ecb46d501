/**
 * Point-in-time recovery with PostgreSQL's own tools, by the settings and the
 * commands of the guide, and the new life that it ends in.
 *
 * @module
 */

import assert from 'node:assert/strict'
import { chmodSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { until } from '../audit.ts'
import { missingDebianPostgres, startDebianPostgres } from '../debian-postgres.ts'
import { makeSystem, signInAs, whatLives } from '../restorable.ts'

const guide = readFileSync(fileURLToPath(new URL('../../../../docs/guides/backup-and-restore.md', import.meta.url)), 'utf8')
const blocks = [...guide.matchAll(/```\n([\s\S]*?)```/g)].map(([, lines = '']) => lines.trim().split('\n'))

/** The lines of the block of the guide that begins with this word, with other places and another moment. */
function linesOf(first: string, changes: Readonly<Record<string, string>>): readonly string[] {
  const block = blocks.find(([line]) => line?.startsWith(first)) ?? assert.fail(`the guide has nothing that begins with ${first}`)
  return block.map((line) => Object.entries(changes).reduce((changed, [from, to]) => changed.replaceAll(from, to), line))
}

test(
  'on PostgreSQL the rows come back as of a moment, and what was taken away after it is taken away again',
  { skip: missingDebianPostgres(), timeout: 240_000 },
  async () => {
    const postgres = await startDebianPostgres((folder) => {
      mkdirSync(join(folder, 'wal'))
      chmodSync(join(folder, 'wal'), 0o777)
      return linesOf('wal_level', { '/var/backups/postgres': folder })
    })
    const places = { '/var/backups/postgres': postgres.folder }
    const url = await postgres.create('moment')
    const system = await makeSystem(url)
    const backups = join(system.folder, 'backups')
    let product = await system.start()
    await system.createUser('alice')
    const bob = await system.createUser('bob')
    const carol = await system.createUser('carol')

    const backup = async (...typed: readonly string[]): Promise<string> => {
      const { code, out, err } = await system.run([...typed, '--config', system.config, '--out', backups])
      assert.equal(code, 0, err)
      return out
    }
    const [, folder = ''] = /^Backup {2}(\S+)$/m.exec(await backup('backup')) ?? []
    const basebackup = blocks.flat().find((line) => line.startsWith('pg_basebackup ')) ?? assert.fail('the guide makes no base backup')
    postgres.runBeside('pg_basebackup', basebackup.replace('/var/backups/postgres', postgres.folder).split(' ').slice(1))

    const held = await signInAs(system, 'alice')
    await system.createUser('dora')
    const moment = await postgres.ask('SELECT clock_timestamp()::text')
    const later = await signInAs(system, 'alice')
    await system.ask('users', 'delete', bob, '--yes')
    await system.ask('users', 'update', carol, '--state', 'disabled')
    await system.createUser('emil')
    await backup('backup', 'keys')
    const { checkpoint } = (await system.ask('audit', 'checkpoint')) as { readonly checkpoint: string }
    writeFileSync(join(system.folder, 'checkpoint'), checkpoint)
    const segment = await postgres.ask('SELECT pg_walfile_name(pg_switch_wal())')
    await until(async () => (await postgres.ask('SELECT last_archived_wal FROM pg_stat_archiver')) >= segment)
    product.child.kill('SIGKILL')
    await product.stop()

    await postgres.comeBackFrom(join(postgres.folder, 'base'), linesOf('restore_command', { ...places, '2026-11-26 14:30:00+00': moment }))
    await until(async () => (await postgres.ask('SELECT pg_is_in_recovery()')) === 'false')
    const restore = async (): ReturnType<typeof system.run> =>
      system.run(['restore', folder, '--config', system.config, '--checkpoint', join(system.folder, 'checkpoint'), '--json'])
    const early = await restore()
    assert.deepEqual([early.code, early.err.startsWith('The database has keys already')], [4, true], early.err)
    const [truncate = ''] = linesOf('psql', {})
    const [, command = ''] = /--command='([^']+)'/.exec(truncate) ?? []
    postgres.run('psql', [url, `--command=${command}`])
    const restored = await restore()
    assert.equal(restored.code, 0, restored.err)
    const says = JSON.parse(restored.out) as {
      readonly epoch: number
      readonly lost: number
      readonly erasedAgain: number
      readonly takenAgain: number
    }
    assert.deepEqual([says.epoch, says.erasedAgain, says.lost > 0, says.takenAgain > 0], [2, 1, true, true])

    product = await system.start()
    assert.deepEqual(await whatLives(system, held), [], 'something of before the moment lives')
    assert.deepEqual(await whatLives(system, later), [], 'something of after the moment lives')
    const { items } = (await system.ask('users', 'list')) as {
      readonly items: readonly { readonly username: string; readonly state: string }[]
    }
    const people = items.map(({ username, state }) => `${username} ${state}`).sort()
    assert.deepEqual(people, ['alice active', 'carol disabled', 'dora active'])
    assert.deepEqual(await whatLives(system, await signInAs(system, 'alice')), ['access token', 'session', 'refresh token'])
    const verified = await system.run(['audit', 'verify', '--data', system.data])
    assert.equal(verified.code, 0, verified.out)
    assert.equal(await product.stop(), 0)
  },
)
