/** Apps of client libraries, each as a process of its own on loopback. @module */

import { spawn } from 'node:child_process'
import { fileURLToPath } from 'node:url'

export interface ClientApp {
  readonly stop: () => Promise<void>
}

/** What every app is told, as one line on its standard input. It ends when that input ends. */
export interface AppSettings {
  readonly issuer: string
  readonly port: number
  readonly client_id: string
  readonly client_secret?: string | undefined
}

/** Debian's own, which sees Debian's packages; another may come first in the path. */
export const debianPython = '/usr/bin/python3'

/** Starts `NAME.ts` or `NAME.py` of this folder. Resolves when it has said that it listens. */
export async function startClientApp(name: string, settings: AppSettings & Readonly<Record<string, unknown>>): Promise<ClientApp> {
  const program = fileURLToPath(new URL(name, import.meta.url))
  const child = spawn(name.endsWith('.py') ? debianPython : process.execPath, [program], { stdio: ['pipe', 'pipe', 'pipe'] })
  let said = ''
  child.stderr.on('data', (chunk: Buffer) => (said += chunk.toString('utf8')))
  const ended = new Promise<void>((resolve) => child.once('close', () => resolve()))
  child.stdin.write(`${JSON.stringify(settings)}\n`)
  await new Promise<void>((resolve, reject) => {
    child.stdout.once('data', () => resolve())
    child.once('close', (code) => reject(new Error(`${name} ended with ${String(code)}: ${said}`)))
  })
  return {
    stop: async () => {
      child.kill('SIGKILL')
      await ended
    },
  }
}
