/**
 * What may be known of a request besides who asks for what: the context of a
 * decision. Each action is given only the facts that its schema declares.
 *
 * @module
 */

import type { Value } from './engine.ts'

export interface RequestFacts {
  /** When it is asked: `now`, a datetime. */
  readonly nowMs: number
  /** The caller's address: `address`, an ipaddr. Left out when it is not an IP address. */
  readonly address?: string
  readonly method?: string
  /** The path without the query and without a final slash, its percent-escapes read. */
  readonly path?: string
  /** The host that was asked, without the port. */
  readonly host?: string
}

/** All names that a schema may give to facts. */
export const knownFacts: ReadonlySet<string> = new Set(['now', 'address', 'method', 'path', 'host'])

/** Those that every request has: a schema may require them. */
export const alwaysKnown: ReadonlySet<string> = new Set(['now'])

/** Builds the context that an action declares. */
export function contextFor(declared: ReadonlySet<string>, facts: RequestFacts): Readonly<Record<string, Value>> {
  const { nowMs, address, method, path, host } = facts
  const known: Readonly<Record<string, Value | undefined>> = {
    now: instant(nowMs),
    address: address === undefined ? undefined : readAddress(address),
    method,
    path,
    host,
  }
  return Object.fromEntries(
    Object.entries(known).filter((entry): entry is [string, Value] => entry[1] !== undefined && declared.has(entry[0])),
  )
}

/** A point in time as Cedar's datetime reads it. */
export function instant(ms: number): string {
  return new Date(ms).toISOString()
}

const ipv4 = /^(?:(?:25[0-5]|2[0-4]\d|1?\d?\d)(?:\.(?!$)|$)){4}$/
const ipv6Letters = /^[0-9a-f]*:[0-9a-f:]*$/i

/** Cedar reads neither zones nor IPv4 inside IPv6, which is how a dual-stack socket names an IPv4 caller. */
function readAddress(text: string): string | undefined {
  const unmapped = text.replace(/^::ffff:(?=[\d.]+$)/i, '').replace(/%.*$/, '')
  if (ipv4.test(unmapped)) return unmapped
  return ipv6Letters.test(unmapped) && URL.canParse(`http://[${unmapped}]/`) ? unmapped : undefined
}
