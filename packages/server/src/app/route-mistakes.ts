/**
 * What is wrong with a route for itself, all of it at once. What a gateway can serve
 * is judged by the gateway's own code, which judges the configuration too.
 *
 * @module
 */

import { findHostMistake } from '#gateway'
import { isLoopback } from '#kernel'
import { findAskMistake } from '#policy'
import type { AppRoute, RouteMistake } from '#routing'
import type { Rulebook } from '#rulebook'
import type { Config } from './config.ts'
import { originMistakes } from './origin-mistakes.ts'
import type { ListenerSettings } from './settings.ts'

/** What a route is judged by. */
export interface RouteSurroundings {
  readonly config: Pick<Config, 'issuerUrl' | 'listen' | 'gateway' | 'metrics'>
  readonly rulebook: Pick<Rulebook, 'find'>
}

/** Empty when nothing is wrong. */
export function routeMistakes({ config, rulebook }: RouteSurroundings, app: AppRoute): readonly RouteMistake[] {
  const { paths, ...rest } = app
  const unservable = findHostMistake({ ...rest, routes: paths, clientId: 'clientless' })
  if (unservable?.member === 'origin') return [{ member: 'origin', says: unservable.message }]
  const member = unservable?.member === 'routes' ? 'paths' : unservable?.member
  return [
    ...schemeMistakes(new URL(app.origin), config),
    ...originMistakes(new URL(app.origin), config.issuerUrl),
    ...(unservable === undefined || member === undefined ? [] : [{ member, says: unservable.message }]),
    ...(member === 'upstream' ? [] : ownListenerMistakes(new URL(app.upstream), config)),
    ...(/\p{C}/u.test(app.name) ? [{ member: 'name', says: 'the name holds characters that nobody sees' }] : []),
    ...storeMistakes(app, rulebook),
  ]
}

/** A gateway listens with TLS or without. */
function schemeMistakes({ protocol }: URL, { gateway }: RouteSurroundings['config']): readonly RouteMistake[] {
  const scheme = gateway?.hosts.map(({ origin }) => new URL(origin).protocol)[0]
  if (scheme === undefined || scheme === protocol) return []
  return [{ member: 'origin', says: `all origins of a gateway have one scheme, and here it is ${scheme.slice(0, -1)}` }]
}

export function ownListeners({ listen, gateway, metrics }: RouteSurroundings['config']): readonly ListenerSettings[] {
  return [listen, gateway?.listen, metrics?.listen, metrics?.gatewayListen].filter((one) => one !== undefined)
}

/**
 * Nobody reaches our own listeners through a route: what they hear from this machine could be believed. By spelling alone;
 * a gateway holds what a name leads to against the same listeners on every connection.
 */
function ownListenerMistakes(upstream: URL, config: RouteSurroundings['config']): readonly RouteMistake[] {
  if (!ownListeners(config).some((listener) => leadsTo(upstream, listener))) return []
  return [{ member: 'upstream', says: 'a listener of this server is no app' }]
}

function leadsTo({ hostname, port }: URL, listener: ListenerSettings): boolean {
  if (Number(port === '' ? 80 : port) !== listener.port) return false
  const host = hostname.replace(/^\[|\]$/g, '')
  // The URL parser writes an IPv4 address in IPv6 as ::ffff:7f00:1.
  const isMappedLoopback = /^::ffff:7f[0-9a-f]{2}:/.test(host)
  const isEverywhere = listener.host === '0.0.0.0' || listener.host === '::'
  return isEverywhere || isLoopback(hostname) || isMappedLoopback || host === listener.host
}

/** A path that asks what its store does not know could never be allowed. */
function storeMistakes({ policyStore, paths }: AppRoute, rulebook: RouteSurroundings['rulebook']): readonly RouteMistake[] {
  const set = policyStore === 'countersign' ? undefined : rulebook.find(policyStore)
  if (set === undefined) return [{ member: 'policyStore', says: 'there is no such policy store for apps' }]
  return paths.flatMap(({ action, resource }, at) => {
    const says = action === undefined ? undefined : findAskMistake(set, action, resource?.type ?? 'App')
    return says === undefined ? [] : [{ member: `paths.${at}`, says }]
  })
}
