/**
 * The metrics of one process, counted by prom-client. It is imported only where
 * metrics are configured: without them it costs neither start nor memory.
 *
 * @module
 */

import { readdir } from 'node:fs/promises'
import { monitorEventLoopDelay } from 'node:perf_hooks'
import type { Clock } from '#kernel'
import { buckets as bucketLists, type Metric } from './metric-list.ts'

type MetricList = Readonly<Record<string, Metric>>

/** Names of one kind in a list. */
type Named<List extends MetricList, Kind extends Metric['kind']> = {
  [Name in keyof List]: List[Name]['kind'] extends Kind ? Name : never
}[keyof List] &
  string

type LabelsOf<List extends MetricList, Name extends keyof List> = Readonly<Record<List[Name]['labels'][number], string>>

export interface Meters<List extends MetricList> {
  /** Counts one. */
  count<Name extends Named<List, 'counter'>>(name: Name, labels: LabelsOf<List, Name>): void
  observe<Name extends Named<List, 'histogram'>>(name: Name, labels: LabelsOf<List, Name>, value: number): void
  /** Reads the value at each scrape. For gauges, and for counters that somebody else keeps. */
  read(name: Named<List, 'gauge' | 'counter'>, value: () => number | Promise<number>): void
  /** A gauge that says something by its labels, once and for all. */
  say<Name extends Named<List, 'gauge'>>(name: Name, labels: LabelsOf<List, Name>): void
  /** In the text format of Prometheus. */
  readonly text: () => Promise<string>
  readonly contentType: string
}

/** Makes every metric of the list. `everywhere`: labels of this process, on each of its series. */
export async function openMeters<const List extends MetricList>(
  list: List,
  clock: Clock,
  everywhere: Readonly<Record<string, string>> = {},
): Promise<Meters<List>> {
  const { Counter, Gauge, Histogram, Registry } = await import('prom-client')
  const registry = new Registry()
  registry.setDefaultLabels({ ...everywhere })
  const readers = new Map<string, () => number | Promise<number>>()
  const counters = new Map<string, InstanceType<typeof Counter>>()
  const gauges = new Map<string, InstanceType<typeof Gauge>>()
  const histograms = new Map<string, InstanceType<typeof Histogram>>()
  for (const [name, metric] of Object.entries<Metric>(list)) {
    const { kind, says, labels, buckets = 'seconds' } = metric
    const usual = { name, help: says, labelNames: [...labels], registers: [registry] }
    if (kind === 'histogram') histograms.set(name, new Histogram({ ...usual, buckets: [...bucketLists[buckets]] }))
    else if (kind === 'counter') counters.set(name, new Counter(usual))
    else gauges.set(name, new Gauge(usual))
  }
  const read = (name: string, value: () => number | Promise<number>): void => void readers.set(name, value)
  readProcess(read, clock)
  return {
    count: (name, labels) => counters.get(name)?.inc(labels),
    observe: (name, labels, value) => histograms.get(name)?.observe(labels, value),
    read,
    say: (name, labels) => gauges.get(name)?.set(labels, 1),
    text: async () => {
      for (const [name, value] of readers) {
        const now = await value()
        gauges.get(name)?.set(now)
        const counter = counters.get(name)
        counter?.reset()
        counter?.inc(now)
      }
      return registry.metrics()
    },
    contentType: registry.contentType,
  }
}

/** What Prometheus expects of any process, under the names that its libraries use. */
function readProcess(read: (name: string, value: () => number | Promise<number>) => void, clock: Clock): void {
  const startedAtSeconds = clock.wallMs() / 1000 - process.uptime()
  const lag = monitorEventLoopDelay({ resolution: 20 })
  lag.enable()
  read('process_cpu_seconds_total', () => {
    const { user, system } = process.cpuUsage()
    return (user + system) / 1e6
  })
  read('process_start_time_seconds', () => startedAtSeconds)
  read('process_resident_memory_bytes', () => process.memoryUsage.rss())
  read('process_open_fds', async () => (await readdir('/proc/self/fd').catch(() => [])).length)
  read('nodejs_eventloop_lag_p99_seconds', () => {
    // The histogram counts the whole wait of 20 ms that it asked for.
    const seconds = Math.max(0, lag.percentile(99) / 1e9 - 0.02)
    lag.reset()
    return seconds
  })
}
