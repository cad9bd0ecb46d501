/**
 * The process that starts workers: it opens the port and lends it to them, starts
 * again what ended, counts guesses for all, and opens no database.
 *
 * The first worker starts alone. What is wrong with the set-up is said once, by
 * it, and migrations have run when the others come.
 *
 * @module
 */

import cluster, { type Worker } from 'node:cluster'
import type { Listener } from '#http'
import { systemClock } from '#kernel'
import { createGuesses, memoryBuckets, type Guesses } from '#ratelimit'
import type { Expected } from '#store'
import { settle, type Child } from '../children.ts'
import type { Config } from '../config.ts'
import { program } from '../gateway-child.ts'
import { Keeper } from '../keeper.ts'
import { listening } from '../listening.ts'
import type { Log } from '../log.ts'
import type { Stopping } from '../stopping.ts'
import { openMetricsListener } from '../telemetry/metrics-listener.ts'
import { Asked } from './asked.ts'
import { answerGuesses } from './guess-desk.ts'
import { mergeMetrics } from './merge-metrics.ts'
import { watchPulse, type Pulse } from './pulse.ts'
import type { FromWorker, ToWorker, WorkerSettings } from './words.ts'

/** The first worker waits for its gateway and then for its requests, twelve seconds and ten. */
const graceMs = 25_000

/** In the text format that the workers' texts have. */
const contentType = 'text/plain; version=0.0.4; charset=utf-8'

export interface WorkersWanted {
  readonly config: Config
  readonly count: number
  readonly serverOnly: boolean
  /** What the first worker finds in the database's place; all later ones find data. */
  readonly expects: Expected
  readonly log: Log
  readonly stopping: Stopping
  /** Once, when all of them listen. */
  ready(): void
}

/** Runs until it is asked to end. Throws `StartMistake` when the workers cannot start, or one of them no longer can. */
export async function serveByWorkers(wanted: WorkersWanted): Promise<void> {
  const { config, count, log, stopping } = wanted
  cluster.setupPrimary({ exec: program, args: ['worker'], stdio: ['pipe', 'pipe', 'inherit', 'ipc'] })
  const team = new Team(createGuesses(memoryBuckets(systemClock), config.limits?.guesses), log)
  let expects = wanted.expects
  const keepers = Array.from({ length: count }, (_, at) => {
    const name = `worker ${at + 1}`
    return new Keeper({ name, begin: async () => team.begin(name, settingsOf({ ...wanted, expects }, at + 1)), graceMs }, systemClock, log)
  })
  const listeners: Listener[] = []
  try {
    const [first, ...others] = keepers
    await first?.start()
    expects = 'data'
    await Promise.all(others.map(async (keeper) => keeper.start()))
    if (config.metrics !== undefined) {
      const { listen, tokenFile } = config.metrics
      const meters = { contentType, text: async () => team.metrics() }
      listeners.push(await listening(async () => openMetricsListener(meters, { listen, tokenFile }, log)))
    }
    wanted.ready()
    stopping.onReload(() => keepers.forEach((keeper) => keeper.signal('SIGHUP')))
    await Promise.race([stopping.asked, ...keepers.map(async ({ failed }) => failed)])
  } finally {
    await Promise.all(keepers.map(async (keeper) => keeper.stop()))
    await Promise.all(listeners.map(async (listener) => listener.drain(0)))
  }
}

function settingsOf({ config, count, serverOnly, expects }: WorkersWanted, number: number): WorkerSettings {
  const { issuerUrl: _, ...plain } = config
  return { version: 1, config: plain, number, count, serverOnly, expects }
}

/** The workers that run, and what is asked between them and us. */
class Team {
  readonly #guesses: Guesses
  readonly #log: Log
  readonly #workers = new Set<Worker>()
  readonly #texts = new Asked<string>('metrics of a worker')
  readonly #pulses = new Map<Worker, Pulse>()

  constructor(guesses: Guesses, log: Log) {
    this.#guesses = guesses
    this.#log = log
  }

  async begin(name: string, settings: WorkerSettings): Promise<Child> {
    const worker = cluster.fork()
    worker.on('message', (said: FromWorker) => this.#hear(worker, said))
    worker.on('error', (error) => this.#log.error('a worker could not be spoken to', error, { name }))
    const child = await settle(name, worker.process, settings, this.#log)
    this.#workers.add(worker)
    const kill = (): void => {
      this.#log.warn('a worker stands still and is killed', { name })
      worker.process.kill('SIGKILL')
    }
    const pulse = watchPulse(() => tell(worker, { is: 'pulse' }), kill)
    this.#pulses.set(worker, pulse)
    void child.ended.then(() => {
      pulse.stop()
      this.#pulses.delete(worker)
      this.#workers.delete(worker)
    })
    return child
  }

  /** One that does not answer is left out; its series are then missing, and not old. */
  async metrics(): Promise<string> {
    const texts = await Promise.allSettled(
      [...this.#workers].map(async (worker) => this.#texts.ask((id) => tell(worker, { is: 'metrics', id }))),
    )
    return mergeMetrics(texts.flatMap((text) => (text.status === 'fulfilled' ? [text.value] : [])))
  }

  #hear(worker: Worker, said: FromWorker): void {
    if (said.is === 'metrics') this.#texts.answer(said.id, said.text)
    else if (said.is === 'pulse') this.#pulses.get(worker)?.heard()
    else
      void answerGuesses(this.#guesses, systemClock, said.asks).then(
        (answers) => tell(worker, answers),
        (error: unknown) => this.#log.error('guesses could not be counted', error),
      )
  }
}

/** One that has just ended hears nothing. */
function tell(worker: Worker, said: ToWorker): void {
  if (worker.isConnected()) worker.send(said, () => {})
}
