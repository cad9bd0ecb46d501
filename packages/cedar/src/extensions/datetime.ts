/** Cedar's `datetime`: a moment, in milliseconds since 1970. @module */

import { add, remainder, subtract, type Long } from '../values/long.ts'
import { dayMs, Duration, hourMs, minuteMs, secondMs } from './duration.ts'

/** A moment. */
export class Datetime {
  /** Milliseconds since 1970-01-01T00:00:00Z; negative before. */
  readonly epochMs: Long

  constructor(epochMs: Long) {
    this.epochMs = epochMs
  }

  equals(other: Datetime): boolean {
    return this.epochMs === other.epochMs
  }

  offset(duration: Duration): Datetime {
    return new Datetime(add(this.epochMs, duration.ms))
  }

  durationSince(other: Datetime): Duration {
    return new Duration(subtract(this.epochMs, other.epochMs))
  }

  /** The beginning of its day in UTC. */
  toDate(): Datetime {
    return new Datetime(subtract(this.epochMs, remainder(this.epochMs, dayMs)))
  }

  /** How long its day in UTC has lasted. */
  toTime(): Duration {
    return new Duration(remainder(this.epochMs, dayMs))
  }

  toString(): string {
    const date = new Date(Number(this.epochMs))
    return Number.isNaN(date.getTime()) ? `${this.epochMs}ms` : date.toISOString()
  }
}

const shape = /^([0-9]{4})-([0-9]{2})-([0-9]{2})(?:T([0-9]{2}):([0-9]{2}):([0-9]{2})(?:\.([0-9]{3}))?(?:Z|([+-])([0-9]{2})([0-9]{2})))?$/

/** Reads `2024-10-15`, or with a time `2024-10-15T11:35:00.000+0200` or `…Z`; undefined when there is no such moment. */
export function readDatetime(text: string): Datetime | undefined {
  const [, year, month, day, hour = '0', minute = '0', second = '0', fraction = '0', sign, offsetHour = '0', offsetMinute = '0'] =
    shape.exec(text) ?? []
  if (year === undefined) return undefined
  if (!isDate(Number(year), Number(month), Number(day))) return undefined
  if (Number(hour) > 23 || Number(minute) > 59 || Number(second) > 59) return undefined
  if (Number(offsetHour) > 23 || Number(offsetMinute) > 59) return undefined
  const local = dayStartMs(Number(year), Number(month), Number(day)) + Number(hour) * hourMs + Number(minute) * minuteMs
  const offset = Number(offsetHour) * hourMs + Number(offsetMinute) * minuteMs
  const exact = local + Number(second) * secondMs + Number(fraction)
  return new Datetime(exact - (sign === '-' ? -offset : offset))
}

function isDate(year: number, month: number, day: number): boolean {
  const date = new Date(dayStartMs(year, month, day))
  return date.getUTCMonth() === month - 1 && date.getUTCDate() === day
}

/** `Date.UTC` reads the years 0 to 99 as 1900 to 1999. */
function dayStartMs(year: number, month: number, day: number): number {
  return new Date(0).setUTCFullYear(year, month - 1, day)
}
