/** Cedar's `ipaddr`: an address or a network, of either version. @module */

/** An address with the length of its prefix: all bits for a single address. */
export class IpAddress {
  readonly version: 4 | 6
  readonly bits: bigint
  readonly prefix: number

  constructor(version: 4 | 6, bits: bigint, prefix: number) {
    this.version = version
    this.bits = bits
    this.prefix = prefix
  }

  /** The same text in another form is equal; an address is not equal to its network. */
  equals(other: IpAddress): boolean {
    return this.version === other.version && this.prefix === other.prefix && this.bits === other.bits
  }

  /** Whether every address of this one is one of the other's. */
  isInRange(other: IpAddress): boolean {
    if (this.version !== other.version || this.prefix < other.prefix) return false
    const free = BigInt(width(other.version) - other.prefix)
    return this.bits >> free === other.bits >> free
  }

  isLoopback(): boolean {
    return this.isInRange(this.version === 4 ? loopback4 : loopback6)
  }

  isMulticast(): boolean {
    return this.isInRange(this.version === 4 ? multicast4 : multicast6)
  }

  toString(): string {
    const address = this.version === 4 ? this.#groups(4, 8, 10).join('.') : this.#groups(8, 16, 16).join(':')
    return this.prefix === width(this.version) ? address : `${address}/${this.prefix}`
  }

  #groups(count: number, size: number, radix: number): readonly string[] {
    return Array.from({ length: count }, (_, at) => {
      const group = (this.bits >> BigInt(size * (count - 1 - at))) & ((1n << BigInt(size)) - 1n)
      return group.toString(radix)
    })
  }
}

const loopback4 = new IpAddress(4, 127n << 24n, 8)
const loopback6 = new IpAddress(6, 1n, 128)
const multicast4 = new IpAddress(4, 224n << 24n, 4)
const multicast6 = new IpAddress(6, 0xffn << 120n, 8)

function width(version: 4 | 6): 32 | 128 {
  return version === 4 ? 32 : 128
}

/** The longest: eight groups of four, their colons, and a prefix. */
const longest = 43

/** Reads an address or a network; undefined when the text is neither. An IPv4 address inside an IPv6 one is not taken. */
export function readIpAddress(text: string): IpAddress | undefined {
  if (text.length > longest) return undefined
  const slash = text.indexOf('/')
  const address = slash === -1 ? text : text.slice(0, slash)
  const version = address.includes(':') ? 6 : 4
  const bits = version === 6 ? readVersion6(address) : readVersion4(address)
  if (bits === undefined) return undefined
  const prefix = slash === -1 ? width(version) : readPrefix(text.slice(slash + 1), width(version))
  return prefix === undefined ? undefined : new IpAddress(version, bits, prefix)
}

function readPrefix(text: string, most: number): number | undefined {
  if (!/^(0|[1-9][0-9]{0,2})$/.test(text)) return undefined
  const prefix = Number(text)
  return prefix <= most ? prefix : undefined
}

/** Four numbers without leading zeros: some read those as octal. */
function readVersion4(text: string): bigint | undefined {
  const groups = text.split('.')
  if (groups.length !== 4 || !groups.every((group) => /^(0|[1-9][0-9]{0,2})$/.test(group) && Number(group) <= 255)) return undefined
  return groups.reduce((bits, group) => (bits << 8n) | BigInt(group), 0n)
}

/** Eight groups of up to four hexadecimal digits; `::` stands once for at least one group of zeros (RFC 4291 section 2.2). */
function readVersion6(text: string): bigint | undefined {
  const [head = '', tail, ...more] = text.split('::')
  if (more.length > 0) return undefined
  const left = readGroups(head)
  const right = tail === undefined ? [] : readGroups(tail)
  if (left === undefined || right === undefined) return undefined
  const given = left.length + right.length
  if (tail === undefined ? given !== 8 : given > 7) return undefined
  const zeros = Array.from({ length: 8 - given }, () => 0n)
  return [...left, ...zeros, ...right].reduce((bits, group) => (bits << 16n) | group, 0n)
}

function readGroups(text: string): readonly bigint[] | undefined {
  if (text === '') return []
  const groups = text.split(':')
  return groups.every((group) => /^[0-9a-fA-F]{1,4}$/.test(group)) ? groups.map((group) => BigInt(`0x${group}`)) : undefined
}
