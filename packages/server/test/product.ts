/**
 * The product as a user starts it: real processes on free ports with data in a
 * temporary folder. They end with the test.
 *
 * @module
 */

import { spawn, type ChildProcess } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

const program = fileURLToPath(new URL('../src/cli/main.ts', import.meta.url))

/** What `start --json` prints when it is ready. */
export interface Started {
  readonly issuer: string
  readonly app?: string
  readonly admin?: { readonly apiUrl: string; readonly token: string }
  readonly accounts?: readonly { readonly username: string; readonly password: string; readonly roles: readonly string[] }[]
  readonly clients?: readonly { readonly client_id: string; readonly client_secret?: string; readonly redirect_uris?: readonly string[] }[]
  readonly pid: number
  readonly dataDir: string
}

export interface Product extends Started {
  readonly child: ChildProcess
  /** Everything that it wrote to standard error so far. */
  log(): string
  /** Ends it as an operator would, and waits. Returns its exit code. */
  stop(signal?: NodeJS.Signals): Promise<number | null>
}

const folders: string[] = []

/** A folder that is gone when the process is. */
export function temporaryFolder(name: string): string {
  if (folders.length === 0) process.once('exit', () => folders.forEach((folder) => rmSync(folder, { recursive: true, force: true })))
  const folder = mkdtempSync(join(tmpdir(), `countersign-${name}-`))
  folders.push(folder)
  return folder
}

/** A port that was free a moment ago. */
export async function freePort(): Promise<number> {
  return new Promise((resolve) => {
    const server = createServer()
    server.listen(0, '127.0.0.1', () => {
      const address = server.address()
      server.close(() => resolve(typeof address === 'object' && address !== null ? address.port : 0))
    })
  })
}

/** Runs the command line to its end. */
export async function countersign(
  words: readonly string[],
  input = '',
  env: Record<string, string> = {},
): Promise<{ code: number | null; out: string; err: string }> {
  const child = spawn(process.execPath, [program, ...words], {
    stdio: ['pipe', 'pipe', 'pipe'],
    env: { PATH: process.env['PATH'] ?? '', ...env },
  })
  const heard = { out: '', err: '' }
  child.stdout.on('data', (chunk: Buffer) => (heard.out += chunk.toString('utf8')))
  child.stderr.on('data', (chunk: Buffer) => (heard.err += chunk.toString('utf8')))
  child.stdin.end(input)
  const code = await new Promise<number | null>((resolve) => child.once('close', resolve))
  return { code, ...heard }
}

/** Starts the product and waits until it says that it is ready; its own words are in the error when it does not. */
export async function startProduct(words: readonly string[], env: Record<string, string> = {}): Promise<Product> {
  const child = spawn(process.execPath, [program, 'start', '--json', ...words], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { PATH: process.env['PATH'] ?? '', ...env },
  })
  const heard = { out: '', err: '' }
  child.stderr.on('data', (chunk: Buffer) => (heard.err += chunk.toString('utf8')))
  const ended = new Promise<number | null>((resolve) => child.once('close', resolve))
  const stopWithUs = (): void => void child.kill('SIGKILL')
  process.once('exit', stopWithUs)
  const started = await new Promise<Started>((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error(`not ready in 60 s: ${heard.err}`)), 60_000)
    child.stdout.on('data', (chunk: Buffer) => {
      heard.out += chunk.toString('utf8')
      const line = heard.out.split('\n').find((text) => text.startsWith('{') && text.endsWith('}'))
      if (line === undefined) return
      clearTimeout(timer)
      resolve(JSON.parse(line) as Started)
    })
    child.once('close', (code) => {
      clearTimeout(timer)
      reject(new Error(`ended with ${String(code)}: ${heard.err}${heard.out}`))
    })
  })
  return {
    ...started,
    child,
    log: () => heard.err,
    stop: async (signal = 'SIGTERM') => {
      child.kill(signal)
      const code = await ended
      process.removeListener('exit', stopWithUs)
      return code
    },
  }
}

/** Starts the demo on free ports. The same `data` again finds the same accounts only with the same ports. */
export async function startDemo(
  given: { data?: string; port?: number; gatewayPort?: number; serverOnly?: boolean } = {},
): Promise<Product & { port: number; gatewayPort: number }> {
  const port = given.port ?? (await freePort())
  const gatewayPort = given.gatewayPort ?? (await freePort())
  const data = given.data ?? join(temporaryFolder('demo'), 'data')
  const alone = given.serverOnly === true ? ['--server-only'] : []
  const product = await startProduct(['--demo', ...alone, '--port', String(port), '--gateway-port', String(gatewayPort), '--data', data])
  return { ...product, port, gatewayPort }
}
