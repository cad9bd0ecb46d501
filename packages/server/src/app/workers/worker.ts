/**
 * One of several processes of a server: `countersign worker`, which `start`
 * begins. A whole server over the database, as if it were on a machine of its
 * own; the port is lent by the process that started it, and it ends with that.
 *
 * @module
 */

import cluster from 'node:cluster'
import type { Config } from '../config.ts'
import { readFirstLine } from '../first-line.ts'
import { createLog, type Log } from '../log.ts'
import { sayingOutage, StartMistake } from '../mistake.ts'
import { serve } from '../serve.ts'
import { Stopping } from '../stopping.ts'
import type { Beside } from './beside.ts'
import { askingGuesses } from './guess-desk.ts'
import type { FromWorker, ToWorker, WorkerSettings } from './words.ts'

const byHand = 'A worker is started by the server, which gives it its settings on standard input. Use countersign start --workers.'

/** Runs until it is asked to end. Resolves with the exit code. */
export async function runWorker(): Promise<number> {
  const self = cluster.worker
  if (self === undefined) throw new StartMistake(byHand)
  const stopping = new Stopping()
  const settings = readSettings(await readFirstLine(byHand).line)
  const config: Config = { ...settings.config, issuerUrl: new URL(settings.config.issuer) }
  const log = createLog(config.log?.level ?? 'warn', 'server', settings.number)
  let isReady = false
  try {
    await serve({
      config,
      log,
      stopping,
      beside: besideOthers(settings, log),
      stamp: { stamp: 'production', rootKey: 'refuse', expects: settings.expects },
      withGateway: settings.number === 1 && !settings.serverOnly,
      ready: () => {
        isReady = true
        process.stdout.write(`${JSON.stringify({ ready: true })}\n`)
      },
    })
    return 0
  } catch (error) {
    const known = sayingOutage(error)
    if (isReady) log.error('a worker ended', error)
    else if (known instanceof StartMistake) process.stdout.write(`${JSON.stringify({ sentence: known.message })}\n`)
    else throw error
    return 1
  } finally {
    stopping.forget()
    process.stdin.destroy()
    // Node keeps a worker for as long as the channel is open.
    self.disconnect()
  }
}

function readSettings(line: string): WorkerSettings {
  const value = JSON.parse(line) as WorkerSettings
  if (value.version !== 1) throw new StartMistake(byHand)
  return value
}

/** What the process that started this one is told, and tells. */
function besideOthers({ number, count }: WorkerSettings, log: Log): Beside {
  const send = (said: FromWorker): void => void process.send?.(said)
  const { guesses, hear } = askingGuesses(send)
  let text: () => Promise<string> = async () => Promise.resolve('')
  process.on('message', (said: ToWorker) => {
    if (said.is === 'guesses') hear(said.answers)
    else if (said.is === 'pulse') send({ is: 'pulse' })
    // Without an answer the metrics of this worker are missing; that they could not be read must not end it.
    else
      text().then(
        (told) => send({ is: 'metrics', id: said.id, text: told }),
        (error: unknown) => log.error('the metrics could not be read', error),
      )
  })
  return { number, count, guesses, tellMetrics: (read) => void (text = read) }
}
