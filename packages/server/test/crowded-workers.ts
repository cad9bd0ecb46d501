/**
 * Two workers of `node:cluster` with a listener of ours on one port, each with
 * room for as many connections as the first word says, or for the usual number.
 * Says the port when both listen.
 *
 * @module
 */

import cluster from 'node:cluster'
import { listen, type Answering } from '#http'

const most = process.argv[2]
if (cluster.isPrimary) {
  cluster.setupPrimary({ args: process.argv.slice(2) })
  const workers = [cluster.fork(), cluster.fork()]
  const ports = await Promise.all(
    workers.map(async (worker) => new Promise<number>((resolve) => worker.once('listening', ({ port }) => resolve(port)))),
  )
  process.stdout.write(`${ports[0]}\n`)
  process.stdin.once('close', () => process.exit(0)).resume()
} else {
  const answering: Answering = { handle: (_request, response) => void response.end('here'), rawRefusal: () => '' }
  await listen(answering, { host: '127.0.0.1', port: 0, ...(most === undefined ? {} : { limits: { mostConnections: Number(most) } }) })
}
