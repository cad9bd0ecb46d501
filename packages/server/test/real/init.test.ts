/**
 * `countersign init`, and that what it writes is what `start` reads, in the
 * three shapes of production: http on loopback, TLS ended by us, TLS ended by a
 * named proxy.
 *
 * @module
 */

import assert from 'node:assert/strict'
import { chmodSync, existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { parse } from 'yaml'
import { makeAuthority, writeIssued } from '../http-certificates.ts'
import { askHttps } from '../https.ts'
import { goodPassword } from '../people.ts'
import { countersign, freePort, startProduct, temporaryFolder, type Product } from '../product.ts'
import { runCommand } from '../terminal.ts'
import { Visitor } from '../visitor.ts'

const permissions = (path: string): string => (statSync(path).mode & 0o777).toString(8)

async function started(folder: string): Promise<Product> {
  const product = await startProduct(['--config', join(folder, 'countersign.yaml')])
  after(async () => product.stop('SIGKILL'))
  return product
}

test('on loopback: what init makes is for its owner only, starts, and its link makes the administrator once', async () => {
  const folder = join(temporaryFolder('init'), 'made', 'by', 'init')
  const issuer = `http://localhost:${await freePort()}`
  const made = await countersign(['init', '--issuer', issuer, '--folder', folder, '--json'])
  assert.equal(made.code, 0, made.err)
  assert.equal(made.err, '')
  const { config, rootKey, link } = JSON.parse(made.out) as Readonly<Record<string, string>>
  assert.deepEqual([config, rootKey], [join(folder, 'countersign.yaml'), join(folder, 'root.key')])
  assert.ok(link !== undefined && link.startsWith(`${issuer}/setup#b1.`))
  for (const [name, mode] of Object.entries({
    'countersign.yaml': '600',
    'root.key': '600',
    data: '700',
    'data/countersign.db': '600',
    '.': '700',
  }))
    assert.equal(permissions(join(folder, name)), mode, name)
  assert.deepEqual(readdirSync(folder).toSorted(), ['countersign.yaml', 'data', 'root.key'])

  const product = await started(folder)
  assert.equal(product.issuer, issuer)
  const visitor = new Visitor(issuer)
  const [, token = ''] = link.split('#')
  const administrator = { username: 'ada', password: goodPassword }
  assert.equal((await visitor.post('/setup', { token, ...administrator })).status, 200)
  assert.equal((await visitor.post('/setup', { token, ...administrator, username: 'mallory' })).status, 400)
  const signedIn = await visitor.post('/sign-in', administrator)
  assert.equal(signedIn.status, 303)
  assert.ok(visitor.cookies.has('countersign_session'), 'a plain name on loopback http')
  assert.equal(await product.stop(), 0)
})

test('over https: TLS 1.3 with the certificate that init was told of, and nothing older', async () => {
  const folder = temporaryFolder('init-https')
  const port = await freePort()
  const issuer = `https://id.example.test:${port}`
  const authority = makeAuthority()
  const { certificateFile, keyFile } = writeIssued(authority.issue({ hosts: ['id.example.test', 'notes.example.test'] }), folder)
  const tls = ['--tls-certificate', certificateFile, '--tls-key', keyFile]
  const made = await countersign([
    'init',
    '--issuer',
    issuer,
    '--listen',
    `127.0.0.1:${port}`,
    ...tls,
    '--folder',
    folder,
    '--link-file',
    join(folder, 'link'),
  ])
  assert.equal(made.code, 0, made.err)
  assert.doesNotMatch(made.out, /b1\./, 'the link is in its file and nowhere else')
  assert.equal(permissions(join(folder, 'link')), '600')

  await started(folder)
  const ask = async (path: string, form?: Readonly<Record<string, string>>) =>
    askHttps(issuer + path, { authority: authority.certificate, ...(form === undefined ? {} : { form }) })
  const metadata = await ask('/.well-known/openid-configuration')
  assert.equal(metadata.status, 200)
  assert.equal(metadata.protocol, 'TLSv1.3')
  assert.equal((JSON.parse(metadata.body) as { readonly issuer: string }).issuer, issuer)
  assert.match(String(metadata.headers['strict-transport-security']), /max-age=63072000/)
  await assert.rejects(askHttps(`${issuer}/livez`, { authority: authority.certificate, newestTls: 'TLSv1.2' }))
  await assert.rejects(askHttps(`${issuer}/livez`, { authority: makeAuthority().certificate }), /certificate/)

  const [, token = ''] = readFileSync(join(folder, 'link'), 'utf8').trim().split('#')
  const administrator = { username: 'ada', password: goodPassword }
  assert.equal((await ask('/setup', { token, ...administrator })).status, 200)
  const signedIn = await ask('/sign-in', administrator)
  assert.equal(signedIn.status, 303)
  const cookie = signedIn.headers['set-cookie']?.find((line) => line.includes('session')) ?? ''
  assert.match(cookie, /^__Host-countersign_session=/)
  for (const attribute of ['Secure', 'HttpOnly', 'Path=/', 'SameSite=Lax']) assert.match(cookie, new RegExp(`; ${attribute}(;|$)`))
})

test('behind a proxy that ends TLS: only its word counts, and plain http is refused', async () => {
  const folder = temporaryFolder('init-proxy')
  const port = await freePort()
  const proxy = ['--tls-ended-by', 'nginx', '--proxy-address', '127.0.0.1']
  const made = await countersign([
    'init',
    '--issuer',
    'https://id.example.test',
    '--listen',
    `127.0.0.1:${port}`,
    ...proxy,
    '--folder',
    folder,
  ])
  assert.equal(made.code, 0, made.err)
  const { listen } = parse(readFileSync(join(folder, 'countersign.yaml'), 'utf8')) as { readonly listen: object }
  assert.deepEqual(listen, { host: '127.0.0.1', port, tlsEndedBy: { name: 'nginx', addresses: ['127.0.0.1'] } })

  await started(folder)
  const ask = async (headers: Record<string, string>) => {
    const { default: http } = await import('node:http')
    return new Promise<number>((resolve, reject) => {
      const out = http.get({ host: '127.0.0.1', port, path: '/sign-in', headers, agent: false }, (answer) => {
        answer.resume()
        resolve(answer.statusCode ?? 0)
      })
      out.once('error', reject)
    })
  }
  const host = 'id.example.test'
  assert.equal(await ask({ host, 'x-forwarded-proto': 'https', 'x-forwarded-for': '203.0.113.9' }), 200)
  assert.equal(await ask({ host, 'x-forwarded-proto': 'http', 'x-forwarded-for': '203.0.113.9' }), 403)
  assert.equal(await ask({ host }), 403)
  assert.equal(await ask({ host: 'other.example.test', 'x-forwarded-proto': 'https' }), 421)
})

test('an app is guarded with the policies that init writes for it', async () => {
  const folder = temporaryFolder('init-app')
  const app = ['--app', 'http://notes.localhost:9101=http://127.0.0.1:3000', '--gateway-listen', '127.0.0.1:9101']
  const made = await runCommand(['init', '--issuer', 'http://localhost:9100', ...app, '--folder', folder])
  assert.equal(made.code, 0, made.err)
  const names = readdirSync(join(folder, 'policies', 'app'))
  const checked = await runCommand(['policy', 'check', ...names.map((name) => join(folder, 'policies', 'app', name))])
  assert.deepEqual([checked.code, checked.out], [0, 'All 3 files are right.\n'])
  const { gateway, policies } = parse(readFileSync(join(folder, 'countersign.yaml'), 'utf8')) as {
    readonly gateway: { readonly hosts: readonly { readonly name: string; readonly upstream: string }[] }
    readonly policies: object
  }
  assert.deepEqual(policies, { app: 'policies/app' })
  assert.deepEqual([gateway.hosts[0]?.name, gateway.hosts[0]?.upstream], ['notes', 'http://127.0.0.1:3000'])
})

test('init never overwrites: a second run changes no byte', async () => {
  const folder = temporaryFolder('init-twice')
  const init = ['init', '--issuer', 'http://localhost:9100', '--folder', folder]
  assert.equal((await runCommand(init)).code, 0)
  const files = ['countersign.yaml', 'root.key', 'data/countersign.db'].map((name) => join(folder, name))
  const before = files.map((path) => readFileSync(path))
  const again = await runCommand(init)
  assert.equal(again.code, 4)
  assert.equal(again.err, `${join(folder, 'countersign.yaml')} exists already, and init never overwrites.\n`)
  assert.deepEqual(
    files.map((path) => readFileSync(path)),
    before,
  )
})

for (const name of ['root.key', 'link']) {
  test(`init does not touch a ${name} that is somebody else’s, and makes nothing`, async () => {
    const folder = temporaryFolder('init-key')
    writeFileSync(join(folder, name), 'mine')
    const refused = await runCommand(['init', '--issuer', 'http://localhost:9100', '--folder', folder, '--link-file', join(folder, 'link')])
    assert.equal(refused.code, 4)
    assert.equal(refused.err, `${join(folder, name)} exists already, and init never overwrites.\n`)
    assert.deepEqual(readdirSync(folder), [name])
    assert.equal(readFileSync(join(folder, name), 'utf8'), 'mine')
  })
}

test('a run that failed half-way is mended by running init again', async () => {
  const folder = temporaryFolder('init-again')
  writeFileSync(join(folder, 'file'), '')
  const init = ['init', '--issuer', 'http://localhost:9100', '--app', 'http://notes.localhost:9101=http://127.0.0.1:1', '--folder', folder]
  const failed = await runCommand([...init, '--link-file', join(folder, 'file', 'link')])
  assert.equal(failed.code, 4)
  assert.match(failed.err, /^\S+\/file\/link cannot be written \((ENOTDIR|EEXIST)\)\.\n$/)
  assert.ok(!existsSync(join(folder, 'countersign.yaml')), 'the configuration comes last')
  const key = readFileSync(join(folder, 'root.key'))
  const again = await runCommand(init)
  assert.equal(again.code, 0, again.err)
  assert.deepEqual(readFileSync(join(folder, 'root.key')), key)
})

const https = ['--issuer', 'https://id.example.test']
const mistakes: readonly { readonly says: string; readonly words: readonly string[]; readonly code: number; readonly err: RegExp }[] = [
  { says: 'without an issuer', words: [], code: 2, err: /^init needs --issuer, .*See: countersign init --help\n$/ },
  { says: 'with an issuer that is no address', words: ['--issuer', 'id.example.test'], code: 4, err: /issuer must be an https URL/ },
  { says: 'with http beyond loopback', words: ['--issuer', 'http://id.example.test'], code: 4, err: /issuer must be an https URL/ },
  { says: 'over https without saying who ends TLS', words: https, code: 4, err: /say who ends TLS/ },
  {
    says: 'with a certificate and no key',
    words: [...https, '--tls-certificate', 'a'],
    code: 4,
    err: /^--tls-certificate and --tls-key go together\.\n$/,
  },
  {
    says: 'with TLS ended twice',
    words: [...https, '--tls-certificate', 'a', '--tls-key', 'b', '--tls-ended-by', 'nginx'],
    code: 4,
    err: /^TLS is ended here .* not by both\.\n$/,
  },
  {
    says: 'with a proxy’s address and no proxy',
    words: [...https, '--proxy-address', '127.0.0.1'],
    code: 4,
    err: /^--proxy-address is for a proxy/,
  },
  {
    says: 'on a port that is none',
    words: ['--issuer', 'http://localhost:1', '--listen', '127.0.0.1:65536'],
    code: 4,
    err: /listen\.port/,
  },
  {
    says: 'on no port',
    words: ['--issuer', 'http://localhost:1', '--listen', '127.0.0.1'],
    code: 4,
    err: /^--listen must be HOST:PORT\.\n$/,
  },
  { says: 'on plain http for everybody', words: ['--issuer', 'http://localhost:1', '--listen', '0.0.0.0:1'], code: 4, err: /loopback/ },
  { says: 'with half an app', words: ['--issuer', 'http://localhost:1', '--app', 'notes'], code: 4, err: /^--app must be ORIGIN=UPSTREAM/ },
  {
    says: 'with a key beside the data',
    words: ['--issuer', 'http://localhost:1', '--root-key', 'FOLDER/data/root.key'],
    code: 4,
    err: /rootKeyFile is inside/,
  },
  {
    says: 'with a gateway that guards nothing',
    words: ['--issuer', 'http://localhost:1', '--gateway-listen', '127.0.0.1:2'],
    code: 4,
    err: /which --app it guards/,
  },
]

for (const { says, words, code, err } of mistakes) {
  test(`init ${says} is a mistake that is told, and makes nothing`, async () => {
    const folder = join(temporaryFolder('init-mistake'), 'new')
    const refused = await runCommand(['init', '--folder', folder, ...words.map((word) => word.replace('FOLDER', folder))])
    assert.equal(refused.code, code, refused.err)
    assert.match(refused.err, err)
    assert.doesNotMatch(refused.err, /^\s+at |node:internal/m)
    assert.equal(refused.out, '')
    assert.ok(!existsSync(folder))
  })
}

test('init tells that the folder cannot be written, whoever runs it', async () => {
  const folder = temporaryFolder('init-file')
  writeFileSync(join(folder, 'file'), '')
  const below = await runCommand(['init', '--issuer', 'http://localhost:1', '--folder', join(folder, 'file', 'below')])
  assert.equal(below.code, 4)
  assert.match(below.err, /^The data directory \S+ cannot be written to\.\n$/)
  if (process.getuid?.() === 0) return
  mkdirSync(join(folder, 'closed'))
  chmodSync(join(folder, 'closed'), 0o500)
  assert.equal((await runCommand(['init', '--issuer', 'http://localhost:1', '--folder', join(folder, 'closed')])).code, 4)
})
