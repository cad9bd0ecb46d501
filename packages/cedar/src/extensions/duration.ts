/** Cedar's `duration`: a span of time in milliseconds, 64 bits. @module */

import { longOf, quotient, type Long } from '../values/long.ts'

export const secondMs: number = 1_000
export const minuteMs: number = 60 * secondMs
export const hourMs: number = 60 * minuteMs
export const dayMs: number = 24 * hourMs

/** A span of time. */
export class Duration {
  readonly ms: Long

  constructor(ms: Long) {
    this.ms = ms
  }

  equals(other: Duration): boolean {
    return this.ms === other.ms
  }

  /** In whole units, cut off toward zero. */
  in(unitMs: number): Long {
    return quotient(this.ms, unitMs)
  }

  toString(): string {
    return `${this.ms}ms`
  }
}

/** Longer than any span that fits, each unit with as many digits as 64 bits need; more zeros in front say nothing. */
const longest = 160

const shape = /^(-?)(?:([0-9]+)d)?(?:([0-9]+)h)?(?:([0-9]+)m)?(?:([0-9]+)s)?(?:([0-9]+)ms)?$/
const unitsMs = [dayMs, hourMs, minuteMs, secondMs, 1] as const

/** Reads `1d2h30m`, units from great to small, with a sign in front or none; undefined when the text is no duration. */
export function readDuration(text: string): Duration | undefined {
  if (text.length > longest) return undefined
  const [, sign, ...counts] = shape.exec(text) ?? []
  if (counts.every((count) => count === undefined)) return undefined
  const size = unitsMs.reduce((sum, unitMs, at) => sum + BigInt(counts[at] ?? 0) * BigInt(unitMs), 0n)
  const ms = longOf(sign === '-' ? -size : size)
  return ms === undefined ? undefined : new Duration(ms)
}
