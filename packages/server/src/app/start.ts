/**
 * `countersign start`: reads what was asked for, and serves it in this process
 * or in several, until it is asked to end.
 *
 * @module
 */

import type { Config } from './config.ts'
import { startDemoParts } from './demo-start.ts'
import { createLog } from './log.ts'
import { sayingOutage, StartMistake } from './mistake.ts'
import { readProductionConfig } from './production-config.ts'
import { serve } from './serve.ts'
import { Stopping } from './stopping.ts'
import type { Words } from './words.ts'
import { serveByWorkers } from './workers/primary.ts'

export interface StartAsked {
  readonly demo: boolean
  /** The name of a fixture. */
  readonly fixture: string | undefined
  readonly fixtureFile: string | undefined
  readonly config: string | undefined
  readonly port: number | undefined
  readonly gatewayPort: number | undefined
  readonly dataDirectory: string | undefined
  /** Without the gateway and the demo's app. */
  readonly serverOnly: boolean
  /** The operator says that there was no data: an empty place is otherwise a loss. */
  readonly newInstance: boolean
  /** How many processes; what the configuration says when absent. */
  readonly workers: number | undefined
  readonly print: Words
}

/** Runs until it is asked to end. Resolves with the exit code; throws `StartMistake` when it cannot start. */
export async function start(asked: StartAsked): Promise<number> {
  const stopping = new Stopping()
  try {
    await startAsked(asked, stopping)
    return 0
  } catch (error) {
    throw sayingOutage(error)
  } finally {
    stopping.forget()
  }
}

async function startAsked(asked: StartAsked, stopping: Stopping): Promise<void> {
  const { fixture } = asked
  if (asked.demo && fixture !== undefined) throw new StartMistake('--demo and --fixture are two things; leave one of them out.')
  if (asked.fixtureFile !== undefined && fixture === undefined) throw new StartMistake('--fixture-file is for --fixture.')
  if (asked.demo) return startDemo(asked, stopping)
  return fixture === undefined ? startProduction(asked, stopping) : startFixture({ ...asked, fixture }, stopping)
}

async function startFixture(asked: StartAsked & { readonly fixture: string }, stopping: Stopping): Promise<void> {
  for (const [name, value] of Object.entries({ config: asked.config, 'gateway-port': asked.gatewayPort, workers: asked.workers })) {
    if (value !== undefined) throw new StartMistake(`--${name} is not for a fixture, whose file says everything (--fixture-file).`)
  }
  const { prepareFixture } = await import('./fixture/fixture.ts')
  const { config, furnish, say: sayReady } = await prepareFixture(asked)
  stopping.endWithNpm()
  await serve({
    config,
    log: createLog(config.log?.level ?? 'warn', 'server'),
    stopping,
    stamp: { stamp: 'fixture', rootKey: 'make' },
    withGateway: !asked.serverOnly && config.gateway !== undefined,
    furnish,
    ready: () => sayReady(asked.print),
  })
}

async function startDemo(asked: StartAsked, stopping: Stopping): Promise<void> {
  if ((asked.workers ?? 1) > 1) throw new StartMistake('--workers is for production; the demo has an embedded database, and one process.')
  stopping.endWithNpm()
  const parts = await startDemoParts(asked)
  try {
    await serve({
      config: parts.config,
      log: createLog(parts.config.log?.level ?? 'warn', 'server'),
      stopping,
      stamp: { stamp: 'demo', rootKey: 'make' },
      withGateway: !asked.serverOnly,
      furnish: async (house) => parts.furnish(house),
      ready: async (house) => parts.say(asked.print, house, asked.serverOnly),
    })
  } finally {
    await parts.stop()
  }
}

async function startProduction(asked: StartAsked, stopping: Stopping): Promise<void> {
  const { serverOnly } = asked
  for (const [name, value] of Object.entries({ port: asked.port, 'gateway-port': asked.gatewayPort, data: asked.dataDirectory })) {
    if (value !== undefined) throw new StartMistake(`--${name} is for the demo and for fixtures; in production the configuration says it.`)
  }
  const config = readProductionConfig(asked.config)
  const count = asked.workers ?? config.workers ?? 1
  if (count > 1 && config.database === undefined)
    throw new StartMistake('Several workers need PostgreSQL (database.url): the embedded database belongs to one process.')
  const log = createLog(config.log?.level ?? 'warn', 'server')
  const expects = asked.newInstance ? 'nothing' : 'data'
  const ready = (): void => say(asked, config, count)
  if (count > 1) return serveByWorkers({ config, count, serverOnly, expects, log, stopping, ready })
  await serve({ config, log, stopping, stamp: { stamp: 'production', rootKey: 'refuse', expects }, withGateway: !serverOnly, ready })
}

function say({ print, serverOnly }: StartAsked, config: Config, workers: number): void {
  const app = config.gateway?.hosts[0]?.origin
  const facts = { issuer: config.issuer, pid: process.pid, dataDir: config.dataDirectory, ...(workers === 1 ? {} : { workers }) }
  print.result({ ...facts, ...(app === undefined || serverOnly ? {} : { app }) }, () => [
    `Countersign is ready at ${config.issuer}${workers === 1 ? '' : `, with ${workers} workers`}`,
    ...(serverOnly ? [] : (config.gateway?.hosts ?? []).map(({ name, origin }) => `${name} is guarded at ${origin}`)),
  ])
  if (workers > 1 && config.limits?.redis === undefined)
    print.note(
      `Limits on requests are counted by each of the ${workers} workers for itself, limits on guesses by all together; limits.redis counts both together.`,
    )
}
