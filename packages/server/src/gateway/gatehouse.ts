/**
 * Everything that a request meets on its way through the gateway, put together
 * once at start.
 *
 * @module
 */

import { rawRefusals, securityHeaders, trustedProxies, type RawRefusal, type SecurityHeaders, type TrustedProxies } from '#http'
import { newId } from '#kernel'
import { createLimits, memoryBuckets, type Limits, type LimitSettings } from '#ratelimit'
import type { GatewayConfig } from './config.ts'
import { Hosts } from './hosts.ts'
import { Knowledge, type ChannelPlace } from './knowledge.ts'
import type { GatewayPorts } from './ports.ts'
import type { UpstreamLimits } from './proxy/upstream.ts'
import { Records } from './record.ts'
import { cut, type Visit } from './visit.ts'

export interface Gatehouse {
  readonly issuer: string
  readonly ports: GatewayPorts
  readonly hosts: Hosts
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
  readonly underWay: Set<Visit>
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
  const hosts = new Hosts(config, limits.upstreams)
  const secure = config.hosts.some(({ origin }) => origin.startsWith('https:'))
  if (secure && !config.hosts.every(({ origin }) => origin.startsWith('https:'))) throw new Error('All hosts must be https, or none')
  const security = securityHeaders(secure)
  const refuse = rawRefusals(security, () => newId('req'))
  const underWay = new Set<Visit>()
  const knowledge = new Knowledge(place, hosts, ports, (which, why) => {
    for (const visit of underWay) if (visit.known.guarded !== undefined && which(visit.known.guarded)) cut(visit, why)
  })
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
    underWay,
    isClosing: false,
    close: async () => {
      await records.close()
      knowledge.close()
      hosts.close()
    },
  }
}
