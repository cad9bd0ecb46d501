/**
 * The life of both programs. They read one line of JSON on standard input, since
 * arguments and the environment can be read by others; they answer it with one
 * line, `{"ready":true,"port":…}` or `{"mistake":"…"}`; and they end when that input
 * ends, so that neither outlives whoever started it, or when they are asked to.
 *
 * @module
 */

import type { AddressInfo } from 'node:net'
import { createInterface } from 'node:readline'
import type { FastifyInstance } from 'fastify'
import { SettingsMistake, type Settings } from './settings.ts'

/** How long requests under way have when a program is asked to end. */
const graceMs = 3_000

export async function runProgram<Told extends Settings>(
  read: (line: string) => Told,
  open: (settings: Told) => Promise<FastifyInstance>,
): Promise<void> {
  // Nobody is left to be told anything when this fails.
  process.stdout.on('error', () => undefined)
  let server: FastifyInstance | undefined
  const stop = (): void => {
    setTimeout(() => process.exit(0), graceMs)
    void Promise.resolve(server?.close()).finally(() => process.exit(0))
  }
  process.once('SIGTERM', stop)
  try {
    const settings = read(await firstLine(stop))
    server = await open(settings)
    await server.listen(settings.listen)
    say({ ready: true, port: (server.server.address() as AddressInfo).port })
  } catch (error) {
    say({ mistake: inWords(error) })
    process.exit(1)
  }
}

async function firstLine(onEnd: () => void): Promise<string> {
  const lines = createInterface({ input: process.stdin })
  return new Promise((resolve, reject) => {
    lines.once('line', (line) => {
      lines.once('close', onEnd)
      resolve(line)
    })
    lines.once('close', () => reject(new SettingsMistake('The settings are one line of JSON on standard input, and none came.')))
  })
}

/** Pipes are written before this returns (`process` in Node's documentation: "A note on process I/O"). */
function say(words: object): void {
  process.stdout.write(`${JSON.stringify(words)}\n`)
}

/** Anything but what settings can cause is a defect, and ends the program with its stack. */
function inWords(error: unknown): string {
  if (error instanceof SettingsMistake) return error.message
  if (!(error instanceof Error) || !('code' in error) || typeof error.code !== 'string') throw error
  if (error.code === 'EADDRINUSE') return 'The port in listen.port is taken.'
  if ('syscall' in error) return `The machine does not let it start with these settings (${error.code}).`
  throw error
}
