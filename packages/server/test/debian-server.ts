/** Servers from Debian on a port of loopback, in the foreground. @module */

import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { connect } from 'node:net'

export interface DebianServer {
  /** Everything that it wrote to standard error so far. */
  readonly said: () => string
  readonly stop: () => Promise<void>
}

/** Resolves when somebody answers at the port. */
export async function startDebianServer(command: string, words: readonly string[], port: number): Promise<DebianServer> {
  const child = spawn(command, words, {
    stdio: ['ignore', 'ignore', 'pipe'],
    env: { PATH: `${process.env['PATH'] ?? ''}:/usr/sbin` },
  })
  let said = ''
  child.stderr.on('data', (chunk: Buffer) => (said += chunk.toString('utf8')))
  const ended = once(child, 'exit')
  const stop = async (): Promise<void> => {
    child.kill('SIGKILL')
    await ended
  }
  for (let tries = 0; tries < 400 && child.exitCode === null; tries += 1) {
    if (await isAnswered(port)) return { said: () => said, stop }
    await new Promise((resolve) => setTimeout(resolve, 25))
  }
  await stop()
  throw new Error(`${command} did not start: ${said}`)
}

function isAnswered(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const probe = connect(port, '127.0.0.1')
    probe.once('connect', () => resolve(true)).once('error', () => resolve(false))
    probe.unref()
    probe.once('connect', () => probe.destroy())
  })
}
