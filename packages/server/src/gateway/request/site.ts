/**
 * Requests under our cookie are sent from pages of the app's own origin
 * (cross-site request forgery, and hijacking of WebSockets from another origin).
 *
 * `SameSite=Lax` keeps other sites' unsafe requests without the cookie. It does not
 * keep out a sibling host of the same site, so browsers' own words about where a
 * request comes from are read as well; whoever says neither is no browser.
 *
 * @module
 */

import type { IncomingMessage } from 'node:http'
import { refuse } from '../refusals.ts'

const safe: ReadonlySet<string> = new Set(['GET', 'HEAD', 'OPTIONS'])

/** Refuses with `request.cross_site`. */
export function checkSite({ method, headers }: IncomingMessage, isUpgrade: boolean, ownOrigin: string): void {
  if (safe.has(method ?? '') && !isUpgrade) return
  const site = headers['sec-fetch-site']
  if (site !== undefined && site !== 'same-origin' && site !== 'none') throw refuse('request.cross_site', 'site')
  // Under `Referrer-Policy: no-referrer` browsers write `Origin: null` on a page's own forms, and only the other header tells.
  if (site === undefined && headers.origin !== undefined && headers.origin !== ownOrigin) throw refuse('request.cross_site', 'origin')
}
