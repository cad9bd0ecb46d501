/** How an app of this folder is told what to be, and ends with whoever told it. @module */

import type { Server } from 'node:http'
import { createInterface } from 'node:readline'
import type { AppSettings } from './start.ts'

/** The first line of standard input. */
export async function readSettings(): Promise<AppSettings> {
  const lines = createInterface({ input: process.stdin })
  lines.once('close', () => process.exit())
  return new Promise((resolve) => lines.once('line', (line) => resolve(JSON.parse(line) as AppSettings)))
}

/** Says so when it listens. */
export function listen(server: Server, port: number): void {
  server.listen(port, '127.0.0.1', () => process.stdout.write('listening\n'))
}
