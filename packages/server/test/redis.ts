/**
 * A real Redis (or Valkey) from Debian on a free port of loopback, with nothing
 * on disk. It ends with the test file.
 *
 * @module
 */

import { spawn, type ChildProcess } from 'node:child_process'
import { createConnection } from 'node:net'
import { after } from 'node:test'
import { missing } from './parts.ts'
import { freePort } from './product.ts'

/** For node:test's `skip`. */
export const missingRedis = (): string | false => missing('redis-server')

export interface TestRedis {
  readonly port: number
  readonly url: string
  kill(signal: NodeJS.Signals): Promise<void>
  /** The same port again, with nothing in it. */
  restart(): Promise<void>
}

/** Starts it. `options` are its own: `--requirepass`, `--tls-port`. */
export async function startRedis(options: readonly string[] = [], tls = false): Promise<TestRedis> {
  const port = await freePort()
  const listening = tls ? ['--port', '0', '--tls-port', String(port)] : ['--port', String(port)]
  let child: ChildProcess
  const start = async (): Promise<void> => {
    child = spawn('redis-server', [...listening, '--bind', '127.0.0.1', '--save', '', '--appendonly', 'no', ...options], {
      stdio: 'ignore',
    })
    await answering(port)
  }
  await start()
  const kill = async (signal: NodeJS.Signals): Promise<void> => {
    const ended = new Promise((resolve) => child.once('close', resolve))
    child.kill(signal)
    if (signal !== 'SIGSTOP' && signal !== 'SIGCONT') await ended
  }
  after(() => void child.kill('SIGKILL'))
  return { port, url: `${tls ? 'rediss' : 'redis'}://localhost:${port}`, kill, restart: start }
}

/** Until it accepts connections. */
async function answering(port: number): Promise<void> {
  for (;;) {
    const isThere = await new Promise<boolean>((resolve) => {
      const socket = createConnection(port, '127.0.0.1', () => {
        socket.destroy()
        resolve(true)
      })
      socket.once('error', () => resolve(false))
    })
    if (isThere) return
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
}
