/**
 * Whose word we take for where a request came from.
 *
 * `X-Forwarded-For` and `X-Forwarded-Proto` are written by anybody. They count
 * only on a connection from a proxy that the operator named, and then only up to
 * the first address that is not such a proxy, from the right: what stands left
 * of it was sent by the caller.
 *
 * @module
 */

import { BlockList, isIP, isIPv6 } from 'node:net'
import { refuse } from './refusals.ts'

export interface Origin {
  readonly address: string
  /** Whether the caller's own connection was encrypted, as the proxy says; undefined when no proxy spoke. */
  readonly https: boolean | undefined
}

export interface TrustedProxies {
  readonly isEmpty: boolean
  /** Whether the other end of a connection is such a proxy. */
  trusts(peer: string): boolean
  /** Refuses with `request.malformed` when a trusted proxy sent something that is no list of addresses. */
  origin(peer: string, forwardedFor: string | undefined, forwardedProto: string | undefined): Origin
}

/** Addresses and networks (`10.0.0.0/8`). Throws for anything else, since it is configuration. */
export function trustedProxies(addresses: readonly string[]): TrustedProxies {
  const trusted = new BlockList()
  for (const entry of addresses) {
    const [address = '', prefix] = entry.split('/')
    const family = isIPv6(address) ? 'ipv6' : 'ipv4'
    if (isIP(address) === 0 || (prefix !== undefined && !/^[0-9]{1,3}$/.test(prefix))) {
      throw new Error(`${entry} is neither an address nor a network`)
    }
    if (prefix === undefined) trusted.addAddress(address, family)
    else trusted.addSubnet(address, Number(prefix), family)
  }
  const isTrusted = (address: string): boolean =>
    addresses.length > 0 && isIP(address) !== 0 && trusted.check(address, isIPv6(address) ? 'ipv6' : 'ipv4')

  return {
    isEmpty: addresses.length === 0,
    trusts: isTrusted,
    origin(peer, forwardedFor, forwardedProto) {
      if (!isTrusted(peer)) return { address: peer, https: undefined }
      const https = forwardedProto === undefined ? undefined : forwardedProto.trim().toLowerCase() === 'https'
      let address = peer
      for (const hop of (forwardedFor ?? '').split(',').toReversed()) {
        const named = hop.trim()
        if (named === '' && forwardedFor === undefined) break
        // A zone (`%eth0`) means something on the machine that wrote it alone, and may be as long as its writer likes.
        if (isIP(named) === 0 || named.includes('%')) throw refuse('request.malformed', 'X-Forwarded-For')
        address = plainAddress(named)
        if (!isTrusted(address)) break
      }
      return { address, https }
    },
  }
}

/** IPv4 addresses seen through an IPv6 socket are IPv4 addresses. */
export function plainAddress(address: string): string {
  return address.startsWith('::ffff:') && address.includes('.') ? address.slice(7) : address
}
