/**
 * Everything that a request meets on its way through the gateway, put together
 * once at start.
 *
 * @module
 */

import { rawRefusals, securityHeaders, trustedProxies, type RawRefusal, type SecurityHeaders, type TrustedProxies } from '#http'
import { newId } from '#kernel'
import { createLimits, memoryBuckets, type Limits, type LimitSettings } from '#ratelimit'
import type { GatewayConfig, GatewayHost } from './config.ts'
import { Knowledge, type ChannelPlace } from './knowledge.ts'
import type { GatewayPorts } from './ports.ts'
import { openUpstream, type Upstream, type UpstreamLimits } from './proxy/upstream.ts'
import { Records } from './record.ts'
import { hostHeaders, routeTable, type RouteTable } from './request/route-table.ts'

/** One app, ready to be asked for. */
export interface GuardedHost {
  readonly host: GatewayHost
  /** Its Host header: what the app sees as the one it was asked under. */
  readonly authority: string
  readonly routes: RouteTable
  readonly upstream: Upstream
}

export interface Gatehouse {
  readonly issuer: string
  readonly ports: GatewayPorts
  readonly hosts: ReadonlyMap<string, GuardedHost>
  readonly knowledge: Knowledge
  readonly records: Records
  readonly limits: Limits
  readonly proxies: TrustedProxies
  readonly security: SecurityHeaders
  /** For what never became a request. */
  readonly rawRefusal: RawRefusal
  /** Whether browsers reach us by https. */
  readonly secure: boolean
  /** What is being answered. Aborting ends it at once. */
  readonly underWay: Set<{ readonly abort: AbortController; readonly isTunnel: boolean }>
  /** From then on each answer closes its connection. */
  isClosing: boolean
  close(): Promise<void>
}

/** Throws one sentence for hosts and routes that contradict each other. */
export function buildGatehouse(
  config: GatewayConfig,
  place: ChannelPlace,
  ports: GatewayPorts,
  limits: { readonly upstreams?: UpstreamLimits; readonly requests?: LimitSettings | undefined } = {},
): Gatehouse {
  const hosts = new Map<string, GuardedHost>()
  const upstreams: Upstream[] = []
  for (const host of config.hosts) {
    const { origin, host: authority } = new URL(host.origin)
    if (origin !== host.origin) throw new Error(`${host.origin} is no origin; it would be ${origin}`)
    const upstream = openUpstream(host.upstream, limits.upstreams)
    upstreams.push(upstream)
    const guarded: GuardedHost = { host, authority, routes: routeTable(host), upstream }
    for (const header of hostHeaders(host.origin)) {
      if (hosts.has(header)) throw new Error(`${host.origin} is there twice`)
      hosts.set(header, guarded)
    }
  }
  const secure = config.hosts.some(({ origin }) => origin.startsWith('https:'))
  if (secure && !config.hosts.every(({ origin }) => origin.startsWith('https:'))) throw new Error('All hosts must be https, or none')
  const security = securityHeaders(secure)
  const refuse = rawRefusals(security, () => newId('req'))
  const knowledge = new Knowledge(place, config, ports)
  const records = new Records({
    record: async (batch) => knowledge.record(batch),
    countStrangers: async (counts) => knowledge.countStrangers(counts),
  })
  return {
    issuer: config.issuer,
    ports,
    hosts,
    knowledge,
    records,
    limits: createLimits(ports.buckets ?? memoryBuckets(ports.clock), limits.requests),
    proxies: trustedProxies(config.listen.tlsEndedBy?.addresses ?? []),
    security,
    rawRefusal: (code) => {
      ports.watch?.unreadable(code)
      return refuse(code)
    },
    secure,
    underWay: new Set(),
    isClosing: false,
    close: async () => {
      await records.close()
      knowledge.close()
      for (const upstream of upstreams) upstream.close()
    },
  }
}
