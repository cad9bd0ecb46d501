/** The classes of limits with their numbers, and the tests that keep both lists of words the same. @module */

import { test } from 'node:test'
import type { LimitClass as RouteLimitClass } from '#http'
import { classRates, guessRates, type LimitClass, type Rate } from '#ratelimit'
import { matchesGolden } from '../golden.ts'

/** `http` and `ratelimit` may not import each other; this does not compile when their words differ. */
type Same<Left, Right> = [Left, Right] extends [Right, Left] ? true : never
const sameWords: Same<LimitClass, RouteLimitClass> = true
void sameWords

test('the limits are the ones that were reviewed', () => {
  const lines = ['class        by address or /64        by user or client', '']
  for (const [name, { address, principal }] of Object.entries(classRates))
    lines.push(`${name.padEnd(12)} ${words(address).padEnd(24)} ${words(principal)}`)
  lines.push('', 'failed attempts', '')
  for (const [name, rate] of Object.entries(guessRates)) lines.push(`${name.padEnd(24)} ${words(rate as Rate)}`)
  matchesGolden('packages/server/test/golden/limits.txt', `${lines.join('\n')}\n`)
})

function words({ burst, perSecond }: Rate): string {
  return perSecond >= 1 ? `${burst}, then ${perSecond}/s` : `${burst}, then 1 in ${Math.round(1 / perSecond)} s`
}
