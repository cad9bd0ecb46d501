/**
 * The dashboard and the alert rules speak of metrics that exist, by labels that
 * those have; and no metric of ours is looked at by nobody.
 *
 * @module
 */

import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { describe, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { parse } from 'yaml'
import { gatewayMetrics, processMetrics, serverMetrics, type Metric } from '../../src/app/telemetry/metric-list.ts'
import { missing } from '../parts.ts'

const deploy = fileURLToPath(new URL('../../../../deploy/', import.meta.url))
const metrics: Readonly<Record<string, Metric>> = { ...processMetrics, ...serverMetrics, ...gatewayMetrics }
/** What Prometheus adds to every series of ours. */
const ofScrape = ['instance', 'job', 'part', 'le']

interface Panel {
  readonly title: string
  readonly type: string
  readonly targets?: readonly { readonly expr: string }[]
}

interface Rule {
  readonly alert: string
  readonly expr: string
  readonly for?: string
  readonly labels: { readonly severity: string }
  readonly annotations: Readonly<Record<string, string>>
}

const dashboard = JSON.parse(readFileSync(`${deploy}grafana/countersign.json`, 'utf8')) as { readonly panels: readonly Panel[] }
const alerts = parse(readFileSync(`${deploy}prometheus/alerts.yml`, 'utf8')) as {
  readonly groups: readonly { readonly rules: readonly Rule[] }[]
}
const rules = alerts.groups.flatMap((group) => group.rules)
const panels = dashboard.panels.filter(({ type }) => type !== 'row')
const looks = [
  ...panels.flatMap(({ title, targets = [] }) => targets.map(({ expr }) => ({ title, expr }))),
  ...rules.map(({ alert, expr }) => ({ title: alert, expr })),
]

/** Names of metrics in an expression, without what a histogram appends. */
function namesIn(expr: string): readonly string[] {
  return [...expr.matchAll(/\b(?:countersign|process|nodejs)_[a-z0-9_]+/g)].map(([name]) => {
    const plain = name.replace(/_(bucket|sum|count)$/, '')
    return metrics[plain]?.kind === 'histogram' ? plain : name
  })
}

test('there is something to look at', () => {
  assert.ok(panels.length > 20 && rules.length > 10)
})

for (const { title, expr } of looks) {
  test(`${title}: ${expr.trim().split('\n')[0] ?? ''} asks for what exists`, () => {
    const names = namesIn(expr)
    assert.ok(names.length > 0 || expr.startsWith('up{'))
    const labels = new Set(ofScrape)
    for (const name of names) {
      const metric = metrics[name]
      assert.ok(metric, name)
      for (const label of metric.labels) labels.add(label)
    }
    for (const [, label = ''] of expr.matchAll(/[{,]\s*([a-z_]+)\s*(?:=~|!~|!=|=)/g)) assert.ok(labels.has(label), label)
    for (const [, list = ''] of expr.matchAll(/\bby \(([^)]*)\)/g))
      for (const label of list.split(',')) assert.ok(labels.has(label.trim()), label)
  })
}

test('every metric is on the dashboard', () => {
  const shown = new Set(panels.flatMap(({ targets = [] }) => targets.flatMap(({ expr }) => namesIn(expr))))
  assert.deepEqual(
    Object.keys(metrics).filter((name) => !shown.has(name)),
    [],
  )
})

test('every alert says what is wrong, what to do, and how much it matters', () => {
  assert.equal(new Set(rules.map(({ alert }) => alert)).size, rules.length)
  for (const { alert, labels, annotations } of rules) {
    assert.match(labels.severity, /^(page|ticket)$/, alert)
    assert.match(annotations['summary'] ?? '', /\.$/, alert)
    assert.match(annotations['action'] ?? '', /\.$/, alert)
  }
})

describe('as Prometheus reads them', { skip: missing('promtool') }, () => {
  const promtool = (...words: readonly string[]): string =>
    execFileSync('promtool', words, { cwd: `${deploy}prometheus`, encoding: 'utf8' })

  test('rules and configuration are well-formed', () => {
    assert.match(promtool('check', 'rules', 'alerts.yml'), new RegExp(`SUCCESS: ${rules.length} rules found`))
    assert.match(promtool('check', 'config', 'prometheus.yml'), /SUCCESS/)
  })

  test('rules fire when they should, and not before', () => {
    assert.match(promtool('test', 'rules', 'alerts.test.yml'), /SUCCESS/)
  })
})
