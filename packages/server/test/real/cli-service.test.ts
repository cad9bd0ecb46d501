/**
 * The command line as a client that acts for itself: its key in a file, its
 * assertion at a real server, its tokens in a profile or in the process alone.
 *
 * @module
 */

import assert from 'node:assert/strict'
import { generateKeyPairSync } from 'node:crypto'
import { chmodSync, existsSync, mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, describe, test } from 'node:test'
import { countersign, temporaryFolder } from '../product.ts'
import { startProduction } from '../production.ts'

const production = await startProduction()
after(async () => production.product.stop('SIGKILL'))
const { issuer, dataDir: data } = production.product
const folder = temporaryFolder('cli-service')

interface Nightly {
  readonly id: string
  readonly key: string
}

/** Registers a client by the commands of the guide. */
async function register(name: string, ...roles: readonly string[]): Promise<Nightly> {
  const key = join(folder, `${name}.jwk`)
  const made = await countersign(['clients', 'keygen', key])
  assert.equal(made.code, 0, made.err)
  writeFileSync(`${key}.public`, made.out)
  return { id: await create(name, `${key}.public`, roles), key }
}

async function create(name: string, keys: string, roles: readonly string[]): Promise<string> {
  const asked = ['clients', 'create', name, '--client-id', name, '--grant', 'client_credentials', '--audience', `${issuer}/admin`]
  const ran = await countersign([...asked, '--jwks', keys, '--data', data, '--json'])
  assert.equal(ran.code, 0, ran.err)
  const { client } = JSON.parse(ran.out) as { readonly client: { readonly id: string } }
  for (const role of roles) assert.equal((await countersign(['clients', 'update', client.id, '--assign', role, '--data', data])).code, 0)
  return client.id
}

/** A home of its own, so that no profile of elsewhere is found. */
function home(): { readonly env: Record<string, string>; readonly file: string } {
  const place = temporaryFolder('service-home')
  return { env: { XDG_CONFIG_HOME: place }, file: join(place, 'countersign', 'profiles.json') }
}

const login = (key: string, name: string): readonly string[] => ['login', '--server', issuer, '--client-id', name, '--key', key]

/** As if the token had run out. */
function age(file: string): void {
  writeFileSync(file, readFileSync(file, 'utf8').replaceAll(/"expiresAtMs": \d+/g, '"expiresAtMs": 1'))
}

describe('a profile of a client', () => {
  test('signs in by its key, does what its roles allow, renews itself, and signs out', async () => {
    const { id, key } = await register('nightly', 'auditor')
    const { env, file } = home()
    const signedIn = await countersign(login(key, 'nightly'), '', env)
    assert.deepEqual([signedIn.code, signedIn.out, signedIn.err], [0, `Signed in at ${issuer} as profile "default".\n`, ''])
    assert.equal(statSync(file).mode & 0o777, 0o600)
    const kept = readFileSync(file, 'utf8')
    const { d } = JSON.parse(readFileSync(key, 'utf8')) as { readonly d: string }
    assert.ok(kept.includes(key) && !kept.includes(d), 'the path of the key is kept, and not the key')

    const listed = await countersign(['users', 'list'], '', env)
    assert.equal(listed.code, 0, listed.err)
    const refused = await countersign(['users', 'create', 'mallory'], '', env)
    assert.deepEqual([refused.code, refused.err], [6, 'Nothing allows auditors to create users. Owners may. (access.denied)\n'])
    const events = await countersign(['audit', 'list', '--what', 'request.refused', '--data', data])
    assert.match(events.out, new RegExp(`service ${id}`))

    age(file)
    assert.equal((await countersign(['users', 'list'], '', env)).code, 0)
    assert.doesNotMatch(readFileSync(file, 'utf8'), /"expiresAtMs": 1\b/)

    const shown = await countersign(['profiles', 'list'], '', env)
    assert.match(shown.out, /^ +name +server +kind +client +token until\n\* +default +http\S+ +service +nightly +\d{4}-/)
    const token = (JSON.parse(readFileSync(file, 'utf8')) as { profiles: { default: { accessToken: string } } }).profiles.default
      .accessToken
    assert.equal((await countersign(['logout'], '', env)).code, 0)
    const after = await countersign(['users', 'list', '--server', issuer], '', { COUNTERSIGN_TOKEN: token })
    assert.equal(after.code, 6, 'the token is revoked')
  })

  test('a key that others may read is refused, at the sign-in and later, and so is what is no key', async () => {
    const { key } = await register('careless', 'auditor')
    const { env, file } = home()
    chmodSync(key, 0o640)
    const open = await countersign(login(key, 'careless'), '', env)
    assert.deepEqual([open.code, open.out], [2, ''])
    assert.match(open.err, /holds a private key and is open to others: chmod 600 it/)
    assert.ok(!existsSync(file) || !readFileSync(file, 'utf8').includes('careless'))
    chmodSync(key, 0o600)
    assert.equal((await countersign(login(key, 'careless'), '', env)).code, 0)
    chmodSync(key, 0o644)
    age(file)
    assert.equal((await countersign(['users', 'list'], '', env)).code, 2)

    const broken = join(folder, 'broken')
    writeFileSync(broken, 'no key\n', { mode: 0o600 })
    const nothing = await countersign(login(broken, 'careless'), '', env)
    assert.match(nothing.err, /holds no private key that can sign here/)
    mkdirSync(join(folder, 'directory'), { mode: 0o700 })
    const directory = await countersign(login(join(folder, 'directory'), 'careless'), '', env)
    assert.match(directory.err, /is no file that holds a private key/)
    const nowhere = await countersign(login(join(folder, 'nowhere'), 'careless'), '', env)
    assert.match(nowhere.err, /nowhere cannot be read \(ENOENT\)\. See/)
  })

  test('a key of somebody else is refused by the server, in one sentence, and nothing is kept', async () => {
    await register('honest', 'auditor')
    const { key } = await register('other', 'auditor')
    const { env, file } = home()
    const ran = await countersign(login(key, 'honest'), '', env)
    assert.deepEqual([ran.code, ran.out], [6, ''])
    assert.match(ran.err, /^http\S+ refused the client honest: .*\(login\.refused\)\n$/)
    assert.ok(!existsSync(file))
  })

  test('RSA and Ed25519 in PEM do as well', async () => {
    const pairs = [
      { alg: 'RS256', pair: generateKeyPairSync('rsa', { modulusLength: 2048 }) },
      { alg: 'EdDSA', pair: generateKeyPairSync('ed25519') },
    ]
    for (const { alg, pair } of pairs) {
      const [key, keys] = [join(folder, `${alg}.pem`), join(folder, `${alg}.public`)]
      writeFileSync(key, pair.privateKey.export({ format: 'pem', type: 'pkcs8' }), { mode: 0o600 })
      writeFileSync(keys, JSON.stringify({ ...pair.publicKey.export({ format: 'jwk' }), alg }))
      await create(alg.toLowerCase(), keys, ['auditor'])
      const { env } = home()
      const signedIn = await countersign(login(key, alg.toLowerCase()), '', env)
      assert.equal(signedIn.code, 0, signedIn.err)
      assert.equal((await countersign(['sessions', 'list'], '', env)).code, 0)
    }
  })

  for (const [says, words, err] of [
    ['half of it', ['--client-id', 'nightly'], /^--client-id and --key belong together: give both\. See/],
    [
      'with options of the browser',
      ['--client-id', 'a', '--key', 'b', '--stay'],
      /^--stay and --no-browser are for a sign-in with the browser/,
    ],
  ] as const) {
    test(`${says} is not understood`, async () => {
      const ran = await countersign(['login', '--server', issuer, ...words], '', home().env)
      assert.equal(ran.code, 2)
      assert.match(ran.err, err)
    })
  }
})

describe('a client that the environment names', () => {
  test('needs no profile and leaves nothing behind', async () => {
    const { key } = await register('pipeline', 'auditor')
    const { env, file } = home()
    const named = { ...env, COUNTERSIGN_CLIENT_ID: 'pipeline', COUNTERSIGN_KEY_FILE: key }
    const ran = await countersign(['users', 'list', '--server', issuer], '', named)
    assert.equal(ran.code, 0, ran.err)
    assert.equal((await countersign(['users', 'list', '--all'], '', { ...named, COUNTERSIGN_SERVER: issuer })).code, 0)
    assert.ok(!existsSync(file))
    chmodSync(key, 0o604)
    const open = await countersign(['users', 'list', '--server', issuer], '', named)
    assert.match(open.err, /is open to others/)
  })

  test('half of it is a mistake in the set-up', async () => {
    for (const half of [{ COUNTERSIGN_CLIENT_ID: 'pipeline' }, { COUNTERSIGN_KEY_FILE: 'key' }]) {
      const ran = await countersign(['users', 'list', '--server', issuer], '', { ...home().env, ...half })
      assert.deepEqual([ran.code, ran.err], [4, 'COUNTERSIGN_CLIENT_ID and COUNTERSIGN_KEY_FILE belong together: set both.\n'])
    }
  })
})

test('keygen makes a key for its owner alone, and does not write over one', async () => {
  const path = join(folder, 'fresh.jwk')
  const made = await countersign(['clients', 'keygen', path])
  assert.equal(statSync(path).mode & 0o777, 0o600)
  const secret = JSON.parse(readFileSync(path, 'utf8')) as Readonly<Record<string, string>>
  const shown = JSON.parse(made.out) as Readonly<Record<string, string>>
  assert.deepEqual(shown, { kty: 'EC', crv: 'P-256', x: secret['x'], y: secret['y'], kid: secret['kid'], alg: 'ES256', use: 'sig' })
  const again = await countersign(['clients', 'keygen', path])
  assert.deepEqual([again.code, again.out], [2, ''])
  assert.match(again.err, /fresh\.jwk exists, and a key is not overwritten\. See/)
  assert.deepEqual(JSON.parse(readFileSync(path, 'utf8')), secret)
})
