/**
 * Our own listeners, which no route leads to: what they hear from this machine
 * could be believed. What counts is the address that a connection is about to be
 * made to, since a name can lead elsewhere with every question (DNS rebinding).
 *
 * @module
 */

import { BlockList, isIP } from 'node:net'
import { networkInterfaces } from 'node:os'

export interface OwnListener {
  readonly host: string
  readonly port: number
}

/** An IPv4 address written as IPv6 is found as such. */
const loopback = new BlockList()
loopback.addSubnet('127.0.0.0', 8, 'ipv4')
loopback.addAddress('::1', 'ipv6')

/** Whether a connection to this address would be one to ourselves. */
export function isOwnListener(listeners: readonly OwnListener[], address: string, port: number): boolean {
  return listeners.some((listener) => listener.port === port && isHeardBy(listener.host, address))
}

function isHeardBy(host: string, address: string): boolean {
  const listening = host.replace(/^\[|\]$/g, '')
  if (isAmong(loopback, listening) || listening === 'localhost') return isAmong(loopback, address)
  if (isIP(listening) !== 0 && !isUnspecified(listening)) return isAmong(only([listening]), address)
  // It listens everywhere, or where a name leads: that may be any address of this machine, and those come and go.
  return isAmong(loopback, address) || isAmong(only(addressesOfThisMachine()), address)
}

function isUnspecified(address: string): boolean {
  return isAmong(only(['0.0.0.0', '::']), address)
}

function addressesOfThisMachine(): readonly string[] {
  return Object.values(networkInterfaces()).flatMap((all) => (all ?? []).map(({ address }) => address))
}

function only(addresses: readonly string[]): BlockList {
  const list = new BlockList()
  for (const address of addresses) list.addAddress(...familied(address))
  return list
}

function isAmong(list: BlockList, address: string): boolean {
  return isIP(address) !== 0 && list.check(...familied(address))
}

/** A zone (`fe80::1%eth0`) names an interface, and no other address. */
function familied(text: string): [string, 'ipv4' | 'ipv6'] {
  const [address = ''] = text.split('%')
  return [address, isIP(address) === 6 ? 'ipv6' : 'ipv4']
}
