/** What a gateway's process is told on its standard input. @module */

import type { GatewayConfig } from '#gateway'
import type { Settings, TracingSettings } from './settings.ts'
import type { MetricsPlace } from './telemetry/metrics-listener.ts'

export interface GatewayChildSettings {
  readonly version: 1
  readonly config: GatewayConfig
  /** Where the server's end of the channel listens. */
  readonly socket: string
  /** 32 bytes in base64url: by it each end proves itself to the other. */
  readonly secret: string
  readonly log: NonNullable<Settings['log']>
  readonly metrics?: MetricsPlace
  readonly tracing?: TracingSettings
}
