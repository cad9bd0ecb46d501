/**
 * What each route allows alone and all of them together do not. Pure.
 *
 * @module
 */

import type { RouteId } from '#kernel'
import type { AppRoute } from './contract.ts'
import { refuse } from './refusals.ts'
import { writeSettings, type StoredRoute } from './store.ts'

/** As many hosts as the configuration may have. */
const mostRoutes = 1_024

/** All of them travel to a gateway in one message, beside the policies. */
const mostCharacters = 8 * 1024 * 1024

/**
 * Throws unless the route may stand beside all others. Two origins are two hosts: they are
 * in canonical form and have one scheme.
 *
 * INVARIANT (no assertion for two apps): what an app verifies as said to itself is never
 * said to an app that somebody routes later.
 */
export function checkConflicts(
  route: AppRoute & { readonly id?: RouteId },
  configured: readonly AppRoute[],
  stored: readonly StoredRoute[],
): void {
  const others = stored.filter(({ id }) => id !== route.id)
  if (configured.some(({ origin }) => origin === route.origin)) throw refuse('routes.configured_origin')
  if (others.some(({ origin }) => origin === route.origin)) throw refuse('routes.taken')
  const audiences = new Set([...configured, ...others].flatMap(audiencesOf))
  if (audiences.has(route.audience ?? route.origin)) throw refuse('routes.audience_taken')
  const characters = [route, ...others].reduce((sum, one) => sum + writeSettings(one).length, 0)
  if (others.length >= mostRoutes || characters > mostCharacters) throw refuse('routes.too_many')
}

/** What an app may verify its assertions by: its origin too, since that is the default. */
export function audiencesOf({ origin, audience }: AppRoute): readonly string[] {
  return audience === undefined ? [origin] : [origin, audience]
}
