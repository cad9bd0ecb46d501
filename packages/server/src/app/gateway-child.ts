/**
 * The gateway's process and the server's end of its channel.
 *
 * @module
 */

import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { serveChannel, type ChannelServer, type GatewayConfig } from '#gateway'
import { base64url, randomBytes, Secret } from '#kernel'
import { startChild, type Child } from './children.ts'
import type { House } from './compose.ts'
import type { Config } from './config.ts'
import { gatewayClientId } from './configured-clients.ts'
import { serverPorts } from './gateway-server-ports.ts'
import type { GatewayChildSettings } from './gateway-settings.ts'
import type { Log } from './log.ts'
import { StartMistake } from './mistake.ts'

export interface GatewayChild {
  /** Rejects when the gateway ended and could not be started again. */
  readonly failed: Promise<never>
  /** After policies or certificates were read again. */
  reload(): void
  stop(): Promise<void>
}

const program = fileURLToPath(new URL(import.meta.url.endsWith('.ts') ? '../cli/main.ts' : '../cli/main.js', import.meta.url))

/** How long a gateway may take to finish what it is doing. */
const graceMs = 12_000
/** A gateway that dies at once every time is not started for ever. */
const mostRestarts = 5
const pauseMs = 1_000

/** Starts the gateway of the configuration; undefined where there is none. */
export async function startGatewayChild(house: House, config: Config, log: Log): Promise<GatewayChild | undefined> {
  if (config.gateway === undefined) return undefined
  const secret = new Secret(randomBytes(32))
  const socket = join(config.dataDirectory, 'gateway.sock')
  const channel = await serveChannel(socket, {
    ports: serverPorts(house),
    secret,
    clock: house.ground.clock,
    log,
  })
  const forgetPolicies = house.rulebook.onChange(() => void channel.publishPolicies())
  const settings: GatewayChildSettings = {
    version: 1,
    config: gatewayConfig(config, config.gateway),
    socket,
    secret: base64url(secret.reveal()),
    logLevel: config.log?.level ?? 'warn',
  }
  const keeper = new Keeper(async () => startChild('gateway', [program, 'gateway'], settings, log), log)
  await keeper.start()
  return {
    failed: keeper.failed,
    reload: () => keeper.signal('SIGHUP'),
    stop: async () => {
      forgetPolicies()
      await keeper.stop()
      await channel.close()
    },
  }
}

function gatewayConfig(config: Config, gateway: NonNullable<Config['gateway']>): GatewayConfig {
  return {
    issuer: config.issuer,
    listen: gateway.listen,
    hosts: gateway.hosts.map((host) => ({ ...host, clientId: gatewayClientId(host.origin) })),
  }
}

/** Keeps one child running. */
class Keeper {
  readonly failed: Promise<never>
  readonly #begin: () => Promise<Child>
  readonly #log: Log
  #child: Child | undefined
  #stopped = false
  #restarts = 0
  #fail: (error: Error) => void = () => {}

  constructor(begin: () => Promise<Child>, log: Log) {
    this.#begin = begin
    this.#log = log
    this.failed = new Promise((_resolve, reject) => (this.#fail = reject))
    this.failed.catch(() => {})
  }

  async start(): Promise<void> {
    const child = await this.#begin()
    this.#child = child
    void child.ended.then(async () => this.#again())
  }

  signal(name: NodeJS.Signals): void {
    if (this.#child !== undefined) process.kill(this.#child.pid, name)
  }

  async stop(): Promise<void> {
    this.#stopped = true
    await this.#child?.stop(graceMs)
  }

  async #again(): Promise<void> {
    if (this.#stopped) return
    this.#restarts += 1
    this.#log.warn('the gateway ended by itself and is started again', { times: this.#restarts })
    await new Promise((resolve) => setTimeout(resolve, pauseMs))
    if (this.#stopped) return
    try {
      if (this.#restarts > mostRestarts) throw new StartMistake('The gateway ended again and again; the log says why.')
      await this.start()
    } catch (error) {
      this.#fail(error instanceof Error ? error : new StartMistake('The gateway cannot be started.'))
    }
  }
}

export type { ChannelServer }
