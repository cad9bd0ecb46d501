/**
 * Stands where browsers think that the servers are, and hands every connection
 * to the server that the test says: what a balancer does, byte by byte.
 *
 * @module
 */

import { connect, createServer, type Server, type Socket } from 'node:net'
import type { Cluster, Member } from './cluster.ts'

export interface Balancer {
  /** From now on. Connections to another server end, so that the next request goes there. */
  sendTo(member: Member): void
  stop(): Promise<void>
}

/** For a cluster that was made with `balanced`. */
export async function startBalancer({ issuer, app, members: [first] }: Cluster): Promise<Balancer> {
  let chosen: Member = first
  const open = new Set<Socket>()
  const listenFor = async (url: string, portOf: (member: Member) => number): Promise<Server> => {
    const server = createServer((near) => {
      const far = connect(portOf(chosen), '127.0.0.1')
      for (const [socket, other] of [
        [near, far],
        [far, near],
      ] as const) {
        open.add(socket)
        socket
          .on('error', () => {})
          .once('close', () => {
            open.delete(socket)
            other.destroy()
          })
        socket.pipe(other)
      }
    })
    await new Promise<void>((resolve) => server.listen(Number(new URL(url).port), '127.0.0.1', resolve))
    return server
  }
  const servers = [await listenFor(issuer, ({ port }) => port), await listenFor(app, ({ gatewayPort }) => gatewayPort)]
  const cut = (): void => {
    for (const socket of open) socket.destroy()
  }
  return {
    sendTo: (member) => {
      chosen = member
      cut()
    },
    stop: async () => {
      for (const server of servers) server.close()
      cut()
      await Promise.resolve()
    },
  }
}
