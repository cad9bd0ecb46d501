/**
 * The gateway's process: it reads its settings from standard input, connects to
 * the server, and ends when that input ends, so that it never outlives the
 * process that started it.
 *
 * @module
 */

import { startGateway, type Gateway, type GatewayPage, type GatewayPorts, type GatewayWatch } from '#gateway'
import type { Listener } from '#http'
import { readBase64url, Secret, systemClock, Unavailable } from '#kernel'
import { createAssertionSigner, createStateSealer, type PrivateJwk, type SealingKeyExport } from '#keys'
import { memoryBuckets } from '#ratelimit'
import { openStylesheet, renderRefusalPage } from '#signin'
import { readFirstLine } from './first-line.ts'
import type { GatewayChildSettings } from './gateway-settings.ts'
import { createLog, type Log } from './log.ts'
import { StartMistake } from './mistake.ts'
import { openSharedBuckets } from './open-buckets.ts'
import { createClerk } from './referee/clerk.ts'
import { createOpinions, usualShare } from './referee/opinions.ts'
import { openGatewayTelemetry, type GatewayTelemetry } from './telemetry/gateway-telemetry.ts'
import type { Words } from './words.ts'

/** Requests under way get this long when the process is asked to end. */
const drainMs = 10_000

/** Runs until its parent ends or asks it to. Resolves with the exit code. */
export async function runGateway(print: Words): Promise<number> {
  const input = readFirstLine(noSettings)
  const settings = readSettings(await input.line)
  const log = createLog(settings.log.level ?? 'warn', 'gateway')
  let opened: Opened
  try {
    opened = await open(settings, log)
  } catch (error) {
    if (!(error instanceof Error)) throw error
    const mistake = error instanceof Unavailable && error.cause instanceof Error ? error.cause.message : error.message
    process.stdout.write(`${JSON.stringify({ mistake })}\n`)
    return 1
  }
  const { gateway, readers, telemetry, counting } = opened
  const reload = async (): Promise<void> => {
    for (const one of [gateway, ...readers]) await one.reload()
  }
  process.on('SIGHUP', () => void reload().catch((error: unknown) => log.error('the certificate could not be read again', error)))
  process.stdout.write(`${JSON.stringify({ ready: true, port: gateway.port })}\n`)
  if (process.stdout.isTTY) print.note('The gateway runs until its input ends.')
  await Promise.race([input.ended, asked()])
  // At once: whoever is started in our place wants both ports, and a stranger can make the requests take their time.
  await Promise.all([gateway.close(drainMs), ...readers.map(async (reader) => reader.drain(drainMs))])
  counting?.close()
  await telemetry.close()
  // An input that nobody ends would keep the process.
  process.stdin.destroy()
  return 0
}

interface Opened {
  readonly gateway: Gateway
  readonly telemetry: GatewayTelemetry
  /** Where metrics are read. */
  readonly readers: readonly Listener[]
  /** Where requests are counted together with other gateways; undefined where this process's memory counts. */
  readonly counting: { close(): void } | undefined
}

async function open(settings: GatewayChildSettings, log: Log): Promise<Opened> {
  const { config, socket, secret } = settings
  const channel = { path: socket, secret: new Secret(readBase64url(secret) ?? new Uint8Array()) }
  const telemetry = await openGatewayTelemetry(settings, log, systemClock)
  const counting = await openCounting(settings, log, telemetry)
  const opinions = createOpinions({ clerk: createClerk(), share: settings.share ?? usualShare, log })
  const own = { ...ports(log, telemetry.watch), buckets: counting?.buckets, confirm: opinions.confirm }
  try {
    const gateway = await startGateway({ config, channel, ports: own, limits: { requests: settings.limits?.requests } })
    return { gateway, telemetry, counting, readers: await telemetry.listen(gateway, counting?.isShared, () => opinions.doubted) }
  } catch (error) {
    counting?.close()
    throw error
  }
}

/** Undefined where nothing is shared. A Redis that does not answer keeps no gateway from starting: memory counts until it does. */
async function openCounting(
  { limits }: GatewayChildSettings,
  log: Log,
  telemetry: GatewayTelemetry,
): Promise<Awaited<ReturnType<typeof openSharedBuckets>> | undefined> {
  const shared = limits?.shared
  if (shared === undefined) return undefined
  const namesKey = new Secret(readBase64url(shared.namesKey) ?? new Uint8Array())
  const memory = memoryBuckets(systemClock)
  return openSharedBuckets({ settings: shared.redis, namesKey, memory, log, onFallback: () => telemetry.limitFellBack() })
}

function ports(log: Log, watch: GatewayWatch | undefined): GatewayPorts {
  return {
    clock: systemClock,
    log,
    watch,
    signer: (key) => createAssertionSigner(key as PrivateJwk),
    sealer: (tenant, keys) => createStateSealer(tenant, keys as readonly SealingKeyExport[]),
    renderPage,
    stylesheet: openStylesheet().css,
  }
}

/** A page of the gateway in the looks of the identity server. */
function renderPage({ status, heading, sentence, requestId, app, back, who, asked: what, stylesheet }: GatewayPage): string {
  return renderRefusalPage({
    status,
    heading,
    sentence,
    requestId,
    facts: [
      ...(who === undefined ? [] : [{ name: 'You are', value: who }]),
      ...(what === undefined ? [] : [{ name: 'Asked for', value: what }]),
    ],
    ...(back === undefined ? {} : { action: { label: `Back to ${app}`, href: back } }),
    stylesheet,
  })
}

const noSettings = 'The gateway is started by the server, which gives it its settings on standard input. Use countersign start.'

function readSettings(line: string): GatewayChildSettings {
  try {
    const value = JSON.parse(line) as GatewayChildSettings | null
    if (value?.version === 1) return value
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error
  }
  throw new StartMistake(noSettings)
}

async function asked(): Promise<void> {
  await new Promise<void>((resolve) => process.once('SIGTERM', () => resolve()).once('SIGINT', () => resolve()))
}
