/**
 * What the gateway's process tells of itself, on a listener of its own: the
 * server that could pass it on may be what is out.
 *
 * @module
 */

import type { Gateway, GatewayWatch, VisitBegun, VisitEnd, VisitWatch } from '#gateway'
import type { Listener } from '#http'
import type { Clock } from '#kernel'
import { programVersion } from '#kernel'
import type { GatewayChildSettings } from '../gateway-settings.ts'
import type { Log } from '../log.ts'
import { openMeters } from './meters.ts'
import { gatewayMetrics, processMetrics, statusClass } from './metric-list.ts'
import { openMetricsListener, type MetricsPlace } from './metrics-listener.ts'
import { lineOf } from './request-log.ts'
import { openTracing } from './tracing.ts'
import { createVisitSpans } from './visit-spans.ts'

export interface GatewayTelemetry {
  readonly watch: GatewayWatch | undefined
  /** A limit was counted in this process alone. */
  limitFellBack(): void
  /** Opens the listener of the metrics, where one is configured. */
  listen(gateway: Gateway, isShared: (() => boolean) | undefined, doubted: () => number): Promise<readonly Listener[]>
  /** Sends what waits. */
  close(): Promise<void>
}

type WatchVisits = (begun: VisitBegun) => VisitWatch

export async function openGatewayTelemetry(
  { log: logging, metrics: place, tracing: traced }: Pick<GatewayChildSettings, 'log' | 'metrics' | 'tracing'>,
  log: Log,
  clock: Clock,
): Promise<GatewayTelemetry> {
  const metrics = place === undefined ? undefined : await openGatewayMetrics(place, log, clock)
  const lines = logging.level === 'info' ? visitLines(log, clock, logging.addresses ?? false) : undefined
  const version = programVersion()
  const tracing = traced === undefined ? undefined : await openTracing(traced, { part: 'gateway', version, log, clock })
  const spans = tracing === undefined ? undefined : createVisitSpans(tracing, traced?.fromProxies ?? false)
  const watchers = [spans, metrics?.watch.visit, lines].filter((watcher) => watcher !== undefined)
  return {
    watch: watchers.length === 0 ? undefined : { ...(metrics?.watch ?? unmeasured), visit: (begun) => tellAll(watchers, begun) },
    limitFellBack: () => metrics?.limitFellBack(),
    listen: async (gateway, isShared, doubted) => (metrics === undefined ? [] : [await metrics.listen(gateway, isShared, doubted)]),
    close: async () => tracing?.close(),
  }
}

const unmeasured: Omit<GatewayWatch, 'visit'> = { decided: () => {}, limited: () => {}, unreadable: () => {} }

function tellAll(watchers: readonly WatchVisits[], begun: VisitBegun): VisitWatch {
  const watches = watchers.map((watcher) => watcher(begun))
  const traced = watches.find(({ asks }) => asks !== undefined)
  return {
    ...(traced?.asks === undefined ? {} : { asks: traced.asks }),
    ended: (end) => {
      for (const watch of watches) watch.ended(end)
    },
  }
}

function visitLines(log: Pick<Log, 'info'>, clock: Clock, addresses: boolean): WatchVisits {
  return ({ requestId, address }) => {
    const beganMs = clock.monotonicMs()
    return {
      ended: ({ how, app, method, route }: VisitEnd) => {
        const facts = { requestId, app, method, route, ...lineOf(how, clock.monotonicMs() - beganMs) }
        log.info('request', addresses ? { ...facts, address: address() } : facts)
      },
    }
  }
}

/** As many as a gateway guards at once, twice over: routes come and go, and what a label said once it says until the process ends. */
const mostApps = 4_096

class KnownApps {
  readonly #known = new Set<string>()

  /** The app, or `more` for one that came when there had been too many. */
  labelOf(app: string): string {
    if (this.#known.has(app)) return app
    if (this.#known.size >= mostApps) return 'more'
    this.#known.add(app)
    return app
  }
}

interface GatewayMetrics {
  readonly watch: GatewayWatch
  limitFellBack(): void
  listen(gateway: Gateway, isShared: (() => boolean) | undefined, doubted: () => number): Promise<Listener>
}

async function openGatewayMetrics(place: MetricsPlace, log: Log, clock: Clock): Promise<GatewayMetrics> {
  const meters = await openMeters({ ...processMetrics, ...gatewayMetrics }, clock)
  meters.say('countersign_build_info', { version: programVersion() })
  const apps = new KnownApps()
  return {
    watch: {
      decided: (store, effect) => meters.count('countersign_decisions_total', { store, effect }),
      limited: (limit) => meters.count('countersign_limit_refusals_total', { limit }),
      unreadable: (code) => meters.count('countersign_unreadable_requests_total', { code }),
      visit: ({ kind }) => {
        const beganMs = clock.monotonicMs()
        return {
          ended: ({ how, app, failure }) => {
            const labels = { app: apps.labelOf(app), status: statusClass(how) }
            // How long a WebSocket was open says nothing about how fast anything is.
            if (kind === 'websocket') meters.count('countersign_gateway_websockets_total', labels)
            else meters.observe('countersign_gateway_request_duration_seconds', labels, (clock.monotonicMs() - beganMs) / 1000)
            if (failure !== undefined) meters.count('countersign_gateway_app_failures_total', { app: labels.app, code: failure })
          },
        }
      },
    },
    limitFellBack: () => meters.count('countersign_limits_alone_total', {}),
    listen: async (gateway, isShared, doubted) => {
      if (isShared !== undefined) meters.read('countersign_limits_shared', () => Number(isShared()))
      meters.read('countersign_policies_doubted', doubted)
      meters.read('countersign_open_connections', async () => (await gateway.load()).connections)
      meters.read('countersign_gateway_requests_under_way', async () => (await gateway.load()).requests)
      meters.read('countersign_gateway_websockets_open', async () => (await gateway.load()).websockets)
      meters.read('countersign_gateway_channel_fresh', async () => Number((await gateway.load()).isFresh))
      return openMetricsListener(meters, place, log)
    },
  }
}
