/**
 * `countersign start` as an operator lives with it: it ends when asked and
 * finishes what it began, finds everything again, survives being killed, and
 * reads policies and certificates again.
 *
 * @module
 */

import assert from 'node:assert/strict'
import { chmodSync, cpSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { connect } from 'node:net'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { makeAuthority, writeIssued } from '../http-certificates.ts'
import { askHttps } from '../https.ts'
import { goodPassword } from '../people.ts'
import { freePort, startProduct, temporaryFolder, type Product } from '../product.ts'
import { runCommand } from '../terminal.ts'
import { Visitor } from '../visitor.ts'

const notesPolicies = fileURLToPath(new URL('../../../../examples/notes/policies', import.meta.url))

interface Place {
  readonly folder: string
  readonly port: number
  readonly issuer: string
  readonly config: string
  readonly data: readonly string[]
}

/** A configuration of production on loopback, with people who may sign in. */
async function place(name: string, more = '', options: readonly string[] = []): Promise<Place> {
  const folder = temporaryFolder(name)
  const port = await freePort()
  const issuer = `http://localhost:${port}`
  const made = await runCommand(['init', '--issuer', issuer, '--folder', folder, ...options])
  assert.equal(made.code, 0, made.err)
  const config = join(folder, 'countersign.yaml')
  writeFileSync(config, readFileSync(config, 'utf8') + more)
  return { folder, port, issuer, config, data: ['--data', join(folder, 'data')] }
}

async function started({ config }: Place): Promise<Product> {
  const product = await startProduct(['--config', config])
  after(async () => product.stop('SIGKILL'))
  return product
}

/** Waits until something is so, ten seconds at most. */
async function until<Found>(what: string, look: () => Promise<Found | undefined | false>): Promise<Found> {
  for (let tries = 0; tries < 200; tries += 1) {
    const found = await look()
    if (found !== undefined && found !== false) return found
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
  throw new Error(`never: ${what}`)
}

interface Listed {
  readonly items: readonly Readonly<Record<string, string>>[]
}

async function list(words: readonly string[]): Promise<Listed['items']> {
  const ran = await runCommand([...words, '--json'])
  assert.equal(ran.code, 0, ran.err)
  return (JSON.parse(ran.out) as Listed).items
}

test('SIGTERM lets a request under way finish, takes no new one, and ends with 0', async () => {
  const at = await place('drain')
  const product = await started(at)
  const body = 'username=nobody&password=nothing'
  const slow = connect(at.port, '127.0.0.1')
  let heard = ''
  slow.setEncoding('utf8').on('data', (text: string) => (heard += text))
  const closed = new Promise<void>((resolve) => slow.once('close', () => resolve()))
  const head = [
    'POST /sign-in HTTP/1.1',
    `Host: localhost:${at.port}`,
    'Content-Type: application/x-www-form-urlencoded',
    `Content-Length: ${body.length}`,
    'Expect: 100-continue',
  ]
  slow.write(`${head.join('\r\n')}\r\n\r\n`)
  await until('the server waits for the body', async () => heard.includes('100 Continue'))

  const ended = product.stop('SIGTERM')
  await until('new connections are refused', async () => {
    const probe = connect(at.port, '127.0.0.1')
    return new Promise<boolean>((resolve) => {
      probe.once('connect', () => resolve(false)).once('error', () => resolve(true))
    }).finally(() => probe.destroy())
  })
  slow.write(body)
  await closed
  assert.match(heard, /HTTP\/1\.1 401 /)
  assert.match(heard, /connection: close/i)
  assert.equal(await ended, 0)
  assert.equal(product.log(), '')
})

test('with nothing under way it ends at once, its gateway too, and leaves no process', async () => {
  const gatewayPort = await freePort()
  const app = ['--app', `http://notes.localhost:${gatewayPort}=http://127.0.0.1:9`, '--gateway-listen', `localhost:${gatewayPort}`]
  const product = await started(await place('gateway', '', app))
  assert.equal((await fetch(`http://127.0.0.1:${gatewayPort}/`)).status, 421, 'the gateway answers for its own names only')
  const askedAt = performance.now()
  assert.equal(await product.stop(), 0)
  assert.ok(performance.now() - askedAt < 5_000, 'it waited for something')
  await assert.rejects(fetch(`http://127.0.0.1:${gatewayPort}/`))
  assert.equal(product.log(), '')
})

test('a second start on the same data finds everything: people, sessions, tokens, the record', async () => {
  const at = await place('again')
  const first = await started(at)
  const created = await runCommand(['users', 'create', 'carol', '--role', 'auditor', '--password-stdin', ...at.data], `${goodPassword}\n`)
  assert.equal(created.code, 0, created.err)
  const visitor = new Visitor(at.issuer)
  assert.equal((await visitor.post('/sign-in', { username: 'carol', password: goodPassword })).status, 303)
  const checkpoint = await runCommand(['audit', 'checkpoint', ...at.data])
  writeFileSync(join(at.folder, 'checkpoint'), checkpoint.out)
  assert.equal(await first.stop(), 0)

  await started(at)
  const again = await visitor.get('/signed-in')
  assert.equal(again.status, 200)
  assert.match(again.text, /carol/)
  const users = await list(['users', 'list', ...at.data])
  assert.deepEqual(
    users.map(({ username }) => username),
    ['carol'],
  )
  const verified = await runCommand(['audit', 'verify', '--checkpoint', join(at.folder, 'checkpoint'), ...at.data])
  assert.equal(verified.code, 0, verified.out)
})

test('after it was killed, the next start needs nobody’s help', async () => {
  const at = await place('killed')
  const first = await started(at)
  assert.equal((await runCommand(['users', 'create', 'carol', ...at.data])).code, 0)
  await first.stop('SIGKILL')
  await started(at)
  assert.equal((await list(['users', 'list', ...at.data])).length, 1)
  assert.equal((await runCommand(['audit', 'verify', ...at.data])).code, 0)
})

test('data that was put back is found out by whoever holds a later checkpoint', async () => {
  const at = await place('put-back')
  const [data, old] = [join(at.folder, 'data'), join(at.folder, 'old')]
  const first = await started(at)
  assert.equal(await first.stop(), 0)
  cpSync(data, old, { recursive: true })

  const second = await started(at)
  assert.equal((await runCommand(['users', 'create', 'carol', ...at.data])).code, 0)
  const checkpoint = join(at.folder, 'checkpoint')
  writeFileSync(checkpoint, (await runCommand(['audit', 'checkpoint', ...at.data])).out)
  assert.equal(await second.stop(), 0)
  rmSync(data, { recursive: true })
  cpSync(old, data, { recursive: true })
  chmodSync(data, 0o700)

  await started(at)
  assert.equal((await runCommand(['audit', 'verify', ...at.data])).code, 0, 'by itself the log cannot know')
  const found = await runCommand(['audit', 'verify', '--checkpoint', checkpoint, ...at.data])
  assert.equal(found.code, 5)
  assert.match(found.out, /The record has been changed\.\n$/)
})

test('SIGHUP reads policies again; a mistake keeps the old set and is told in the log and the record', async () => {
  const policies = join(temporaryFolder('policies'), 'notes')
  cpSync(notesPolicies, policies, { recursive: true })
  const at = await place('reload', `policies:\n  notes: ${policies}\nreferee:\n  questions: 50\n`)
  const product = await started(at)
  const activated = async () =>
    (await list(['audit', 'list', '--what', 'policies.activated', ...at.data])).filter(({ about }) => about === 'notes')
  const [first] = await activated()
  assert.ok(first)

  const text = readFileSync(join(policies, 'notes.cedar'), 'utf8')
  writeFileSync(join(policies, 'notes.cedar'), text.replace('"archive"', '"attic"'))
  product.child.kill('SIGHUP')
  await until('the new set is active', async () => (await activated()).length === 2)

  writeFileSync(join(policies, 'notes.cedar'), text.replace('permit (', 'permit ('.slice(0, -1)))
  product.child.kill('SIGHUP')
  await until('the mistake is recorded', async () => (await list(['audit', 'list', '--what', 'policies.refused', ...at.data])).length === 1)
  assert.equal((await activated()).length, 2)
  const line = await until('the mistake is in the log', async () =>
    product
      .log()
      .split('\n')
      .find((said) => said.includes('a policy store kept its old set')),
  )
  const said = JSON.parse(line) as { readonly file: string; readonly line: number; readonly says: string }
  assert.equal(said.file, join(policies, 'notes.cedar'))
  assert.ok(said.line >= 1 && said.says.length > 0)
})

test('SIGHUP shows a new certificate to new connections; one that cannot be used changes nothing', async () => {
  const folder = temporaryFolder('certificates')
  const port = await freePort()
  const issuer = `https://id.example.test:${port}`
  const authority = makeAuthority()
  const renew = () => writeIssued(authority.issue({ hosts: ['id.example.test'] }), folder)
  const { certificateFile, keyFile } = renew()
  const tls = ['--tls-certificate', certificateFile, '--tls-key', keyFile]
  const made = await runCommand(['init', '--issuer', issuer, '--listen', `127.0.0.1:${port}`, ...tls, '--folder', folder])
  assert.equal(made.code, 0, made.err)
  const product = await startProduct(['--config', join(folder, 'countersign.yaml')])
  after(async () => product.stop('SIGKILL'))
  const shown = async () => (await askHttps(`${issuer}/livez`, { authority: authority.certificate })).fingerprint
  const before = await shown()
  renew()
  product.child.kill('SIGHUP')
  const renewed = await until('the new certificate is shown', async () => {
    const now = await shown()
    return now === before ? undefined : now
  })
  writeFileSync(certificateFile, 'no certificate')
  product.child.kill('SIGHUP')
  await until('the log says so', async () => product.log().includes('cannot be used together'))
  assert.equal(await shown(), renewed)
  assert.equal(await product.stop(), 0)
})
