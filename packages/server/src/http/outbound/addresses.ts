/**
 * Which addresses are somebody on the internet. A request that a stranger's text
 * sends somewhere must not reach this machine, its network or its cloud.
 *
 * The lists are those of IANA's special-purpose registries (RFC 6890 and what
 * followed). Of IPv6 nothing counts but global unicast (2000::/3), so that what is
 * mapped, translated (NAT64) or not assigned yet is refused without being named.
 *
 * @module
 */

import { BlockList, isIP } from 'node:net'

const special = new BlockList()
for (const [network, prefix] of [
  ['0.0.0.0', 8],
  ['10.0.0.0', 8],
  // Shared with a carrier, RFC 6598; Alibaba's metadata is in it.
  ['100.64.0.0', 10],
  ['127.0.0.0', 8],
  // Link-local: the metadata of most clouds.
  ['169.254.0.0', 16],
  ['172.16.0.0', 12],
  ['192.0.0.0', 24],
  ['192.0.2.0', 24],
  ['192.88.99.0', 24],
  ['192.168.0.0', 16],
  ['198.18.0.0', 15],
  ['198.51.100.0', 24],
  ['203.0.113.0', 24],
  // Azure's own services for a machine.
  ['168.63.129.16', 32],
  // Groups, what is reserved, and everybody.
  ['224.0.0.0', 4],
  ['240.0.0.0', 4],
] as const)
  special.addSubnet(network, prefix, 'ipv4')
for (const [network, prefix] of [
  // Protocol assignments: Teredo, ORCHID, benchmarking.
  ['2001::', 23],
  ['2001:db8::', 32],
  // 6to4 carries an IPv4 address.
  ['2002::', 16],
  ['3fff::', 20],
] as const)
  special.addSubnet(network, prefix, 'ipv6')

const globalUnicast = new BlockList()
globalUnicast.addSubnet('2000::', 3, 'ipv6')

/** False for what is no address. A zone (`fe80::1%eth0`) names an interface of this machine. */
export function isPublicAddress(address: string): boolean {
  const version = address.includes('%') ? 0 : isIP(address)
  if (version === 4) return !special.check(address, 'ipv4')
  return version === 6 && globalUnicast.check(address, 'ipv6') && !special.check(address, 'ipv6')
}
