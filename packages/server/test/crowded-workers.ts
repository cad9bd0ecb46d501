/**
 * Two workers of `node:cluster` with a listener of ours on one port, each with
 * room for a single connection. Says the port when both listen.
 *
 * @module
 */

import cluster from 'node:cluster'
import { listen } from '#http'

if (cluster.isPrimary) {
  const workers = [cluster.fork(), cluster.fork()]
  const ports = await Promise.all(
    workers.map(async (worker) => new Promise<number>((resolve) => worker.once('listening', ({ port }) => resolve(port)))),
  )
  process.stdout.write(`${ports[0]}\n`)
  process.stdin.once('close', () => process.exit(0)).resume()
} else {
  const answering = { handle: (): void => undefined, rawRefusal: (): string => '' }
  await listen(answering, { host: '127.0.0.1', port: 0, limits: { mostConnections: 1 } })
}
