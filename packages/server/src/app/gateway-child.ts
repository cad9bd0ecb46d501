/**
 * The gateway's process and the server's end of its channel.
 *
 * @module
 */

import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { serveChannel, type AskWatch, type ChannelServer, type GatewayConfig } from '#gateway'
import { base64url, randomBytes, sameBytes, Secret, sha256 } from '#kernel'
import { startChild } from './children.ts'
import type { House } from './compose.ts'
import type { Config } from './config.ts'
import { gatewayClientId } from './gateway-client.ts'
import { serverPorts } from './gateway-server-ports.ts'
import type { GatewayChildSettings } from './gateway-settings.ts'
import { namesKeyOf } from './open-buckets.ts'
import { ownListeners } from './route-mistakes.ts'
import { Keeper } from './keeper.ts'
import type { Log } from './log.ts'

export interface GatewayChild {
  /** Rejects when the gateway ended and could not be started again. */
  readonly failed: Promise<never>
  /** Gateways that have proven themselves. */
  connected(): number
  /** After policies or certificates were read again. */
  reload(): void
  stop(): Promise<void>
}

/** This program, for processes of ours. */
export const program: string = fileURLToPath(
  new URL(import.meta.url.endsWith('.ts') ? '../cli/main.ts' : '../cli/main.js', import.meta.url),
)

/**
 * How often the gateway's keys are compared with what it was told. With the ten seconds after which a server has read what another one
 * rotated, this is within the twenty that a new version waits before it seals.
 */
const secretsMs = 5_000

/** How long the gateway may take to finish what it is doing: two seconds more than it gives requests. */
const graceMs = 12_000

/** Starts the gateway of the configuration; undefined where there is none. */
export async function startGatewayChild(house: House, config: Config, log: Log, watch?: AskWatch): Promise<GatewayChild | undefined> {
  if (config.gateway === undefined) return undefined
  const secret = new Secret(randomBytes(32))
  const socket = join(config.dataDirectory, 'gateway.sock')
  const channel = await serveChannel(socket, {
    ports: serverPorts(house),
    secret,
    clock: house.ground.clock,
    log,
    watch,
  })
  const forgetPolicies = house.rulebook.onChange(async () => channel.publishPolicies())
  const forgetRoutes = house.routing.onChange(async () => channel.publishRoutes())
  const settings: GatewayChildSettings = {
    version: 1,
    config: gatewayConfig(config, config.gateway),
    socket,
    secret: base64url(secret.reveal()),
    log: config.log ?? {},
    ...(await limitsOf(house, config.limits)),
    ...metricsPlace(config.metrics),
    ...(config.referee?.share === undefined ? {} : { share: config.referee.share }),
    ...(config.tracing === undefined ? {} : { tracing: config.tracing }),
  }
  const keeper = new Keeper(
    { name: 'gateway', begin: async () => startChild('gateway', [program, 'gateway'], settings, log), graceMs },
    house.ground.clock,
    log,
  )
  const secrets = new SecretsTold(house, channel)
  const secretsTimer = setInterval(
    () => void secrets.tell().catch((error: unknown) => log.error('the gateway could not be told the newest keys', error)),
    secretsMs,
  )
  const stop = async (): Promise<void> => {
    clearInterval(secretsTimer)
    forgetPolicies()
    forgetRoutes()
    await keeper.stop()
    await channel.close()
  }
  try {
    await keeper.start()
  } catch (error) {
    await stop()
    throw error
  }
  return { failed: keeper.failed, connected: () => channel.connected, reload: () => keeper.signal('SIGHUP'), stop }
}

/** Tells the gateway its keys when they are others than it was told, whichever server rotated them. */
class SecretsTold {
  readonly #house: House
  readonly #channel: ChannelServer
  #told: Uint8Array | undefined

  constructor(house: House, channel: ChannelServer) {
    this.#house = house
    this.#channel = channel
  }

  async tell(): Promise<void> {
    const keys = sha256(JSON.stringify((await serverPorts(this.#house).secrets()).reveal()))
    if (this.#told !== undefined && sameBytes(keys, this.#told)) return
    await this.#channel.publishSecrets()
    this.#told = keys
  }
}

/** Requests through every gateway of this database are counted together where requests to its servers are. */
async function limitsOf({ ground, operation }: House, limits: Config['limits']): Promise<Pick<GatewayChildSettings, 'limits'>> {
  if (limits === undefined) return {}
  const { redis, classes } = limits
  const requests = classes === undefined ? {} : { classes }
  if (redis === undefined) return { limits: { requests } }
  const namesKey = await namesKeyOf(operation('gateway'), ground)
  return { limits: { requests, shared: { redis, namesKey: base64url(namesKey.reveal()) } } }
}

function metricsPlace(metrics: Config['metrics']): Pick<GatewayChildSettings, 'metrics'> {
  if (metrics?.gatewayListen === undefined) return {}
  return { metrics: { listen: metrics.gatewayListen, tokenFile: metrics.tokenFile } }
}

function gatewayConfig(config: Config, gateway: NonNullable<Config['gateway']>): GatewayConfig {
  return {
    issuer: config.issuer,
    listen: gateway.listen,
    hosts: gateway.hosts.map((host) => ({ ...host, clientId: gatewayClientId(host.origin) })),
    ownListeners: ownListeners(config).map(({ host, port }) => ({ host, port })),
  }
}

export type { ChannelServer }
