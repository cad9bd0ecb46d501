/**
 * A disk that is full, as the callers of a running product see it: what cannot
 * be kept is refused, the server says that it is not ready, reads go on, and
 * when there is room again it serves again without anybody's help.
 *
 * @module
 */

import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { statSync } from 'node:fs'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { until } from '../audit.ts'
import { missing } from '../parts.ts'
import { countersign, startDemo, type Product } from '../product.ts'
import { exchange, signIn, Visitor, type CodeClient } from '../visitor.ts'

const client: CodeClient = { client_id: 'demo-native', redirect_uri: 'http://127.0.0.1/callback', scope: 'openid offline_access' }

interface Readiness {
  readonly status: number
  readonly reasons: readonly string[]
}

async function readiness(issuer: string): Promise<Readiness> {
  const answer = await fetch(`${issuer}/readyz`)
  const { reasons = [] } = (await answer.json()) as Partial<Readiness>
  return { status: answer.status, reasons }
}

async function becomesReady(issuer: string): Promise<void> {
  await until(async () => (await readiness(issuer)).status === 200)
}

/** What the log says with these words in it. */
function toldOf(product: Product, words: string): readonly string[] {
  const lines = product.log().split('\n').slice(0, -1)
  return lines.map((line) => (JSON.parse(line) as { readonly msg: string }).msg).filter((says) => says.includes(words))
}

test(
  'a full disk: 503 for what must be written, /readyz says so, nothing is half-done, and it recovers by itself',
  {
    skip: missing('prlimit'),
    timeout: 120_000,
  },
  async () => {
    const product = await startDemo({ serverOnly: true })
    after(async () => product.stop('SIGKILL'))
    const { issuer, pid, dataDir } = product
    const [person] = product.accounts ?? []
    const service = product.clients?.find(({ client_id }) => client_id === 'demo-service')
    assert.ok(person && service)
    const held = await signIn(new Visitor(issuer), client, person)
    assert.equal(held.status, 200)
    const refresh = async () => exchange(issuer, client, { grant_type: 'refresh_token', refresh_token: held.refresh_token ?? '' })
    const admin = async (method: string, path: string, body?: object) =>
      fetch(`${product.admin?.apiUrl}${path}`, {
        method,
        headers: { authorization: `Bearer ${product.admin?.token}`, ...(body === undefined ? {} : { 'content-type': 'application/json' }) },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      })
    assert.deepEqual(await readiness(issuer), { status: 200, reasons: [] })

    // The operating system lets no file of the server grow: each write to the disk fails.
    const limitFiles = (bytes: string): unknown => execFileSync('prlimit', ['--pid', String(pid), `--fsize=${bytes}:unlimited`])
    limitFiles(String(statSync(join(dataDir, 'countersign.db-wal')).size))
    const token = await fetch(`${issuer}/token`, {
      method: 'POST',
      headers: { authorization: `Basic ${Buffer.from(`${service.client_id}:${service.client_secret}`).toString('base64')}` },
      body: new URLSearchParams({ grant_type: 'client_credentials' }),
    })
    assert.equal(token.status, 503)
    assert.match(token.headers.get('retry-after') ?? '', /^[1-9]\d*$/)
    assert.equal(((await token.json()) as { error: string }).error, 'temporarily_unavailable')
    assert.deepEqual(await readiness(issuer), { status: 503, reasons: ['store'] })
    assert.equal((await refresh()).status, 503)
    const visitor = new Visitor(issuer)
    assert.equal((await visitor.post('/sign-in', { username: person.username, password: person.password })).status, 503)
    assert.equal((await visitor.get('/signed-in')).status, 303, 'nobody was signed in')
    assert.equal((await admin('POST', '/users', { username: 'halfway' })).status, 503)
    assert.equal((await fetch(`${issuer}/livez`)).status, 200)
    assert.equal((await fetch(`${issuer}/jwks`)).status, 200)

    // The record tries to grow twice a second: three seconds are six stacks, or one.
    await until(() => /could not write/.test(product.log()))
    const untilMs = performance.now() + 3_000
    await until(() => performance.now() > untilMs)
    const told = toldOf(product, 'could not write')
    // Which of its parts has something to write at that moment is a matter of milliseconds.
    const troubles = told.map((says) => /^(The audit log could not write .+); it is tried again$/.exec(says)?.[1] ?? assert.fail(says))
    assert.equal(new Set(told).size, told.length, `told twice: ${told.join(', ')}`)

    limitFiles('unlimited')
    await becomesReady(issuer)
    for (const trouble of troubles) await until(() => toldOf(product, `${trouble}: that has ended`).length === 1)
    const fresh = await refresh()
    assert.equal(fresh.status, 200, 'the refresh token was not spent by what failed')
    assert.equal((await exchange(issuer, service, { grant_type: 'client_credentials' })).status, 200)
    assert.equal((await admin('POST', '/users', { username: 'halfway' })).status, 201, 'the user was not half made')
    const verified = await countersign(['audit', 'verify', '--data', dataDir])
    assert.equal(verified.code, 0, verified.out)
    assert.equal(await product.stop(), 0)
  },
)
