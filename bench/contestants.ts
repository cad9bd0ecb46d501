/** Who is measured, and how each is set up: production settings, one process. @module */

import { execFileSync } from 'node:child_process'
import { appendFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { pack } from '../pack.ts'
import type { Contestant } from './contestant.ts'

const root = fileURLToPath(new URL('..', import.meta.url))
const secret = 'cs1_bench-secret-bench-secret-bench-secret-0123'

export const peer: Contestant = {
  name: 'oidc-provider',
  script: [join(root, 'bench/peers/oidc-provider.ts')],
  clientId: 'bench',
  clientSecret: 'bench-secret-bench-secret-bench-secret-0123',
  scope: 'api:read',
  readReady: (line) => (line.startsWith('{') ? (JSON.parse(line) as { port: number; tokenPath: string }) : undefined),
}

/** Countersign alone, as `countersign init` makes it: embedded database, every default as it is, one client added. */
export async function countersign(): Promise<Contestant & { readonly remove: () => void }> {
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
  appendFileSync(join(folder, 'countersign.yaml'), `\nclients:\n  - ${JSON.stringify({ ...client, secretFile: join(folder, 'secret') })}\n`)
  return {
    name: 'countersign',
    script: [program, 'start', '--server-only', '--json', '--config', join(folder, 'countersign.yaml')],
    clientId: client.clientId,
    clientSecret: secret,
    scope: 'api:read',
    readReady: (line) => (line.startsWith('{') ? { port, tokenPath: '/token' } : undefined),
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
}

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
