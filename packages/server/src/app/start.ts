/**
 * `countersign start`: read, open, listen, say that it is ready, and drain when
 * asked to end. Each step that fails says one sentence and leaves nothing open.
 *
 * @module
 */

import { mkdirSync } from 'node:fs'
import { listen, listenForOwner, rawRefusals, securityHeaders, type Answering, type Listener } from '#http'
import { newId, systemClock } from '#kernel'
import { socketPath } from '#remote'
import { PolicyMistakes } from '#rulebook'
import { composeHouse, type House } from './compose.ts'
import type { Config } from './config.ts'
import { ensureConfiguredClients, ensureGatewayClients } from './configured-clients.ts'
import { startDemoParts, type DemoParts } from './demo-start.ts'
import { startGatewayChild, type GatewayChild } from './gateway-child.ts'
import { openGround } from './ground.ts'
import { createLog, type Log } from './log.ts'
import { sayingOutage, StartMistake } from './mistake.ts'
import { ensureCommandLineClient } from './own-client.ts'
import { whenNpmEnds } from './npm-parent.ts'
import { readProductionConfig } from './production-config.ts'
import type { ListenerSettings } from './settings.ts'
import { openTelemetry } from './telemetry/telemetry.ts'
import { programVersion } from './version.ts'
import type { Words } from './words.ts'

export interface StartAsked {
  readonly demo: boolean
  readonly config: string | undefined
  readonly port: number | undefined
  readonly gatewayPort: number | undefined
  readonly dataDirectory: string | undefined
  /** Without the gateway and the demo's app. */
  readonly serverOnly: boolean
  /** The operator says that there was no data: an empty place is otherwise a loss. */
  readonly newInstance: boolean
  readonly print: Words
}

/** Requests under way get this long to finish. */
const drainMs = 10_000

/** Runs until it is asked to end. Resolves with the exit code; throws `StartMistake` when it cannot start. */
export async function start(asked: StartAsked): Promise<number> {
  const stopping = new Stopping()
  if (asked.demo) stopping.endWithNpm()
  let parts: DemoParts | undefined
  try {
    parts = asked.demo ? await startDemoParts(asked) : undefined
    const config = parts?.config ?? productionConfig(asked)
    const log = createLog(config.log?.level ?? 'warn', 'server')
    await serve(asked, config, parts, log, stopping)
    return 0
  } catch (error) {
    throw sayingOutage(error)
  } finally {
    await parts?.stop()
    stopping.forget()
  }
}

function productionConfig(asked: StartAsked): Config {
  for (const [name, value] of Object.entries({ port: asked.port, 'gateway-port': asked.gatewayPort, data: asked.dataDirectory })) {
    if (value !== undefined) throw new StartMistake(`--${name} is for the demo; in production the configuration says it.`)
  }
  return readProductionConfig(asked.config)
}

async function serve(asked: StartAsked, config: Config, parts: DemoParts | undefined, log: Log, stopping: Stopping): Promise<void> {
  const telemetry = await openTelemetry(config, log, systemClock, programVersion())
  const ground = await openGround(config, {
    ...(parts === undefined
      ? { stamp: 'production', rootKey: 'refuse', expects: asked.newInstance ? 'nothing' : 'data' }
      : { stamp: 'demo', rootKey: 'make' }),
    onCommit: telemetry.meters?.onCommit,
  })
  let house: House
  try {
    house = await composeHouse({ config, ground, log, version: programVersion(), telemetry })
  } catch (error) {
    await ground.store.close()
    if (error instanceof PolicyMistakes) throw new StartMistake(error.message, { cause: error })
    throw error
  }
  const listeners: Listener[] = []
  let gateway: GatewayChild | undefined
  try {
    await ensureCommandLineClient(house, config)
    await ensureConfiguredClients(house, config)
    await ensureGatewayClients(house, config)
    await parts?.furnish(house)
    // Before anybody is answered, so that whoever sees the server ready can measure it.
    let main: Listener | undefined
    const running = { house, connections: async () => main?.connections() ?? 0, gateways: () => gateway?.connected() ?? 0 }
    listeners.push(...(await listening(async () => telemetry.listen(running))))
    main = await openListener(house, config.listen, config.issuerUrl.protocol === 'https:', telemetry.meters?.unreadable)
    listeners.push(main)
    listeners.push(await openOwnerSocket(house, config))
    if (!asked.serverOnly) {
      gateway = await startGatewayChild(house, config, log, telemetry.asked)
    }
    await say(asked, house, config, parts)
    stopping.onReload(() => void reload(house, listeners, gateway, log))
    await Promise.race([stopping.asked, ...(gateway === undefined ? [] : [gateway.failed])])
  } finally {
    await gateway?.stop()
    await Promise.all(listeners.map((listener) => listener.drain(drainMs)))
    await house.close()
    await telemetry.close()
  }
}

async function openListener(
  house: House,
  settings: ListenerSettings,
  secure: boolean,
  onUnreadable?: (code: string) => void,
): Promise<Listener> {
  const refuse = rawRefusals(securityHeaders(secure), () => newId('req'))
  const answering: Answering = {
    handle: house.server.handle,
    beginDrain: () => house.server.beginDrain(),
    rawRefusal: (code) => {
      onUnreadable?.(code)
      return refuse(code)
    },
  }
  const { host, port, tls, tlsEndedBy } = settings
  return listening(async () =>
    listen(answering, {
      host,
      port,
      ...(tls === undefined ? {} : { tls }),
      ...(tlsEndedBy === undefined ? {} : { tlsEndedBy: tlsEndedBy.name }),
    }),
  )
}

async function openOwnerSocket(house: House, config: Config): Promise<Listener> {
  const answering = { handle: house.server.handle, rawRefusal: rawRefusals(securityHeaders(false), () => newId('req')) }
  return listening(async () => {
    // With a database elsewhere, nothing else has made the folder.
    mkdirSync(config.dataDirectory, { recursive: true, mode: 0o700 })
    return listenForOwner(answering, socketPath(config.dataDirectory))
  })
}

/** What keeps a listener from opening is one sentence already. */
async function listening<Opened>(open: () => Promise<Opened>): Promise<Opened> {
  try {
    return await open()
  } catch (error) {
    if (error instanceof Error && !(error instanceof StartMistake)) throw new StartMistake(`${error.message}.`, { cause: error })
    throw error
  }
}

async function say({ print, serverOnly }: StartAsked, house: House, config: Config, parts: DemoParts | undefined): Promise<void> {
  const facts = { issuer: config.issuer, pid: process.pid, dataDir: config.dataDirectory }
  if (parts !== undefined) return parts.say(print, house, serverOnly)
  const app = config.gateway?.hosts[0]?.origin
  print.result({ ...facts, ...(app === undefined || serverOnly ? {} : { app }) }, () => [
    `Countersign is ready at ${config.issuer}`,
    ...(serverOnly ? [] : (config.gateway?.hosts ?? []).map(({ name, origin }) => `${name} is guarded at ${origin}`)),
  ])
}

/** SIGHUP: policies and certificates are read again. What is wrong stays as it was, and the log says so. */
async function reload(house: House, listeners: readonly Listener[], gateway: GatewayChild | undefined, log: Log): Promise<void> {
  try {
    const { mistakes } = await house.rulebook.reload(house.operation('reload'))
    for (const { file, line, says } of mistakes) log.warn('a policy store kept its old set', { file, line, says })
    for (const listener of listeners) await listener.reload()
    gateway?.reload()
    log.info('policies and certificates were read again')
  } catch (error) {
    log.error('reading again failed; what was not read stays as it was', error)
  }
}

/** The signals by which a process is asked things. */
class Stopping {
  readonly asked: Promise<void>
  #resolve: () => void = () => {}
  #reload: () => void = () => {}
  #forgetNpm: () => void = () => {}
  readonly #onEnd = (): void => this.#resolve()
  readonly #onReload = (): void => this.#reload()

  constructor() {
    this.asked = new Promise((resolve) => (this.#resolve = resolve))
    process.on('SIGTERM', this.#onEnd).on('SIGINT', this.#onEnd).on('SIGHUP', this.#onReload)
  }

  endWithNpm(): void {
    this.#forgetNpm = whenNpmEnds(this.#onEnd)
  }

  onReload(reload: () => void): void {
    this.#reload = reload
  }

  forget(): void {
    this.#forgetNpm()
    process.off('SIGTERM', this.#onEnd).off('SIGINT', this.#onEnd).off('SIGHUP', this.#onReload)
  }
}
