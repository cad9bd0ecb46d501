/**
 * One process that serves: it opens the ground, puts the house on it, listens,
 * says that it is ready, and drains when it is asked to end. Each step that
 * fails says one sentence and leaves nothing open.
 *
 * @module
 */

import { mkdirSync } from 'node:fs'
import { listen, listenForOwner, rawRefusals, securityHeaders, type Answering, type Listener, type Server } from '#http'
import { newId, programVersion, systemClock } from '#kernel'
import { socketPath } from '#remote'
import { PolicyMistakes } from '#rulebook'
import { composeHouse, type House } from './compose.ts'
import type { Config } from './config.ts'
import { ensureConfiguredClients, ensureGatewayClients } from './configured-clients.ts'
import { program, startGatewayChild, type GatewayChild } from './gateway-child.ts'
import { openGround, type GroundWishes } from './ground.ts'
import { listening } from './listening.ts'
import type { Log } from './log.ts'
import { StartMistake } from './mistake.ts'
import { ensureCommandLineClient } from './own-client.ts'
import { createClerk } from './referee/clerk.ts'
import { examineLater } from './referee/examine-later.ts'
import { createExaminer, usualQuestions } from './referee/examiner.ts'
import type { ListenerSettings } from './settings.ts'
import type { Stopping } from './stopping.ts'
import { openTelemetry } from './telemetry/telemetry.ts'
import type { Beside } from './workers/beside.ts'

export interface Serving {
  readonly config: Config
  readonly log: Log
  readonly stopping: Stopping
  readonly stamp: Pick<GroundWishes, 'stamp' | 'rootKey' | 'expects'>
  readonly withGateway: boolean
  /** The other processes of this server, where it is not one alone. */
  readonly beside?: Beside
  /** Puts into the house what the demo has there. */
  readonly furnish?: (house: House) => Promise<void>
  readonly ready: (house: House) => void | Promise<void>
}

/** Requests under way get this long to finish. */
const drainMs = 10_000

/** Runs until it is asked to end. */
export async function serve(serving: Serving): Promise<void> {
  const { config, log, stopping, beside } = serving
  const telemetry = await openTelemetry(config, log, systemClock, programVersion(), beside)
  const ground = await openGround(config, { ...serving.stamp, onCommit: telemetry.meters?.onCommit })
  const examine = createExaminer({ questions: config.referee?.questions ?? usualQuestions, program: [program], log })
  const clerk = createClerk()
  let house: House
  try {
    house = await composeHouse({
      config,
      ground,
      log,
      version: programVersion(),
      telemetry,
      beside,
      clerk,
      ...(examine === undefined ? {} : { examine }),
    })
  } catch (error) {
    await clerk.close()
    await ground.store.close()
    if (error instanceof PolicyMistakes) throw new StartMistake(error.message, { cause: error })
    throw error
  }
  const listeners: Listener[] = []
  const examining = examineLater(house, log, beside?.number)
  let gateway: GatewayChild | undefined
  try {
    await ensureCommandLineClient(house, config)
    await ensureConfiguredClients(house, config)
    if (beside === undefined || beside.number === 1) tellWeakened(config, log)
    await ensureGatewayClients(house, config)
    await serving.furnish?.(house)
    // Before anybody is answered, so that whoever sees the server ready can measure it.
    let main: Listener | undefined
    const running = { house, connections: async () => main?.connections() ?? 0, gateways: () => gateway?.connected() ?? 0 }
    listeners.push(...(await listening(async () => telemetry.listen(running))))
    main = await openListener(house.server, config.listen, config.issuerUrl.protocol === 'https:', telemetry.meters?.unreadable)
    listeners.push(main)
    if (config.mtls !== undefined && house.certificates !== undefined)
      listeners.push(await openListener(house.certificates, config.mtls.listen, true, telemetry.meters?.unreadable, true))
    if (beside === undefined || beside.number === 1) listeners.push(await openOwnerSocket(house, config))
    if (serving.withGateway) gateway = await startGatewayChild(house, config, log, telemetry.asked)
    await serving.ready(house)
    stopping.onReload(() => void reload(house, listeners, gateway, log))
    await Promise.race([stopping.asked, ...(gateway === undefined ? [] : [gateway.failed])])
  } finally {
    examining.stop()
    await gateway?.stop()
    await Promise.all(listeners.map((listener) => listener.drain(drainMs)))
    await house.close()
    await telemetry.close()
  }
}

/** What is weaker than usual because the configuration says so. */
function tellWeakened({ clients = [] }: Config, log: Log): void {
  for (const { clientId, unsafelyWithoutPkce } of clients)
    if (unsafelyWithoutPkce === true) log.warn('a client of the configuration may come without PKCE', { clientId })
}

async function openListener(
  server: Server,
  settings: ListenerSettings,
  secure: boolean,
  onUnreadable?: (code: string) => void,
  asksForCertificates?: true,
): Promise<Listener> {
  const refuse = rawRefusals(securityHeaders(secure), () => newId('req'))
  const answering: Answering = {
    handle: server.handle,
    beginDrain: () => server.beginDrain(),
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
      ...(tls === undefined ? {} : { tls: { ...tls, ...(asksForCertificates === undefined ? {} : { asksForCertificates }) } }),
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
