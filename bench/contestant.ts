/**
 * A server under measurement: a process of its own, pinned to one core where
 * the system can, so that the load generator has the other.
 *
 * @module
 */

import { createHash } from 'node:crypto'
import { spawn, spawnSync, type ChildProcess } from 'node:child_process'
import { readFileSync } from 'node:fs'

/** What a contestant prints when it is ready, on one line. */
export interface Ready {
  readonly port: number
  readonly tokenPath: string
  readonly authorizePath: string
  readonly introspectPath: string
}

export interface Contestant {
  readonly name: string
  /** The command line; the first word is run by this process's Node. */
  readonly script: readonly string[]
  readonly clientId: string
  readonly clientSecret: string
  readonly scope?: string
  /** The resource whose tokens it may ask about, where that is not the usual one. */
  readonly introspectedResource?: string
  /** A public client with {@link redirectUri}. */
  readonly publicClientId: string
  /** The cookies of a person who has signed in and consented; another number is another person. */
  readonly signIn: (server: Ready, who: number) => Promise<string>
  /** Reads the ready line. */
  readonly readReady: (line: string) => Ready | undefined
  /** Takes away what it kept on disk. */
  readonly remove: () => void
}

export interface Running extends Ready {
  readonly pid: number
  readonly startedAt: number
  stop(): Promise<void>
}

/** Both sides hash it; that it is no secret changes nothing about what they do. */
export const codeVerifier = 'a-verifier-that-every-request-of-the-benchmark-has'

/** https, so that a consent is remembered for a public client. */
export const redirectUri = 'https://app.example.test/callback'

const hasTaskset = spawnSync('taskset', ['-V']).status === 0

/** The command line of a script under this process's Node, on one core where the system can. */
export function onOneCore(script: readonly string[]): readonly [string, ...string[]] {
  return hasTaskset ? ['taskset', '-c', '0', process.execPath, ...script] : [process.execPath, ...script]
}

/** Starts a contestant and waits for its ready line, at most half a minute. */
export async function startContestant(contestant: Contestant): Promise<Running> {
  const [command, ...words] = onOneCore(contestant.script)
  const startedAt = performance.now()
  const child = spawn(command, words, { stdio: ['pipe', 'pipe', 'inherit'] })
  const ready = await readyLine(child, contestant)
  return {
    ...ready,
    pid: child.pid ?? 0,
    startedAt,
    stop: async () => {
      const gone = new Promise((resolve) => child.once('exit', resolve))
      child.kill('SIGTERM')
      await gone
    },
  }
}

async function readyLine(child: ChildProcess, contestant: Contestant): Promise<Ready> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => {
      child.kill('SIGKILL')
      reject(new Error(`${contestant.name} was not ready in 30 s`))
    }, 30_000)
    let text = ''
    child.stdout?.on('data', (chunk: Buffer) => {
      text += chunk.toString('utf8')
      for (const line of text.split('\n').slice(0, -1)) {
        const ready = contestant.readReady(line)
        if (ready === undefined) continue
        clearTimeout(timer)
        resolve(ready)
      }
    })
    child.once('exit', (code) => {
      clearTimeout(timer)
      reject(new Error(`${contestant.name} ended with ${String(code)} before it was ready`))
    })
  })
}

/** What a client that acts for itself asks for. */
export function clientCredentialsForm({ scope }: Contestant, resource?: string): Readonly<Record<string, string>> {
  return {
    grant_type: 'client_credentials',
    ...(scope === undefined ? {} : { scope }),
    ...(resource === undefined ? {} : { resource }),
  }
}

/** The `Authorization` of a client that authenticates with HTTP Basic. */
export function basic({ clientId, clientSecret }: Contestant): string {
  return `Basic ${Buffer.from(`${encodeURIComponent(clientId)}:${encodeURIComponent(clientSecret)}`).toString('base64')}`
}

/** What a client asks for with the challenge of {@link codeVerifier}. */
export function askForCode(clientId: string, scope: string): URLSearchParams {
  return new URLSearchParams({
    response_type: 'code',
    client_id: clientId,
    redirect_uri: redirectUri,
    scope,
    code_challenge: createHash('sha256').update(codeVerifier).digest('base64url'),
    code_challenge_method: 'S256',
  })
}

/** A POST of a form to the server, whole. */
export function formRequest(path: string, { port }: Ready, form: Readonly<Record<string, string>>, authorization?: string): string {
  const body = new URLSearchParams(form).toString()
  return [
    `POST ${path} HTTP/1.1`,
    `Host: localhost:${port}`,
    ...(authorization === undefined ? [] : [`Authorization: ${authorization}`]),
    'Content-Type: application/x-www-form-urlencoded',
    `Content-Length: ${Buffer.byteLength(body)}`,
    '',
    body,
  ].join('\r\n')
}

/** By what a JWT is signed, unverified: both sides must hand out the same thing. */
export function algorithmOf(token: string): string | undefined {
  const header = JSON.parse(Buffer.from(token.split('.')[0] ?? '', 'base64url').toString('utf8') || '{}') as { alg?: string }
  return header.alg
}

/** Resident memory of a process in MB, from the kernel. Undefined where the system does not say. */
export function residentMegabytes(pid: number): number | undefined {
  try {
    const line = /VmRSS:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))
    return line === null ? undefined : Number(line[1]) / 1024
  } catch {
    const shown = spawnSync('ps', ['-o', 'rss=', '-p', String(pid)], { encoding: 'utf8' })
    return shown.status === 0 ? Number(shown.stdout.trim()) / 1024 : undefined
  }
}
