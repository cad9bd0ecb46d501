/** Who is measured, and how each is set up: production settings, one process. @module */

import { execFileSync, type ExecFileSyncOptions } from 'node:child_process'
import { appendFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { pack } from '../pack.ts'
import { askForCode, redirectUri, type Contestant, type Ready } from './contestant.ts'
import { Jar } from './jar.ts'

const root = fileURLToPath(new URL('..', import.meta.url))
const password = 'several words that do not belong'
const secret = 'cs1_bench-secret-bench-secret-bench-secret-0123'

/** The peers: as durable as Countersign, and with what it keeps in memory, which its makers say is for development only. */
export function peers(): readonly Contestant[] {
  return [oidcProvider('oidc-provider, durable', ['--durable']), oidcProvider('oidc-provider, in memory', [])]
}

function oidcProvider(name: string, options: readonly string[]): Contestant {
  const folder = mkdtempSync(join(tmpdir(), 'countersign-bench-peer-'))
  return {
    name,
    script: [join(root, 'bench/peers/oidc-provider.ts'), folder, ...options],
    clientId: 'bench',
    clientSecret: 'bench-secret-bench-secret-bench-secret-0123',
    scope: 'api:read',
    introspectedResource: 'https://opaque.example.test',
    publicClientId: 'bench-public',
    signIn: async ({ port, authorizePath }) => {
      const jar = new Jar(`http://localhost:${port}`)
      await jar.follow(`${authorizePath}?${askForCode('bench-public', 'openid')}`)
      return jar.cookies()
    },
    readReady: (line) => (line.startsWith('{') ? (JSON.parse(line) as Ready) : undefined),
    remove: () => rmSync(folder, { recursive: true, force: true }),
  }
}

/** Countersign alone, as `countersign init` makes it: embedded database, every default as it is, one client added. */
export async function countersign(): Promise<Contestant> {
  const folder = mkdtempSync(join(tmpdir(), 'countersign-bench-'))
  const program = await installed()
  const port = await freePort()
  const options = [
    '--issuer',
    `http://localhost:${port}`,
    '--listen',
    `127.0.0.1:${port}`,
    '--folder',
    folder,
    '--link-file',
    join(folder, 'link'),
  ]
  execFileSync(process.execPath, [program, 'init', ...options], { stdio: ['ignore', 'ignore', 'inherit'] })
  writeFileSync(join(folder, 'secret'), secret, { mode: 0o600 })
  const clients = [{ ...client, secretFile: join(folder, 'secret') }, publicClient].map((one) => `  - ${JSON.stringify(one)}\n`)
  appendFileSync(join(folder, 'countersign.yaml'), `\nclients:\n${clients.join('')}limits: ${JSON.stringify(limits)}\n`)
  const people = new Set<number>()
  const given: ExecFileSyncOptions = { input: password, stdio: ['pipe', 'ignore', 'inherit'] }
  return {
    name: 'countersign',
    script: [program, 'start', '--server-only', '--json', '--config', join(folder, 'countersign.yaml')],
    clientId: client.clientId,
    clientSecret: secret,
    scope: 'api:read',
    publicClientId: publicClient.clientId,
    signIn: async (_, who) => {
      const data = ['--data', join(folder, 'data')]
      const username = `person-${who}`
      if (!people.has(who)) execFileSync(process.execPath, [program, 'users', 'create', username, '--password-stdin', ...data], given)
      people.add(who)
      const jar = new Jar(`http://localhost:${port}`)
      await jar.send('/sign-in', { username, password })
      const asked = await jar.follow(`/authorize?${askForCode(publicClient.clientId, 'openid offline_access api:read')}`)
      const [, state = ''] = /name="state" value="([^"]+)"/.exec(asked.body) ?? []
      await jar.send('/consent', { state, decision: 'allow' })
      return jar.cookies()
    },
    readReady: (line) =>
      line.startsWith('{') ? { port, tokenPath: '/token', authorizePath: '/authorize', introspectPath: '/introspect' } : undefined,
    remove: () => rmSync(folder, { recursive: true, force: true }),
  }
}

const client = {
  clientId: 'bench',
  name: 'Bench',
  kind: 'confidential',
  grantTypes: ['client_credentials'],
  scopes: ['api:read'],
  audiences: ['https://api.example.test'],
  introspects: ['https://api.example.test'],
}

const publicClient = {
  clientId: 'bench-public',
  name: 'Bench',
  kind: 'public',
  redirectUris: [redirectUri],
  grantTypes: ['authorization_code', 'refresh_token'],
  scopes: ['openid', 'offline_access', 'api:read'],
  audiences: ['https://api.example.test'],
}

/** What an address and a person may ask is counted as ever; it is more than a load generator asks. */
const rate = { burst: 1_000_000, perSecond: 1_000_000 }
const limits = { classes: { page: { address: rate, principal: rate }, api: { address: rate, principal: rate } } }

/** What production installs: plain JavaScript, as `npm run pack` makes it, beside the dependencies of this checkout. */
async function installed(): Promise<string> {
  const folder = join(root, 'build', 'bench')
  rmSync(folder, { recursive: true, force: true })
  mkdirSync(folder, { recursive: true })
  execFileSync('tar', ['xzf', await pack('server', folder), '-C', folder])
  return join(folder, 'package/dist/cli/main.js')
}

async function freePort(): Promise<number> {
  return new Promise((resolve) => {
    const server = createServer()
    server.listen(0, '127.0.0.1', () => {
      const address = server.address()
      server.close(() => resolve(typeof address === 'object' && address !== null ? address.port : 0))
    })
  })
}
