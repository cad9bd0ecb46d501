/**
 * What the server's process tells of itself: metrics, traces, a line for each
 * request. What is not configured is not loaded, and then nothing is wrapped.
 *
 * @module
 */

import type { AskWatch } from '#gateway'
import type { Listener, WatchRequests } from '#http'
import type { Clock } from '#kernel'
import type { Config } from '../config.ts'
import type { Log } from '../log.ts'
import { openMetricsListener } from './metrics-listener.ts'
import { createRequestLog, watchAll } from './request-log.ts'
import { createRequestSpans } from './request-spans.ts'
import { openServerMeters, type Running, type ServerMeters } from './server-meters.ts'
import type { Beside } from '../workers/beside.ts'
import { openTracing } from './tracing.ts'

export interface Telemetry {
  readonly watch: WatchRequests | undefined
  readonly meters: ServerMeters | undefined
  /** Told of what gateways ask on behalf of traced requests. */
  readonly asked: AskWatch | undefined
  /** Opens the listener of the metrics, where one is configured. Of several workers the metrics are read where they were started. */
  listen(running: Running): Promise<readonly Listener[]>
  /** Sends what waits. After everything that is watched has ended. */
  close(): Promise<void>
}

export async function openTelemetry(config: Config, log: Log, clock: Clock, version: string, beside?: Beside): Promise<Telemetry> {
  const meters = config.metrics === undefined ? undefined : await openServerMeters(version, clock, beside?.number)
  const isLogged = config.log?.level === 'info'
  const lines = isLogged ? createRequestLog({ log, clock, addresses: config.log?.addresses ?? false }) : undefined
  const tracing = config.tracing === undefined ? undefined : await openTracing(config.tracing, { part: 'server', version, log, clock })
  const spans = tracing === undefined ? undefined : createRequestSpans(tracing, config.tracing?.fromProxies ?? false)
  return {
    watch: watchAll([meters?.watch, lines, spans?.watch]),
    meters,
    asked: spans?.asked,
    close: async () => tracing?.close(),
    listen: async (running) => {
      if (meters === undefined || config.metrics === undefined) return []
      meters.follow(running)
      if (beside !== undefined) {
        beside.tellMetrics(meters.text)
        return []
      }
      const { listen, tokenFile } = config.metrics
      return [await openMetricsListener(meters, { listen, tokenFile }, log)]
    },
  }
}
