/** Cedar's `decimal`: four places after the point, 64 bits in all. @module */

import { longOf, type Long } from '../values/long.ts'

/** A number with up to four places after the point. */
export class Decimal {
  /** Ten thousand times the number. */
  readonly scaled: Long

  constructor(scaled: Long) {
    this.scaled = scaled
  }

  equals(other: Decimal): boolean {
    return this.scaled === other.scaled
  }

  toString(): string {
    const exact = BigInt(this.scaled)
    const digits = String(exact < 0n ? -exact : exact).padStart(5, '0')
    return `${exact < 0n ? '-' : ''}${digits.slice(0, -4)}.${digits.slice(-4)}`
  }
}

/** Longer than any number of 64 bits with its sign and its point; more zeros in front say nothing. */
const longest = 64

const shape = /^(-?)([0-9]+)\.([0-9]{1,4})$/

/** Reads `12.34`; undefined when the text is no decimal, or outside 64 bits. */
export function readDecimal(text: string): Decimal | undefined {
  if (text.length > longest) return undefined
  const [, sign, whole, places] = shape.exec(text) ?? []
  if (whole === undefined || places === undefined) return undefined
  const size = BigInt(whole + places.padEnd(4, '0'))
  const scaled = longOf(sign === '-' ? -size : size)
  return scaled === undefined ? undefined : new Decimal(scaled)
}
