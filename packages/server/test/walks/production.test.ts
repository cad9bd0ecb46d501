import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { parse, stringify } from 'yaml'
import { missingBrowser, openBrowser } from '../browser.ts'
import { makeAuthority } from '../http-certificates.ts'
import { countersign, freePort, startProduct, temporaryFolder } from '../product.ts'
import { walk } from './walk.ts'

const notes = fileURLToPath(new URL('../../../../examples/notes/', import.meta.url))
const resolver = fileURLToPath(new URL('resolve-example-test.ts', import.meta.url))

/** A process of the example, which trusts the test's authority and knows the test's names. */
async function startExample(program: string, settings: object, authority: string): Promise<number> {
  const child = spawn(process.execPath, ['--import', resolver, join(notes, program)], {
    stdio: ['pipe', 'pipe', 'inherit'],
    env: { NODE_EXTRA_CA_CERTS: authority },
  })
  after(() => child.kill('SIGKILL'))
  child.stdin.write(`${JSON.stringify(settings)}\n`)
  const line = await new Promise<string>((resolve, reject) => {
    child.stdout.once('data', (chunk: Buffer) => resolve(chunk.toString('utf8')))
    child.once('exit', (code) => reject(new Error(`${program} ended with ${String(code)}`)))
  })
  return (JSON.parse(line) as { readonly port: number }).port
}

test('the walk through the production shape, over https on names of its own', { skip: missingBrowser(), timeout: 240_000 }, async () => {
  const folder = temporaryFolder('production')
  const data = join(folder, 'data')
  const [port, gatewayPort] = [await freePort(), await freePort()]
  const issuer = `https://id.example.test:${port}`
  const app = `https://notes.example.test:${gatewayPort}`
  const path = (name: string): string => join(folder, name)

  const authority = makeAuthority()
  const issued = authority.issue({ hosts: ['id.example.test', 'notes.example.test'] })
  writeFileSync(path('ca.pem'), authority.certificate)
  writeFileSync(path('cert.pem'), issued.certificate)
  writeFileSync(path('key.pem'), issued.key, { mode: 0o600 })
  writeFileSync(path('notes.secret'), 'cs1_a-secret-of-the-notes-app-0123456789abcdef', { mode: 0o600 })

  const audience = `${app}/api`
  const listen = { host: '127.0.0.1', port: 0 }
  const shared = { issuer, publicOrigin: app, listen, audience }
  const apiPort = await startExample('api.ts', { ...shared, dataDir: path('notes') }, path('ca.pem'))
  const client = { client_id: 'notes', client_secret: readFileSync(path('notes.secret'), 'utf8') }
  const appPort = await startExample('app.ts', { ...shared, ...client, apiUrl: `http://127.0.0.1:${apiPort}` }, path('ca.pem'))

  const asked = {
    issuer,
    listen: `127.0.0.1:${port}`,
    folder,
    'tls-certificate': path('cert.pem'),
    'tls-key': path('key.pem'),
    app: `${app}=http://127.0.0.1:${appPort}`,
    'gateway-listen': `127.0.0.1:${gatewayPort}`,
    policies: join(notes, 'policies'),
    'link-file': path('link'),
  }
  const made = await countersign(['init', ...Object.entries(asked).flatMap(([name, value]) => [`--${name}`, value])])
  assert.equal(made.code, 0, made.err)
  furnish(path('countersign.yaml'), app, audience, path('notes.secret'))
  const product = await startProduct(['--config', path('countersign.yaml')])
  after(async () => product.stop())

  const people = { alice: 'editor', bob: 'viewer' }
  const password = 'a long enough passphrase of the walk'
  for (const [name, role] of Object.entries(people)) {
    const created = await countersign(['users', 'create', name, '--role', role, '--password-stdin', '--data', data], `${password}\n`)
    assert.equal(created.code, 0, created.err)
  }

  const opened = await openBrowser()
  after(async () => opened.close())
  const { browser } = opened
  const person = (username: string): { username: string; password: string } => ({ username, password })
  await walk({ browser, app, issuer, dataDir: data, alice: person('alice'), bob: person('bob'), unsafelyAcceptCertificates: true })
})

/** What an operator adds to the file that init wrote: the app's routes and its client. */
function furnish(file: string, app: string, audience: string, secretFile: string): void {
  const settings = parse(readFileSync(file, 'utf8')) as Record<string, unknown> & { gateway: { hosts: Record<string, unknown>[] } }
  const resource = { type: 'Collection', id: 'notes' }
  Object.assign(settings.gateway.hosts[0] ?? {}, {
    name: 'Notes',
    tellName: true,
    routes: [
      { path: '/assets/*', methods: ['GET'], open: 'anyone' },
      { path: '/*', methods: ['GET'], action: 'read', resource },
      { path: '/notes', methods: ['POST'], action: 'write', resource },
      { path: '/notes/*', methods: ['POST', 'DELETE'], action: 'delete', resource },
    ],
  })
  Object.assign(settings, {
    clients: [
      {
        clientId: 'notes',
        name: 'Notes',
        kind: 'confidential',
        secretFile,
        grantTypes: ['authorization_code', 'refresh_token'],
        redirectUris: [`${app}/oidc/callback`],
        scopes: ['openid', 'profile', 'notes:read', 'notes:write'],
        audiences: [audience],
      },
    ],
  })
  writeFileSync(file, stringify(settings, { aliasDuplicateObjects: false }))
}
