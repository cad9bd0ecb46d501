/** `countersign start --fixture conformance`: known clients and people under https, for suites that test from outside. */

import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { exportJWK, generateKeyPair, SignJWT } from 'jose'
import { countersign, freePort, startProduct, temporaryFolder, type Product, type Started } from '../product.ts'
import { Traveller } from '../traveller.ts'

interface Fixture extends Started {
  readonly authority: string
  readonly suite: string
  readonly users: readonly { readonly username: string; readonly password: string }[]
}

/** Ends with this file, whatever failed. */
const started: Product[] = []
after(async () => Promise.all(started.map(async (product) => product.stop('SIGKILL'))))

const start = async (...words: readonly string[]) => {
  const product = await startProduct(['--fixture', 'conformance', ...words])
  started.push(product)
  return { ...(product as unknown as Fixture), stop: async () => product.stop() }
}

/** As a plan of the suite does: a code for the person, exchanged with the secret of the client. */
async function signIn({ issuer, authority, users, clients }: Fixture): Promise<Record<string, unknown>> {
  const [client] = clients ?? []
  const [redirectUri = ''] = client?.redirect_uris ?? []
  const verifier = 'a-verifier-of-the-suite-that-is-long-enough-for-it'
  const asked = new URLSearchParams({
    response_type: 'code',
    client_id: client?.client_id ?? '',
    redirect_uri: redirectUri,
    scope: 'openid email',
    state: 'x',
    code_challenge: createHash('sha256').update(verifier).digest('base64url'),
    code_challenge_method: 'S256',
  })
  const suite = new Traveller({ authority: readFileSync(authority, 'utf8') })
  const { url } = await suite.open(`${issuer}/authorize?${asked}`, users[0], redirectUri)
  const form = {
    grant_type: 'authorization_code',
    code: url.searchParams.get('code') ?? '',
    redirect_uri: redirectUri,
    code_verifier: verifier,
  }
  const basic = Buffer.from(`${client?.client_id}:${client?.client_secret}`).toString('base64')
  const { text } = await suite.ask(`${issuer}/token`, { form, headers: { authorization: `Basic ${basic}`, accept: 'application/json' } })
  return JSON.parse(text) as Record<string, unknown>
}

test('a fixture is made once, serves https under its own authority, and starts again with the same clients and people', async () => {
  const data = join(temporaryFolder('fixture'), 'data')
  const first = await start('--data', data, '--port', '0')
  assert.match(first.issuer, /^https:\/\/localhost:\d+$/)
  assert.equal(typeof (await signIn(first))['id_token'], 'string')
  const suite = JSON.parse(readFileSync(first.suite, 'utf8')) as { server: { discoveryUrl: string }; client: { client_id: string } }
  assert.equal(suite.server.discoveryUrl, `${first.issuer}/.well-known/openid-configuration`)
  assert.deepEqual(suite.client, { client_id: first.clients?.[0]?.client_id, client_secret: first.clients?.[0]?.client_secret })
  for (const file of [first.suite, join(data, 'fixture.yaml'), join(data, 'tls', 'server.key'), join(data, 'secrets', 'client-1')])
    assert.equal(statSync(file).mode & 0o077, 0, file)
  assert.equal(await first.stop(), 0)

  const again = await start('--data', data)
  assert.deepEqual([again.issuer, again.users, again.clients], [first.issuer, first.users, first.clients])
  assert.equal(typeof (await signIn(again))['id_token'], 'string')
  await again.stop()

  const demo = await countersign(['start', '--demo', '--data', data])
  assert.notEqual(demo.code, 0)
  assert.match(demo.err, /something that the demo did not make/)
})

test('a client of the file may sign for itself instead of having a secret', async () => {
  const { publicKey, privateKey } = await generateKeyPair('ES256')
  const folder = temporaryFolder('fixture')
  const file = join(folder, 'own.yaml')
  const client = {
    clientId: 'signs',
    name: 'Signs',
    kind: 'confidential',
    jwks: { keys: [{ ...(await exportJWK(publicKey)), alg: 'ES256' }] },
    grantTypes: ['client_credentials'],
    scopes: [],
  }
  writeFileSync(file, JSON.stringify({ clients: [client] }))
  const fixture = await start('--fixture-file', file, '--data', join(folder, 'data'), '--port', '0')
  const assertion = await new SignJWT({})
    .setProtectedHeader({ alg: 'ES256' })
    .setIssuer('signs')
    .setSubject('signs')
    .setAudience(fixture.issuer)
    .setJti('once')
    .setIssuedAt()
    .setExpirationTime('1m')
    .sign(privateKey)
  const form = {
    grant_type: 'client_credentials',
    client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
    client_assertion: assertion,
  }
  const { status, text } = await new Traveller({ authority: readFileSync(fixture.authority, 'utf8') }).ask(`${fixture.issuer}/token`, {
    form,
  })
  assert.equal(status, 200, text)
})

test('a file of one’s own says clients, people and any setting', async () => {
  const folder = temporaryFolder('fixture')
  const file = join(folder, 'own.yaml')
  writeFileSync(
    file,
    `clients:
  - { clientId: own, name: Own, kind: confidential, secret: ${'s'.repeat(43)}, redirectUris: [https://rp.example/cb], grantTypes: [authorization_code], scopes: [openid, email] }
users:
  - { username: carol, password: several words that do not belong, email: carol@example.com, roles: [auditor] }
tokens: { accessTokenSeconds: 120 }
`,
  )
  const own = await start('--fixture-file', file, '--data', join(folder, 'data'), '--port', '0')
  assert.equal(own.suite, undefined)
  const tokens = await signIn(own)
  assert.equal(tokens['expires_in'], 120)
  const listed = await countersign(['users', 'list', '--json', '--data', join(folder, 'data')])
  assert.match(listed.out, /carol@example\.com/)
  await own.stop()
})

const wrong = [
  { says: 'another name', words: ['--fixture', 'other'], expected: /There is no fixture other; there is conformance\./ },
  { says: 'with the demo', words: ['--fixture', 'conformance', '--demo'], expected: /--demo and --fixture are two things/ },
  { says: 'a file without a fixture', words: ['--fixture-file', 'x.yaml'], expected: /--fixture-file is for --fixture\./ },
  { says: 'with workers', words: ['--fixture', 'conformance', '--workers', '2'], expected: /--workers is not for a fixture/ },
  {
    says: 'a file that is not there',
    words: ['--fixture', 'conformance', '--fixture-file', 'x.yaml'],
    expected: /x\.yaml cannot be read \(ENOENT\)/,
  },
  {
    says: 'another port than that of the issuer',
    file: 'issuer: https://localhost:9443',
    words: ['--port', '9444'],
    expected: /leave --port out/,
  },
  { says: 'a user without a password', file: 'users: [{ username: x }]', expected: /users: each has a username and a password/ },
  { says: 'a file for a secret', file: 'clients: [{ clientId: x, secretFile: y }]', expected: /its secret instead of a secretFile/ },
  {
    says: 'a confidential client without a proof',
    file: 'clients: [{ clientId: x, name: X, kind: confidential, grantTypes: [client_credentials], scopes: [] }]',
    expected: /so it must have a secretFile, jwks or jwksUri/,
  },
  {
    says: 'a key that is none',
    file: 'clients: [{ clientId: x, name: X, kind: confidential, jwks: { keys: [{ kty: none }] }, grantTypes: [client_credentials], scopes: [] }]',
    expected: /The client x cannot be registered/,
  },
  { says: 'a database', file: 'database: { url: postgres:///x }', expected: /database is not for a fixture/ },
  { says: 'a setting that there is not', file: 'unknown: 1', expected: /unknown is not a setting/ },
  { says: 'an issuer that is no URL', file: 'issuer: x', expected: /issuer is not a URL/ },
  { says: 'a listener that is a word', file: 'listen: here', expected: /listen says host, port/ },
  { says: 'a password that is refused', file: 'users: [{ username: x, password: short }]', expected: /The user x cannot be made/ },
]

for (const { says, file, words = [], expected } of wrong) {
  test(`${says} is refused in one sentence`, async () => {
    const folder = temporaryFolder('fixture')
    const path = join(folder, 'wrong.yaml')
    if (file !== undefined) writeFileSync(path, file)
    const named = file === undefined ? words : ['--fixture', 'conformance', '--fixture-file', path, ...words]
    const port = named.includes('--port') ? [] : ['--port', '0']
    const { code, err } = await countersign(['start', '--data', join(folder, 'data'), ...port, ...named])
    assert.notEqual(code, 0)
    assert.match(err, expected)
  })
}

test('a folder of somebody else is left alone, and data of a fixture is nothing for production', async () => {
  const folder = temporaryFolder('fixture')
  writeFileSync(join(folder, 'letter.txt'), 'mine')
  const { err } = await countersign(['start', '--fixture', 'conformance', '--data', folder])
  assert.match(err, /holds something that no fixture made/)

  const data = join(temporaryFolder('fixture'), 'data')
  const { issuer, stop } = await start('--data', data, '--port', '0')
  await stop()
  const config = join(data, '..', 'countersign.yaml')
  const port = new URL(issuer).port
  writeFileSync(
    config,
    `version: 1\nissuer: ${issuer}\ndataDirectory: data\nrootKeyFile: root.key\nlisten: { host: localhost, port: ${port}, tls: { certificateFile: data/tls/server.pem, keyFile: data/tls/server.key } }\n`,
  )
  writeFileSync(join(data, '..', 'root.key'), readFileSync(join(data, 'root.key')), { mode: 0o600 })
  const production = await countersign(['start', '--config', config])
  assert.notEqual(production.code, 0)
  assert.match(production.err, /made by a fixture, whose keys and passwords are not secret/)
})

test('the file of the guide starts, and the suite signs in with it', async () => {
  const guide = readFileSync(new URL('../../../../docs/guides/run-the-conformance-suite.md', import.meta.url), 'utf8')
  const [, text = ''] = /```yaml\n# mine\.yaml\n([^`]+)```/.exec(guide) ?? []
  const folder = temporaryFolder('fixture')
  const port = await freePort()
  const here = text
    .replace('host.docker.internal:9443', `localhost:${port}`)
    .replace('host: 0.0.0.0, port: 9443', `host: localhost, port: ${port}`)
  writeFileSync(join(folder, 'mine.yaml'), here)
  const fixture = await start('--fixture-file', join(folder, 'mine.yaml'), '--data', join(folder, 'data'))
  assert.equal(fixture.issuer, `https://localhost:${port}`)
  assert.equal(typeof (await signIn(fixture))['id_token'], 'string')
  await fixture.stop()
})
