/**
 * Rows on PostgreSQL: how many a second, in how many round trips to the
 * database, whether servers wait for each other's locks, and what a second
 * worker adds. Durable: `fsync` and `synchronous_commit` are on.
 *
 * Server, database and load generator share the cores of this machine.
 *
 * @module
 */

import { randomBytes } from 'node:crypto'
import { setTimeout as wait } from 'node:timers/promises'
import { Client } from 'pg'
import { makeCluster, refreshTokenAt, webClient, type Cluster, type Member } from '../packages/server/test/cluster.ts'
import { createDatabase, stopPostgres, type TestDatabase } from '../packages/server/test/postgres.ts'
import { openCountingProxy } from './counting-proxy.ts'
import { load, type Load, type LoadResult } from './load.ts'
import { median } from './rows.ts'

export interface PostgresRow {
  readonly name: string
  readonly unit: string
  /** With one process. */
  readonly ours: number
  readonly roundTrips: number
  /** Looks at `pg_locks` while two workers were loaded, and how many of them saw one of our transactions wait for another. */
  readonly looks: number
  readonly waits: number
  readonly twoWorkers: number
  /** `twoWorkers` divided by `ours`. */
  readonly ratio: number
}

export const postgresRows: readonly { readonly name: string }[] = [
  { name: 'postgres-client-credentials' },
  { name: 'postgres-refresh' },
  { name: 'postgres-sign-in' },
]

const rounds = 3
const warmUpSeconds = 6
const roundSeconds = 4
const connections = 32
/** Round trips are counted of requests one after the other, so that none shares any. */
const countedSeconds = 3
const redirect = 'http://127.0.0.1/callback'
const password = 'several words that do not belong'

type Asking = Pick<Load, 'request' | 'goodStatuses'> & { readonly name: string; readonly unit: string }

/** Measures the rows of these names. About three minutes for all. */
export async function measurePostgres(names: readonly string[], say: (line: string) => void): Promise<readonly PostgresRow[]> {
  if (names.length === 0) return []
  try {
    const database = await createDatabase()
    await asSuperuser(database, async (client) => {
      await client.query('ALTER SYSTEM SET fsync = on')
      await client.query('SELECT pg_reload_conf()')
    })
    const cluster = await makeCluster({ database, settings })
    const [member] = cluster.members
    say('postgres, one process')
    const alone = await withServer(member, ['--server-only'], async () => inTurn(await askings(cluster, member, names), member.port))
    say('postgres, two workers')
    const together = await withServer(member, ['--server-only', '--workers', '2'], async () => {
      const watch = await watchLocks(database)
      const measured = await inTurn(await askings(cluster, member, names), member.port, watch.look)
      await watch.close()
      return measured
    })
    say('postgres, round trips')
    const trips = await countRoundTrips(database, names)
    return alone.map(({ name, unit, perSecond }, at) => {
      const two = together[at]
      const [ours, twoWorkers] = [round(perSecond), round(two?.perSecond ?? Number.NaN)]
      const ratio = Math.round((twoWorkers / ours) * 100) / 100
      return {
        name,
        unit,
        ours,
        roundTrips: trips.get(name) ?? Number.NaN,
        looks: two?.looks ?? 0,
        waits: two?.waits ?? 0,
        twoWorkers,
        ratio,
      }
    })
  } finally {
    await stopPostgres()
  }
}

const settings = {
  // As it is without a setting; the clusters of tests are quicker about passwords.
  passwords: {},
  log: { level: 'warn' },
  clients: [webClient(redirect)],
}

async function withServer<Result>(member: Member, words: readonly string[], use: () => Promise<Result>): Promise<Result> {
  const product = await member.start(...words)
  try {
    return await use()
  } finally {
    await product.stop()
  }
}

interface Measured {
  readonly name: string
  readonly unit: string
  readonly perSecond: number
  readonly looks: number
  readonly waits: number
}

type Look = () => Promise<boolean>

async function inTurn(asked: readonly Asking[], port: number, look?: Look): Promise<readonly Measured[]> {
  const measured: Measured[] = []
  for (const { name, unit, ...asking } of asked) {
    const run = async (seconds: number): Promise<LoadResult> => noneBad(name, await load({ ...asking, port, connections, seconds }))
    await run(warmUpSeconds)
    const rates: number[] = []
    const seen = { looks: 0, waits: 0 }
    for (let turn = 0; turn < rounds; turn += 1) {
      const running = run(roundSeconds)
      const looking = look === undefined ? undefined : keepLooking(look, roundSeconds, seen)
      rates.push((await running).perSecond)
      await looking
    }
    measured.push({ name, unit, perSecond: median(rates), ...seen })
  }
  return measured
}

function noneBad(name: string, result: LoadResult): LoadResult {
  if (result.bad > 0) throw new Error(`${name}: ${result.bad} answers were none, ${result.good} were`)
  return result
}

async function keepLooking(look: Look, seconds: number, seen: { looks: number; waits: number }): Promise<void> {
  const endsAt = performance.now() + seconds * 1000
  while (performance.now() < endsAt) {
    seen.looks += 1
    if (await look()) seen.waits += 1
    await wait(20)
  }
}

/** Locks that transactions of ours wait for. How PostgreSQL makes a file longer (`extend`) and writes its log is its own affair. */
async function watchLocks({ superuser }: TestDatabase): Promise<{ readonly look: Look; close(): Promise<void> }> {
  const client = new Client(superuser)
  await client.connect()
  const look = async (): Promise<boolean> => {
    const { rows } = await client.query(
      "SELECT 1 FROM pg_locks WHERE NOT granted AND locktype IN ('relation', 'tuple', 'transactionid', 'advisory', 'object', 'userlock')",
    )
    return rows.length > 0
  }
  return { look, close: async () => client.end() }
}

async function asSuperuser(database: TestDatabase, act: (client: Client) => Promise<void>): Promise<void> {
  const client = new Client(database.superuser)
  await client.connect()
  await act(client)
  await client.end()
}

/** Round trips of one request each, without what a server asks by itself meanwhile. */
async function countRoundTrips(database: TestDatabase, names: readonly string[]): Promise<ReadonlyMap<string, number>> {
  const { host = '', port = 0 } = database.superuser
  const proxy = await openCountingProxy({ host, port })
  // A database of its own: the first cluster's issuer is another.
  const own = await createDatabase()
  const ownUrl = new URL(own.url)
  ownUrl.port = String(proxy.port)
  const cluster = await makeCluster({ database: { ...own, url: ownUrl.href }, settings })
  const [member] = cluster.members
  try {
    return await withServer(member, ['--server-only'], async () => {
      const counted = new Map<string, number>()
      for (const { name, unit: _, ...asking } of await askings(cluster, member, names)) {
        const run = async (seconds: number): Promise<LoadResult> =>
          noneBad(name, await load({ ...asking, port: member.port, connections: 1, seconds }))
        await run(1)
        await wait(1_000)
        const idleBefore = proxy.roundTrips()
        await wait(countedSeconds * 1000)
        const idle = proxy.roundTrips() - idleBefore
        const before = proxy.roundTrips()
        const { good } = await run(countedSeconds)
        counted.set(name, round((proxy.roundTrips() - before - idle) / good))
      }
      return counted
    })
  } finally {
    proxy.close()
  }
}

/** People, a client and refresh tokens, one for each connection; and what is asked of the server with them. */
async function askings(cluster: Cluster, member: Member, names: readonly string[]): Promise<readonly Asking[]> {
  const run = randomBytes(4).toString('hex')
  const made: Asking[] = []
  if (names.includes('postgres-client-credentials')) {
    const clientId = `robot-${run}`
    const kind = { kind: 'confidential', grantTypes: ['client_credentials'], scopes: [], audiences: ['https://api.example.test'] }
    const { secret } = await member.admin<{ secret: string }>('POST', '/clients', { clientId, name: 'Robot', ...kind })
    const request = post(cluster, '/token', { grant_type: 'client_credentials', client_id: clientId, client_secret: secret })
    made.push({ name: 'postgres-client-credentials', unit: 'tokens/s', request })
  }
  const people = Array.from({ length: connections }, (_, at) => ({ username: `person-${run}-${at}`, password }))
  if (names.some((name) => name !== 'postgres-client-credentials'))
    for (const person of people) await member.admin('POST', '/users', person)
  if (names.includes('postgres-refresh')) {
    const tokens = await Promise.all(people.map(async (person) => refreshTokenAt(cluster, member, person, redirect)))
    const request = (at: number, before: string | undefined): string => {
      if (before !== undefined) tokens[at] = /"refresh_token":"([^"]+)"/.exec(before)?.[1] ?? ''
      return post(cluster, '/token', { grant_type: 'refresh_token', client_id: 'web', refresh_token: tokens[at] ?? '' })
    }
    made.push({ name: 'postgres-refresh', unit: 'refreshes/s', request })
  }
  if (names.includes('postgres-sign-in')) {
    const requests = people.map(({ username }) => post(cluster, '/sign-in', { username, password }))
    made.push({ name: 'postgres-sign-in', unit: 'sign-ins/s', request: (at) => requests[at] ?? '', goodStatuses: [303] })
  }
  return made
}

function post({ issuer }: Cluster, path: string, form: Readonly<Record<string, string>>): string {
  const body = new URLSearchParams(form).toString()
  return [
    `POST ${path} HTTP/1.1`,
    `Host: ${new URL(issuer).host}`,
    `Origin: ${issuer}`,
    'Sec-Fetch-Site: same-origin',
    'Sec-Fetch-Mode: navigate',
    'Content-Type: application/x-www-form-urlencoded',
    `Content-Length: ${Buffer.byteLength(body)}`,
    '',
    body,
  ].join('\r\n')
}

function round(value: number): number {
  return Math.round(value * 10) / 10
}
