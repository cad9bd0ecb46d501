/**
 * Acknowledged means durable, as the kernel saw it: whatever was written for a
 * request was written to the log of the database and synced before its answer.
 *
 * @module
 */

import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { missing } from '../parts.ts'
import { startDemo, temporaryFolder, type Product } from '../product.ts'
import { exchange, signIn, Visitor, type CodeClient } from '../visitor.ts'

/** The sequencer syncs for itself twice a second, and could hide one answer that left too early; not several in a row. */
const answersOfEachKind = 8

const native: CodeClient = { client_id: 'demo-native', redirect_uri: 'http://127.0.0.1/callback', scope: 'openid offline_access' }

/** Requests that write, one of each kind. Each resolves with the status of its one answer. */
async function writes(product: Product): Promise<readonly (() => Promise<number>)[]> {
  const { issuer, admin } = product
  const [person] = product.accounts ?? []
  const service = product.clients?.find(({ client_id }) => client_id === 'demo-service')
  assert.ok(person && service && admin)
  let held = (await signIn(new Visitor(issuer), native, person)).refresh_token ?? ''
  let made = 0
  let latest = ''
  const ask = async (method: string, path: string, body?: object): Promise<Response> =>
    fetch(`${admin.apiUrl}${path}`, {
      method,
      headers: { authorization: `Bearer ${admin.token}`, ...(body === undefined ? {} : { 'content-type': 'application/json' }) },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    })
  return [
    async () => (await exchange(issuer, service, { grant_type: 'client_credentials' })).status,
    async () => {
      const { status, refresh_token } = await exchange(issuer, native, { grant_type: 'refresh_token', refresh_token: held })
      held = refresh_token ?? ''
      return status
    },
    async () => (await new Visitor(issuer).post('/sign-in', { username: person.username, password: person.password })).status,
    async () => {
      const answer = await ask('POST', '/users', { username: `traced-${(made += 1)}` })
      latest = ((await answer.json()) as { id: string }).id
      return answer.status
    },
    async () => (await ask('DELETE', `/users/${latest}`)).status,
  ]
}

test(
  'between each request that writes and its answer, what was written is synced to the disk',
  { skip: missing('strace'), timeout: 120_000 },
  async () => {
    const product = await startDemo({ serverOnly: true })
    const kinds = await writes(product)
    const trace = join(temporaryFolder('strace'), 'trace')
    const calls = 'trace=fdatasync,fsync,write,writev,pwrite64,pwritev,sendto,sendmsg'
    const tracer = spawn('strace', ['-f', '-y', '-p', String(product.pid), '-e', calls, '-e', 'signal=none', '-s', '40', '-o', trace], {
      stdio: ['ignore', 'ignore', 'pipe'],
    })
    await new Promise<void>((resolve) => tracer.stderr.once('data', () => resolve()))

    const statuses: number[] = []
    for (let round = 0; round < answersOfEachKind; round += 1) for (const write of kinds) statuses.push(await write())
    tracer.kill('SIGINT')
    await new Promise((resolve) => tracer.once('exit', resolve))
    await product.stop()
    assert.deepEqual(statuses.slice(0, kinds.length), [200, 200, 303, 201, 204])

    /** What happened to the log of the database since the last answer. */
    let log: 'untouched' | 'written' | 'synced' = 'untouched'
    const answered: number[] = []
    for (const line of readFileSync(trace, 'utf8').split('\n')) {
      if (/\b(write|writev|pwrite64|pwritev)\(\d+<[^>]*countersign\.db-wal>/.test(line)) log = 'written'
      else if (/\b(fsync|fdatasync)\(\d+<[^>]*countersign\.db-wal>\)\s*= 0/.test(line)) log = 'synced'
      const [, status] = /"HTTP\/1\.1 (\d{3}) /.exec(line) ?? []
      if (status === undefined) continue
      assert.equal(log, 'synced', `answer ${answered.length + 1}, a ${status}, left while the log was ${log}`)
      answered.push(Number(status))
      log = 'untouched'
    }
    assert.deepEqual(answered, statuses)
  },
)
