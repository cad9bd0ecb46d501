/** Clocks that have to agree, because lifetimes are compared across machines. @module */

import { when, type Check } from '../check.ts'

/** A revocation counts within a second and codes live a minute: five seconds are the most that goes unnoticed. */
const mostMs = 5_000

const seconds = (ms: number): string => String(Math.round(Math.abs(ms) / 1000))
const direction = (ms: number): string => (ms > 0 ? 'ahead of' : 'behind')

export const clockChecks: readonly Check[] = [
  {
    name: 'clock.database',
    level: 'wrong',
    looksAt: 'the clock of the database against the one of this machine',
    judge: ({ database }) => {
      const { aheadMs = 0, uncertainMs = 0 } = (database?.is === 'open' ? database.server : undefined) ?? {}
      return when(Math.abs(aheadMs) - uncertainMs > mostMs, { seconds: seconds(aheadMs), direction: direction(aheadMs) })
    },
    says: 'The clock of the database is {seconds} seconds {direction} the one of this machine.',
    advice: 'Let both follow a time server (chrony, systemd-timesyncd) and look which of them does not.',
  },
  {
    name: 'clock.issuer',
    level: 'wrong',
    looksAt: 'the Date of what answers at the issuer against the clock of this machine',
    judge: ({ issuerAheadMs = 0 }) =>
      when(Math.abs(issuerAheadMs) > mostMs, { seconds: seconds(issuerAheadMs), direction: direction(issuerAheadMs) }),
    says: 'What answers at the issuer has a clock that is {seconds} seconds {direction} the one of this machine: tokens live too long there or not at all.',
    advice: 'Let both follow a time server (chrony, systemd-timesyncd) and look which of them does not.',
  },
]
