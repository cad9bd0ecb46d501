/**
 * The gateway, running.
 *
 * @module
 */

import { connectionLimits, listen, type ConnectionLimits } from '#http'
import { Unavailable } from '#kernel'
import type { LimitSettings } from '#ratelimit'
import type { GatewayConfig } from './config.ts'
import { buildGatehouse } from './gatehouse.ts'
import type { ChannelPlace } from './knowledge.ts'
import type { GatewayPorts } from './ports.ts'
import type { UpstreamLimits } from './proxy/upstream.ts'
import { receive, receiveUpgrade } from './reception.ts'
import { walk } from './walk.ts'

export interface GatewayOptions {
  readonly config: GatewayConfig
  readonly channel: ChannelPlace
  readonly ports: GatewayPorts
  readonly limits?: {
    readonly connections?: Partial<ConnectionLimits>
    readonly upstreams?: UpstreamLimits
    /** How hard apps may be hit; the class is `proxied`. */
    readonly requests?: LimitSettings | undefined
    /** How long the server may take to give this gateway what it needs. */
    readonly furnishMs?: number
  }
}

export interface Gateway {
  readonly port: number
  /** What is going on right now. */
  load(): Promise<GatewayLoad>
  /** Reads the certificate again. */
  reload(): Promise<void>
  /** Lets requests under way finish, ends WebSockets, cuts what is left after the bound, and writes what is still to be written. */
  close(withinMs: number): Promise<void>
}

export interface GatewayLoad {
  readonly connections: number
  readonly requests: number
  readonly websockets: number
  /** Whether the server was heard within the bound: else nothing is let through. */
  readonly isFresh: boolean
}

/** A server that is just starting opens its database first. */
const furnishMs = 10_000

/** Uploads and downloads take as long as they take: what is limited is silence. */
const throughMs = 0

/**
 * Starts a gateway: connects to the server, waits for keys and policies, and only
 * then listens. Rejects with one sentence when hosts contradict each other, the
 * address cannot be used, or the server does not answer in time.
 */
export async function startGateway({ config, channel, ports, limits }: GatewayOptions): Promise<Gateway> {
  const house = buildGatehouse(config, channel, ports, limits)
  try {
    await within(house.knowledge.ready, limits?.furnishMs ?? furnishMs)
    const { host, port, tls, tlsEndedBy } = config.listen
    const listener = await listen(
      {
        handle: (request, response) => void receive(house, walk, request, response),
        handleWaiting: (request, response) => void receive(house, walk, request, response, { waiting: true }),
        upgrade: (request, socket, head) => void receiveUpgrade(house, walk, request, socket, head),
        rawRefusal: house.rawRefusal,
        beginDrain: () => {
          house.isClosing = true
          for (const { abort, upgrade } of house.underWay) if (upgrade !== undefined) abort.abort('closing')
        },
      },
      {
        host,
        port,
        ...(tls === undefined ? {} : { tls }),
        ...(tlsEndedBy === undefined ? {} : { tlsEndedBy: tlsEndedBy.name }),
        limits: { ...connectionLimits, requestMs: throughMs, ...limits?.connections },
      },
    )
    return {
      port: listener.port,
      load: async () => {
        const websockets = [...house.underWay].filter(({ upgrade }) => upgrade !== undefined).length
        const requests = house.underWay.size - websockets
        return { connections: await listener.connections(), requests, websockets, isFresh: house.knowledge.isFresh }
      },
      reload: async () => listener.reload(),
      close: async (withinMs) => {
        await listener.drain(withinMs)
        for (const { abort } of house.underWay) abort.abort('closing')
        await house.close()
      },
    }
  } catch (error) {
    await house.close()
    throw error
  }
}

async function within(awaited: Promise<void>, ms: number): Promise<void> {
  const late = Promise.withResolvers<void>()
  const timer = setTimeout(() => late.reject(new Unavailable('server', new Error('it gave the gateway no keys and policies in time'))), ms)
  try {
    await Promise.race([awaited, late.promise])
  } finally {
    clearTimeout(timer)
  }
}
