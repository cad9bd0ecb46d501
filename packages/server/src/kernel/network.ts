/**
 * Which network an address belongs to, as far as limits care.
 *
 * An IPv4 address counts for itself. Of IPv6 the first 64 bits count: they are
 * what one customer is given, who can use any of the 2^64 addresses below.
 *
 * @module
 */

/** The key of an address' network. Anything that is no address is its own key, cut to a bounded length. */
export function networkOf(address: string): string {
  if (!address.includes(':')) return address.slice(0, 64)
  if (address.startsWith('::ffff:') && address.includes('.')) return address.slice(7, 64)
  return `${firstFourGroups(address)}::/64`
}

/** The first four of the eight groups, written without leading zeros. */
function firstFourGroups(address: string): string {
  const [head = '', tail] = (address.split('%')[0] ?? '').toLowerCase().split('::')
  const left = head === '' ? [] : head.split(':')
  const right = tail === undefined || tail === '' ? [] : tail.split(':')
  const zeros = tail === undefined ? 0 : Math.max(0, 8 - left.length - right.length)
  const groups = [...left, ...Array.from({ length: zeros }, () => '0'), ...right].slice(0, 4)
  return groups.map((group) => group.replace(/^0+(?=.)/, '').slice(0, 4)).join(':')
}
