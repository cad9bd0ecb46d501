import { systemClock } from '#kernel'
import type { Given } from './command.ts'
import { UsageMistake } from './options.ts'

const unitMs: Readonly<Record<string, number>> = { s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 }

/** A date, or a date and a time with its zone: a time without one would mean another on another machine. */
const momentShape = /^\d{4}-\d\d-\d\d(T\d\d:\d\d(:\d\d(\.\d{1,3})?)?(Z|[+-]\d\d:\d\d))?$/

/** A moment, ISO 8601 (RFC 3339), or how long ago, in milliseconds since the epoch. Throws `UsageMistake`. */
export function readTime(text: string, option: string, nowMs: number): number {
  const [, count = '', unit = ''] = /^(\d{1,6})([smhd])$/.exec(text) ?? []
  const agoMs = Number(count) * (unitMs[unit] ?? Number.NaN)
  const atMs = momentShape.test(text) ? Date.parse(text) : nowMs - agoMs
  if (Number.isNaN(atMs))
    throw new UsageMistake(`--${option} must be a moment like 2026-11-26T14:00Z or a time ago like 2h, and "${text}" is neither`)
  return Math.max(0, atMs)
}

/** The members of the API that times become. */
const times = { since: 'sinceMs', until: 'untilMs' } as const

/** What was given of `--since` and `--until`, as the API takes it. */
export function readTimes(given: Given): Readonly<Record<string, string>> {
  const members = Object.entries(times).flatMap(([name, member]) => {
    const said = given.text(name)
    return said === undefined ? [] : [[member, String(readTime(said, name, systemClock.wallMs()))] as const]
  })
  return Object.fromEntries(members)
}
