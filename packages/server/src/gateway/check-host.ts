/**
 * Whether a host can be guarded as it is written: the same judgement for what stands
 * in the configuration and for what somebody asks for over the admin API.
 *
 * @module
 */

import { HostMistake, type GatewayHost } from './config.ts'
import { requireUpstream } from './proxy/upstream-address.ts'
import { routeTable } from './request/route-table.ts'

/** The first thing that is wrong; undefined when nothing is. Pure. */
export function findHostMistake(host: GatewayHost): HostMistake | undefined {
  try {
    requireOrigin(host)
    requireUpstream(host.upstream)
    checkHeaders(host)
    routeTable(host)
    return undefined
  } catch (error) {
    if (error instanceof HostMistake) return error
    throw error
  }
}

/** Labels of letters, digits, `-` and `_` (a name in another script as its `xn--` form), or an address in brackets. No final dot: cookies and servers disagree about it. */
const hostShape = /^(?:[a-z0-9_-]+(?:\.[a-z0-9_-]+)*|\[[0-9a-f:.]+\])$/

/** The origin in the one spelling that browsers send. Throws {@link HostMistake}. */
export function requireOrigin({ origin: text }: GatewayHost): URL {
  const url = URL.parse(text)
  if (url === null) throw new HostMistake('origin', `${text} is no origin`)
  if (url.origin !== text) throw new HostMistake('origin', `${text} is no origin; it would be ${url.origin}`)
  if (!hostShape.test(url.hostname)) throw new HostMistake('origin', `${text} names no single host`)
  return url
}

/** What frames a message or sets what is ours to set. */
const notAdded: ReadonlySet<string> = new Set([
  'connection',
  'content-length',
  'date',
  'keep-alive',
  'proxy-authenticate',
  'set-cookie',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
])

/** Throws {@link HostMistake} for a header that could not be sent or would change where an answer ends. */
export function checkHeaders({ origin, addHeaders = {} }: GatewayHost): void {
  const entries = Object.entries(addHeaders)
  if (entries.length > 64) throw new HostMistake('addHeaders', `${origin}: more than 64 headers are too many`)
  for (const [name, value] of entries) {
    if (notAdded.has(name)) throw new HostMistake('addHeaders', `${origin}: ${name} is not added to answers`)
    if (!/^[\t\x20-\x7e]+$/.test(value)) throw new HostMistake('addHeaders', `${origin}: ${name} is not printable ASCII`)
  }
}
