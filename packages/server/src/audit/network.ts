/**
 * The network that an address is in: what strangers are counted by. A /24 of
 * IPv4 and a /64 of IPv6 are what one subscriber is usually given.
 *
 * @module
 */

/** `192.0.2.0/24`, `2001:db8:0:1::/64`, or `elsewhere` for what is no address. */
export function networkOf(address: string): string {
  const text = address.replace(/^\[|\]$|%.*$/g, '').toLowerCase()
  const mapped = /^(?:::ffff:)?(\d{1,3})\.(\d{1,3})\.(\d{1,3})\.\d{1,3}$/.exec(text)
  if (mapped !== null) return `${mapped.slice(1).map(Number).join('.')}.0/24`
  const groups = text.length <= 45 && /^[0-9a-f:.]+$/.test(text) ? firstGroups(text) : undefined
  return groups === undefined ? 'elsewhere' : `${groups.join(':')}::/64`
}

/** The first four groups of an IPv6 address, RFC 4291 section 2.2, without leading zeros. */
function firstGroups(text: string): readonly string[] | undefined {
  const [head = '', tail, ...more] = text.split('::')
  if (more.length > 0 || !text.includes(':')) return undefined
  const before = head === '' ? [] : head.split(':')
  const after = tail === undefined || tail === '' ? [] : tail.split(':')
  const missing = tail === undefined ? 0 : Math.max(0, 8 - before.length - after.length)
  const groups = [...before, ...Array<string>(missing).fill('0'), ...after].slice(0, 4)
  if (groups.length < 4 || groups.some((group) => !/^[0-9a-f]{1,4}$/.test(group))) return undefined
  return groups.map((group) => Number.parseInt(group, 16).toString(16))
}
