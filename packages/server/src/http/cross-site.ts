/**
 * Forms of ours are sent from pages of ours (cross-site request forgery).
 *
 * Browsers say where a request comes from: in `Sec-Fetch-Site`, older ones in
 * `Origin`. A request with neither was not made by a browser that could carry
 * somebody else's cookies; it is let through, and state that a form carries is
 * bound to a cookie besides.
 *
 * @module
 */

import type { Principal } from '#kernel'
import type { Presented } from './arrival.ts'
import { refuse } from './refusals.ts'
import type { Route } from './route.ts'

const safe = new Set(['GET', 'HEAD', 'OPTIONS'])

/** Refuses with `request.cross_site` an unsafe request to a page, or under a session cookie, that another site sent. */
export function checkSite(route: Route, presented: Presented, principal: Principal | undefined, origins: ReadonlySet<string>): void {
  if (safe.has(route.method) || route.unsafelyFromAnySite === true) return
  if (route.answers !== 'page' && principal?.credential.kind !== 'session') return
  const site = presented.headers['sec-fetch-site']
  const origin = presented.headers['origin']
  if (site !== undefined) {
    if (site !== 'same-origin' && site !== 'none') throw refuse('request.cross_site', site)
  } else if (origin !== undefined && !origins.has(origin)) throw refuse('request.cross_site', 'origin')
}
