import assert from 'node:assert/strict'
import { appendFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { Client } from 'pg'
import { createDatabase, missingPostgres, stopPostgresAfterwards } from '../postgres.ts'
import { countersign, freePort, startProduct, temporaryFolder } from '../product.ts'
import { exchange, signIn, Visitor } from '../visitor.ts'

stopPostgresAfterwards()

const secret = 'cs1_a-secret-of-the-walk-on-postgres-0123456789'
const redirect = 'http://127.0.0.1/callback'

async function tablesOf(url: string): Promise<readonly string[]> {
  const client = new Client({ connectionString: url })
  await client.connect()
  const { rows } = await client.query<{ name: string }>("SELECT tablename AS name FROM pg_tables WHERE schemaname = 'public'")
  await client.end()
  return rows.map(({ name }) => name)
}

test(
  'the product on PostgreSQL: init, people, sign-in, refresh, one successor, a log that verifies',
  { skip: missingPostgres(), timeout: 120_000 },
  async () => {
    const { url } = await createDatabase()
    const folder = temporaryFolder('postgres')
    const port = await freePort()
    const env = { COUNTERSIGN_DATABASE_URL: url }
    const made = await countersign(
      ['init', '--issuer', `http://localhost:${port}`, '--listen', `localhost:${port}`, '--folder', folder],
      '',
      env,
    )
    assert.equal(made.code, 0, made.err)
    const config = join(folder, 'countersign.yaml')
    writeFileSync(join(folder, 'secret'), secret, { mode: 0o600 })
    const client = { clientId: 'web', name: 'Web', kind: 'confidential', secretFile: join(folder, 'secret'), redirectUris: [redirect] }
    const grants = { grantTypes: ['authorization_code', 'refresh_token'], scopes: ['openid', 'offline_access'] }
    appendFileSync(config, `clients:\n  - ${JSON.stringify({ ...client, ...grants })}\n`)

    const product = await startProduct(['--config', config, '--server-only'], env)
    const data = ['--data', join(folder, 'data')]
    const person = { username: 'carol', password: 'several words that do not belong' }
    const created = await countersign(['users', 'create', person.username, '--password-stdin', ...data], `${person.password}\n`)
    assert.equal(created.code, 0, created.err)

    const web = { client_id: 'web', client_secret: secret, redirect_uri: redirect, scope: 'openid offline_access' }
    const tokens = await signIn(new Visitor(product.issuer), web, person)
    assert.equal(tokens.status, 200)
    const refresh = { grant_type: 'refresh_token', refresh_token: tokens.refresh_token ?? '' }
    const [one, two] = await Promise.all([exchange(product.issuer, web, refresh), exchange(product.issuer, web, refresh)])
    assert.deepEqual([one.status, two.status], [200, 200])
    assert.equal(one.refresh_token, two.refresh_token)

    const next = await exchange(product.issuer, web, { grant_type: 'refresh_token', refresh_token: one.refresh_token ?? '' })
    assert.equal(next.status, 200)
    const reused = await exchange(product.issuer, web, refresh)
    assert.deepEqual([reused.status, reused.error], [400, 'invalid_grant'])
    const ended = await exchange(product.issuer, web, { grant_type: 'refresh_token', refresh_token: next.refresh_token ?? '' })
    assert.equal(ended.error, 'invalid_grant', 'a family whose spent token came back goes on')

    const verified = await countersign(['audit', 'verify', ...data])
    assert.equal(verified.code, 0, verified.out + verified.err)
    assert.equal(await product.stop(), 0)

    const empty = await createDatabase()
    const lost = { COUNTERSIGN_DATABASE_URL: empty.url }
    const refused = await countersign(['start', '--config', config, '--server-only'], '', lost)
    assert.deepEqual([refused.code, refused.out], [4, ''])
    assert.match(refused.err, /^There is no data in the database \S+: if there was, bring it back with countersign restore; [^\n]+\n$/)
    assert.deepEqual(await tablesOf(empty.url), [], 'a refused start made something')
    const anew = await startProduct(['--config', config, '--server-only', '--new-instance'], lost)
    assert.equal(await anew.stop(), 0)
    const twice = await countersign(['start', '--config', config, '--server-only', '--new-instance'], '', lost)
    assert.equal(twice.code, 4)
    assert.match(twice.err, /^There is data in the database \S+ already/)
  },
)
