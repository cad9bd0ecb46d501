/**
 * What a request of ours may go to, before anything is sent. Pure, but for the
 * name's addresses, which are found once and by whoever asks.
 *
 * @module
 */

import { BlockList, isIP } from 'node:net'
import { isPublicAddress } from './addresses.ts'

/** A host that the guard is lifted for, at these addresses and this port alone. */
export interface OutboundExcuse {
  /** As it stands in the URL. */
  readonly host: string
  /** An address, or a network (`10.1.0.0/16`). */
  readonly addresses: string
  readonly port: number
}

/** Where a request goes, as its URL says it. */
export interface Destination {
  /** A name, or an address without brackets. */
  readonly host: string
  readonly port: number
  /** Path and query. */
  readonly path: string
}

export type DestinationMistake = 'not_a_url' | 'not_https' | 'credentials' | 'port'

/** Longer than any address that servers and proxies pass on. */
const longestUrl = 2048

export interface Guard {
  readDestination(url: string): Destination | DestinationMistake
  /** Whether these are all addresses that the destination may have. One that is not spoils the others: whoever made the name chose them all. */
  admits(destination: Destination, addresses: readonly string[]): boolean
}

/** Throws for an excuse that names no network, since it is configuration. */
export function createGuard(excuses: readonly OutboundExcuse[]): Guard {
  const excused = excuses.map(({ host, port, addresses }) => ({ host: host.toLowerCase(), port, network: networkOf(addresses) }))
  const excusesOf = ({ host, port }: Pick<Destination, 'host' | 'port'>) =>
    excused.filter((excuse) => excuse.host === host && excuse.port === port)
  return {
    readDestination(text) {
      const url = text.length > longestUrl ? null : URL.parse(text)
      if (url === null) return 'not_a_url'
      if (url.protocol !== 'https:') return 'not_https'
      if (url.username !== '' || url.password !== '') return 'credentials'
      const host = url.hostname.replace(/^\[|\]$/g, '').replace(/\.$/, '')
      const port = Number(url.port === '' ? 443 : url.port)
      if (port !== 443 && excusesOf({ host, port }).length === 0) return 'port'
      return { host, port, path: `${url.pathname}${url.search}` }
    },
    admits(destination, addresses) {
      const networks = excusesOf(destination)
      const isExcused = (address: string): boolean =>
        isIP(address) !== 0 && networks.some(({ network }) => network.check(address, isIP(address) === 6 ? 'ipv6' : 'ipv4'))
      return addresses.length > 0 && addresses.every((address) => isPublicAddress(address) || isExcused(address))
    },
  }
}

/** Whether it is an address, or a network with the length of its prefix. */
export function isNetwork(text: string): boolean {
  return readNetwork(text) !== undefined
}

function networkOf(text: string): BlockList {
  const network = readNetwork(text)
  if (network === undefined) throw new Error(`${text} is neither an address nor a network`)
  return network
}

function readNetwork(text: string): BlockList | undefined {
  const [address = '', prefix, ...more] = text.split('/')
  const version = isIP(address)
  const longest = version === 6 ? 128 : 32
  const length = prefix === undefined ? longest : /^(0|[1-9][0-9]{0,2})$/.test(prefix) ? Number(prefix) : longest + 1
  if (version === 0 || address.includes('%') || more.length > 0 || length > longest) return undefined
  const network = new BlockList()
  network.addSubnet(address, length, version === 6 ? 'ipv6' : 'ipv4')
  return network
}
