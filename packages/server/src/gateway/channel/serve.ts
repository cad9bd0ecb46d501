/**
 * The server's end of the channel: a Unix socket on which gateways arrive.
 *
 * @module
 */

import { chmod, rm } from 'node:fs/promises'
import { createServer, type Server } from 'node:net'
import type { Duplex } from 'node:stream'
import { ConnectedGateway, type PushName, type ServingOptions } from './connected-gateway.ts'
import { freshForMs } from './contract.ts'

export interface ChannelServer {
  /** Gateways that have proven themselves. */
  readonly connected: number
  /** For connections that came another way, mutual TLS between machines for instance. */
  accept(stream: Duplex): void
  /** After a change of policies. Resolves when every gateway decides by the new ones, or decides nothing. */
  publishPolicies(): Promise<void>
  /** After a change of {@link ServerPorts.hosts}. Resolves when every gateway serves the new ones and has ended what was open on others, or serves none. */
  publishRoutes(): Promise<void>
  /** After a rotation of `gateway-assertion` or `gateway-session`. */
  publishSecrets(): Promise<void>
  close(): Promise<void>
}

/** Gateways on one server; more are a mistake or an attack on the socket. */
const mostGateways = 64

/**
 * Listens at `path`. The folder must belong to the server alone (0700): the
 * socket's own mode is set a moment after it appears, and whatever a dead server
 * left there is replaced. A path is at most 107 bytes long on Linux, 103 on macOS.
 */
export async function serveChannel(path: string, options: ServingOptions): Promise<ChannelServer> {
  const gateways = new Set<ConnectedGateway>()
  const accept = (stream: Duplex): void => {
    if (gateways.size >= mostGateways) {
      stream.destroy()
      return
    }
    const gateway = new ConnectedGateway(stream, options)
    gateways.add(gateway)
    void gateway.gone.then(() => gateways.delete(gateway))
  }
  const server = createServer(accept)
  await rm(path, { force: true })
  await bind(server, path)
  await chmod(path, 0o600)

  const tellAll = async (what: PushName, value: unknown): Promise<void> => {
    const proven = [...gateways].filter((gateway) => gateway.isProven)
    await withinBound(proven.map(async (gateway) => gateway.push(what, value)))
  }
  return {
    get connected() {
      return [...gateways].filter((gateway) => gateway.isProven).length
    },
    accept,
    publishPolicies: async () => tellAll('policies', options.ports.policies()),
    publishRoutes: async () => tellAll('routes', options.ports.hosts()),
    publishSecrets: async () => tellAll('secrets', (await options.ports.secrets()).reveal()),
    close: async () => {
      const closed = new Promise<void>((resolve) => server.close(() => resolve()))
      for (const gateway of gateways) gateway.close()
      await closed
      await rm(path, { force: true })
    },
  }
}

/** A gateway that does not hear within the bound is one that no longer decides anything. */
async function withinBound(told: readonly Promise<void>[]): Promise<void> {
  const bound = Promise.withResolvers<void>()
  const timer = setTimeout(bound.resolve, freshForMs)
  await Promise.race([Promise.allSettled(told), bound.promise])
  clearTimeout(timer)
}

function bind(server: Server, path: string): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject)
    // Exclusive: of several processes it is this one's alone.
    server.listen({ path, exclusive: true }, () => {
      server.removeListener('error', reject)
      resolve()
    })
  })
}
