/**
 * Where an app may listen. The gateway sends requests of strangers there, so an
 * address that only this machine is meant to ask (a cloud's metadata, RFC 3927
 * link-local) is none, whoever wrote it down, by number or by a name that leads there.
 *
 * @module
 */

import { lookup, type LookupAddress, type LookupOptions } from 'node:dns'
import { BlockList, isIP } from 'node:net'
import { HostMistake } from '../config.ts'

const forbidden = new BlockList()
/** Nobody's address, link-local with the metadata of clouds, and groups; an IPv4 address written as IPv6 is found as such. */
for (const [network, prefix] of [
  ['0.0.0.0', 8],
  ['169.254.0.0', 16],
  // Azure's and Alibaba's own services for a machine.
  ['168.63.129.16', 32],
  ['100.100.100.200', 32],
  ['224.0.0.0', 4],
  ['255.255.255.255', 32],
] as const)
  forbidden.addSubnet(network, prefix, 'ipv4')
for (const [network, prefix] of [
  ['::', 128],
  ['fe80::', 10],
  ['ff00::', 8],
  // AWS and Azure.
  ['fd00:ec2::', 32],
  // RFC 6052 and 8215: the same link-local addresses through NAT64, all of the local prefix; 6to4; IPv4-compatible.
  ['64:ff9b::a9fe:0', 112],
  ['64:ff9b:1::', 48],
  ['2002:a9fe::', 32],
  ['::a9fe:0', 112],
  // Google.
  ['fd20:ce::', 32],
] as const)
  forbidden.addSubnet(network, prefix, 'ipv6')

/** What is no address is none for an app. A zone (`fe80::1%eth0`) names an interface, and no other address. */
function isForbidden(text: string): boolean {
  const [address = ''] = text.split('%')
  const version = isIP(address)
  return version === 0 || forbidden.check(address, version === 6 ? 'ipv6' : 'ipv4')
}

/** The address of an app. Throws {@link HostMistake}. */
export function requireUpstream(text: string): URL {
  const wrong = (says: string): HostMistake => new HostMistake('upstream', `${text} is not an address of an app: ${says}`)
  const url = URL.parse(text)
  if (url === null) throw wrong('it is no URL')
  if (url.protocol !== 'http:') throw wrong('http is spoken to apps on this machine')
  if (url.username !== '' || url.password !== '') throw wrong('names and passwords are not sent to apps')
  if (url.pathname !== '/' || url.search !== '' || url.hash !== '') throw wrong('it is a host and a port and nothing behind them')
  if (url.port === '0') throw wrong('nobody listens on port 0')
  const host = url.hostname.replace(/^\[|\]$/g, '')
  if (isIP(host) !== 0 && isForbidden(host)) throw wrong('nobody else than this machine is meant to ask there')
  return url
}

type Found = (error: NodeJS.ErrnoException | null, address: string | LookupAddress[], family?: number) => void

/** How a name is read when a connection is made. */
export type Lookup = (hostname: string, options: LookupOptions, found: Found) => void

/** Reads a name as Node does, and does not find what {@link requireUpstream} would have refused, nor what is an address of ours. */
export function guardedLookup(isOurs: (address: string) => boolean): Lookup {
  return (hostname, options, found) =>
    lookup(hostname, { ...options, all: true }, (error, addresses) => {
      const [first] = addresses ?? []
      if (error !== null || first === undefined) return found(error ?? notFound(hostname), '')
      if (addresses.some(({ address }) => isForbidden(address) || isOurs(address))) return found(notFound(hostname), '')
      return options.all === true ? found(null, addresses) : found(null, first.address, first.family)
    })
}

function notFound(hostname: string): NodeJS.ErrnoException {
  return Object.assign(new Error(`${hostname} leads to no address of an app`), { code: 'ENOTFOUND' })
}
