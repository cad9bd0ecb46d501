/**
 * The apps that this gateway guards: those of its configuration, which stay, and
 * those that the server tells of, which come, change and go while it runs.
 *
 * INVARIANT (the configuration wins): what the server tells never replaces a host of
 * the configuration or leads to a listener of ours, and a host that cannot be guarded
 * as it was told is not there.
 *
 * @module
 */

import type { GatewayConfig, GatewayHost } from './config.ts'
import type { GatewayLog } from './log.ts'
import { checkHeaders, requireOrigin } from './check-host.ts'
import type { OwnListener } from './proxy/own-listeners.ts'
import { openUpstream, type Upstream, type UpstreamLimits } from './proxy/upstream.ts'
import { hostHeaders, routeTable, type RouteTable } from './request/route-table.ts'

/** One app, ready to be asked for. */
export interface GuardedHost {
  readonly host: GatewayHost
  /** Whether the configuration names it, or the server told of it and may take it away. */
  readonly from: 'configuration' | 'server'
  /** Its Host header: what the app sees as the one it was asked under. */
  readonly authority: string
  readonly routes: RouteTable
  readonly upstream: Upstream
}

export class Hosts {
  readonly #limits: UpstreamLimits | undefined
  readonly #own: readonly OwnListener[]
  readonly #configured: readonly GuardedHost[]
  #told: readonly GuardedHost[] | undefined
  #byHeader: ReadonlyMap<string, GuardedHost>

  /** Throws one sentence for hosts and routes that contradict each other. */
  constructor({ hosts, ownListeners = [] }: Pick<GatewayConfig, 'hosts' | 'ownListeners'>, limits?: UpstreamLimits) {
    this.#limits = limits
    this.#own = ownListeners
    this.#configured = hosts.map((host) => this.#guard(host, 'configuration'))
    this.#byHeader = byHeader(this.#configured)
  }

  /** Whether the server has told of its hosts since this process began. */
  get isLoaded(): boolean {
    return this.#told !== undefined
  }

  get all(): readonly GatewayHost[] {
    return this.#guarded.map(({ host }) => host)
  }

  /** By the Host header of a request, in lower case. */
  find(header: string): GuardedHost | undefined {
    return this.#byHeader.get(header)
  }

  /** Guards these beside the configured ones from now on. Answers those that are gone or not what they were: what is open there must end. */
  replace(told: readonly GatewayHost[], log: GatewayLog): ReadonlySet<GuardedHost> {
    const before = new Map((this.#told ?? []).map((guarded) => [JSON.stringify(guarded.host), guarded]))
    const next = new Set<GuardedHost>()
    const headers = byHeader(this.#configured)
    for (const host of told) {
      try {
        requireFree(headers, host.origin)
        this.#requireScheme(host)
        const guarded = before.get(JSON.stringify(host)) ?? this.#guard(host, 'server')
        enter(headers, guarded)
        next.add(guarded)
      } catch (error) {
        log.error('a route of the server cannot be served', error, { origin: host.origin })
      }
    }
    this.#told = [...next]
    this.#byHeader = headers
    const gone = new Set([...before.values()].filter((guarded) => !next.has(guarded)))
    for (const { upstream } of gone) upstream.close()
    return gone
  }

  close(): void {
    for (const { upstream } of this.#guarded) upstream.close()
  }

  get #guarded(): readonly GuardedHost[] {
    return [...this.#configured, ...(this.#told ?? [])]
  }

  #guard(host: GatewayHost, from: GuardedHost['from']): GuardedHost {
    const { host: authority } = requireOrigin(host)
    checkHeaders(host)
    const upstream = openUpstream(host.upstream, this.#limits, from === 'server' ? this.#own : [])
    return { host, from, authority, routes: routeTable(host), upstream }
  }

  /** A gateway speaks TLS or does not, and its cookies with it. */
  #requireScheme({ origin }: GatewayHost): void {
    const scheme = (of: string): string | undefined => URL.parse(of)?.protocol
    const [first] = this.#configured
    if (first !== undefined && scheme(first.host.origin) !== scheme(origin))
      throw new Error('it is of another scheme than the configured ones')
  }
}

/** Throws one sentence for an origin that is there twice. */
function byHeader(guarded: readonly GuardedHost[]): Map<string, GuardedHost> {
  const hosts = new Map<string, GuardedHost>()
  for (const one of guarded) enter(hosts, one)
  return hosts
}

function enter(hosts: Map<string, GuardedHost>, guarded: GuardedHost): void {
  requireFree(hosts, guarded.host.origin)
  for (const header of hostHeaders(guarded.host.origin)) hosts.set(header, guarded)
}

/** Throws one sentence for an origin that is there already. */
function requireFree(hosts: ReadonlyMap<string, GuardedHost>, origin: string): void {
  if (hostHeaders(origin).some((header) => hosts.has(header))) throw new Error(`${origin} is there twice`)
}
