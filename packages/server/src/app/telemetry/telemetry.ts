/**
 * What the server's process tells of itself: metrics, traces, a line for each
 * request. What is not configured is not loaded, and then nothing is wrapped.
 *
 * @module
 */

import type { Listener, WatchRequests } from '#http'
import type { Clock } from '#kernel'
import type { Config } from '../config.ts'
import type { Log } from '../log.ts'
import { openMetricsListener } from './metrics-listener.ts'
import { createRequestLog, watchAll } from './request-log.ts'
import { openServerMeters, type Running, type ServerMeters } from './server-meters.ts'

export interface Telemetry {
  readonly watch: WatchRequests | undefined
  readonly meters: ServerMeters | undefined
  /** Opens the listener of the metrics, where one is configured. */
  listen(running: Running): Promise<readonly Listener[]>
}

export async function openTelemetry(config: Config, log: Log, clock: Clock, version: string): Promise<Telemetry> {
  const meters = config.metrics === undefined ? undefined : await openServerMeters(version, clock)
  const isLogged = config.log?.level === 'info'
  const lines = isLogged ? createRequestLog({ log, clock, addresses: config.log?.addresses ?? false }) : undefined
  return {
    watch: watchAll([meters?.watch, lines]),
    meters,
    listen: async (running) => {
      if (meters === undefined || config.metrics === undefined) return []
      meters.follow(running)
      const { listen, tokenFile } = config.metrics
      return [await openMetricsListener(meters, { listen, tokenFile }, log)]
    },
  }
}
