import assert from 'node:assert/strict'
import { test } from 'node:test'
import { systemClock } from '#kernel'
import { openMeters } from '../../src/app/telemetry/meters.ts'
import { buckets, gatewayMetrics, processMetrics, serverMetrics, type Metric } from '../../src/app/telemetry/metric-list.ts'
import { matchesGolden } from '../golden.ts'

const tables: readonly { readonly of: string; readonly list: Readonly<Record<string, Metric>> }[] = [
  { of: 'every process', list: processMetrics },
  { of: 'the server', list: serverMetrics },
  { of: 'the gateway', list: gatewayMetrics },
]

function row([name, { kind, says, labels, buckets: edges = 'seconds' }]: [string, Metric]): string {
  const more = kind === 'histogram' ? ` Buckets: ${buckets[edges].join(', ')}.` : ''
  return `| \`${name}\` | ${kind} | ${labels.map((label) => `\`${label}\``).join(', ')} | ${says}${more} |`
}

test('the reference of metrics is not stale', () => {
  const lines = [
    '# Metrics',
    '',
    'Generated from the lists that the processes make their metrics from. Off unless `metrics.listen` is set, and then at',
    '`/metrics` of that listener alone; the gateway’s process has `metrics.gatewayListen`. No label holds anything that a',
    'request brought: each is a template, a class, a word of ours, or a name from the configuration. Of several workers all are read',
    'at one listener, each series under the label `worker` (1 to 64): sum by it, or look at one.',
  ]
  for (const { of, list } of tables)
    lines.push('', `## Of ${of}`, '', '| metric | kind | labels | |', '|---|---|---|---|', ...Object.entries(list).map(row))
  matchesGolden('docs/reference/metrics.md', `${lines.join('\n')}\n`)
})

test('names are as Prometheus wants them', () => {
  for (const { list } of tables) {
    for (const [name, { kind, labels }] of Object.entries(list)) {
      assert.match(name, /^(countersign|process|nodejs)_[a-z][a-z0-9_]*$/)
      assert.equal(name.endsWith('_total'), kind === 'counter', name)
      for (const label of labels) assert.match(label, /^[a-z]+$/)
    }
  }
})

test('every metric is exposed from the start, with its type and words', async () => {
  const meters = await openMeters({ ...processMetrics, ...serverMetrics }, systemClock)
  const text = await meters.text()
  for (const [name, { kind, says }] of Object.entries<Metric>({ ...processMetrics, ...serverMetrics })) {
    assert.ok(text.includes(`# HELP ${name} ${says}\n# TYPE ${name} ${kind}\n`), name)
  }
})
