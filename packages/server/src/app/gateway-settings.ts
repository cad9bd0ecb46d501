/** What a gateway's process is told on its standard input. @module */

import type { GatewayConfig } from '#gateway'
import type { LimitSettings } from '#ratelimit'
import type { RedisSettings, Settings, TracingSettings } from './settings.ts'
import type { MetricsPlace } from './telemetry/metrics-listener.ts'

/** How hard apps may be hit, and where that is counted. */
export interface GatewayLimits {
  readonly requests: LimitSettings
  /** By which buckets are named in Redis, in base64url; absent where this process's memory counts. */
  readonly shared?: { readonly redis: RedisSettings; readonly namesKey: string }
}

export interface GatewayChildSettings {
  readonly version: 1
  readonly config: GatewayConfig
  /** Where the server's end of the channel listens. */
  readonly socket: string
  /** 32 bytes in base64url: by it each end proves itself to the other. */
  readonly secret: string
  readonly log: NonNullable<Settings['log']>
  readonly limits?: GatewayLimits
  /** Of which decisions Cedar's own build is asked as well. */
  readonly share?: number
  readonly metrics?: MetricsPlace
  readonly tracing?: TracingSettings
}
