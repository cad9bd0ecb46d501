/**
 * The PostgreSQL of Debian, with the tools that bring databases away and back:
 * `pg_dump` reads no server that is newer than itself, so both are from there.
 *
 * @module
 */

import { execFileSync, spawnSync } from 'node:child_process'
import { appendFileSync, chmodSync, chownSync, globSync, mkdtempSync, renameSync, rmSync } from 'node:fs'
import { tmpdir, userInfo } from 'node:os'
import { join } from 'node:path'
import { after } from 'node:test'
import { Client } from 'pg'
import { freePort } from './product.ts'

/** Where the newest version has its programs; undefined where there is none. */
function programs(): string | undefined {
  return globSync('/usr/lib/postgresql/*/bin/pg_dump')
    .sort()
    .at(-1)
    ?.replace(/\/pg_dump$/, '')
}

/** For node:test's `skip`. Throws where COUNTERSIGN_SKIP_NOTHING is set. */
export function missingDebianPostgres(): string | false {
  if (programs() !== undefined) return false
  const reason = 'PostgreSQL with pg_dump is not on this machine: apt-get install postgresql'
  if (process.env['COUNTERSIGN_SKIP_NOTHING'] !== undefined) throw new Error(reason)
  return reason
}

export interface DumpablePostgres {
  /** Makes an empty database, owned by the ordinary role of the URL. */
  create(name: string): Promise<string>
  drop(name: string): Promise<void>
  /** The same database for the role that dumps. */
  forDumps(url: string): string
  /** Runs a tool with these words. */
  run(tool: 'pg_dump' | 'pg_restore' | 'psql', words: readonly string[]): void
  /** Where its files are, and a base backup and an archive may be: as the user who runs it. */
  readonly folder: string
  /** Runs a tool of the database's own machine, as the user who runs it, for the superuser. */
  runBeside(tool: 'pg_basebackup', words: readonly string[]): void
  /** Ends it as a loss of power does, and starts it on the files of this folder, with these lines after its settings. */
  comeBackFrom(base: string, settings: readonly string[]): Promise<void>
  /** What a superuser asks. */
  ask(question: string): Promise<string>
}

/** Starts one on a free port, of loopback unless the settings say otherwise; `write` makes files that are its own. It is gone when the test file has ended. */
export async function startDebianPostgres(
  settings: (folder: string, write: (path: string, lines: readonly string[]) => void) => readonly string[] = () => [],
): Promise<DumpablePostgres> {
  const bin = programs() ?? ''
  const folder = mkdtempSync(join(tmpdir(), 'countersign-debian-'))
  const port = await freePort()
  // PostgreSQL does not run as root; Debian makes a user for it.
  const owner = userInfo().uid === 0 ? userOf('postgres') : undefined
  if (owner !== undefined) chownSync(folder, owner.uid, owner.gid)
  chmodSync(folder, 0o700)
  const as = (words: readonly string[]): void => {
    const [program = '', ...rest] = words
    const ran = spawnSync(join(bin, program), rest, { ...owner, cwd: folder, encoding: 'utf8', stdio: ['ignore', 'ignore', 'pipe'] })
    if (ran.status !== 0) throw new Error(`${words.join(' ')}: ${ran.stderr}`)
  }
  const data = join(folder, 'data')
  as(['initdb', '-D', data, '-U', 'postgres', '--auth=trust', '--locale=C', '--encoding=UTF8', '--no-sync'])
  const ownFile = (path: string, lines: readonly string[]): void => {
    appendFileSync(path, `${lines.join('\n')}\n`)
    if (owner !== undefined) chownSync(path, owner.uid, owner.gid)
  }
  ownFile(join(data, 'postgresql.auto.conf'), ["listen_addresses = '127.0.0.1'", ...settings(folder, ownFile)])
  const options = `-p ${port} -c unix_socket_directories= -c fsync=off`
  const start = (): void => as(['pg_ctl', '-D', data, '-w', '-l', join(folder, 'log'), '-o', options, 'start'])
  start()
  after(() => {
    as(['pg_ctl', '-D', data, '-m', 'immediate', '-w', 'stop'])
    rmSync(folder, { recursive: true, force: true, maxRetries: 3 })
  })
  const superuser = { host: '127.0.0.1', port, user: 'postgres', database: 'postgres' }
  const query = async (...statements: readonly string[]): Promise<string> => {
    const client = new Client(superuser)
    await client.connect()
    let answer = ''
    for (const statement of statements) {
      const { rows } = await client.query<Record<string, string | number | boolean | null>>(statement)
      answer = String(Object.values(rows[0] ?? {})[0] ?? '')
    }
    await client.end()
    return answer
  }
  // The role that dumps, as the guide makes it: row-level security binds even the owner of the tables.
  await query('CREATE ROLE app LOGIN', 'CREATE ROLE countersign_backup LOGIN BYPASSRLS', 'GRANT pg_read_all_data TO countersign_backup')
  return {
    create: async (name) => {
      await query(`CREATE DATABASE ${name} OWNER app`)
      return `postgres://app@127.0.0.1:${port}/${name}`
    },
    forDumps: (url) => url.replace('//app@', '//countersign_backup@'),
    drop: async (name) => void (await query(`DROP DATABASE ${name} WITH (FORCE)`)),
    run: (tool, words) => void execFileSync(join(bin, tool), words, { stdio: ['ignore', 'ignore', 'inherit'] }),
    folder,
    runBeside: (tool, words) => as([tool, '--host=127.0.0.1', `--port=${port}`, '--username=postgres', ...words]),
    comeBackFrom: async (base, lines) => {
      as(['pg_ctl', '-D', data, '-m', 'immediate', '-w', 'stop'])
      renameSync(data, join(folder, 'lost'))
      renameSync(base, data)
      ownFile(join(data, 'postgresql.auto.conf'), lines)
      ownFile(join(data, 'recovery.signal'), [])
      start()
    },
    ask: query,
  }
}

function userOf(name: string): { readonly uid: number; readonly gid: number } {
  const id = (what: string): number => Number(execFileSync('id', [what, name], { encoding: 'utf8' }))
  return { uid: id('-u'), gid: id('-g') }
}
