/**
 * `npm run differential -- --hours N`: random worlds, each answer compared with
 * that of Cedar's own build. `--seed N` begins at a world, `--minutes N` is shorter.
 *
 * @module
 */

import { parseArgs } from 'node:util'
import { compareWorld, requestsPerWorld, type Mismatch } from './compare.ts'

export interface Compared {
  readonly worlds: number
  readonly mismatch: { readonly seed: number; readonly found: Mismatch } | undefined
}

/** Compares worlds from a seed on, until the time is over or two answers differ. */
export function compareFor(ms: number, firstSeed: number, progress: (worlds: number) => void = () => {}): Compared {
  const endsAt = performance.now() + ms
  let worlds = 0
  for (; performance.now() < endsAt; worlds += 1) {
    const found = compareWorld(firstSeed + worlds)
    if (found !== undefined) return { worlds, mismatch: { seed: firstSeed + worlds, found } }
    if (worlds % 10_000 === 9_999) progress(worlds + 1)
  }
  return { worlds, mismatch: undefined }
}

/** A mismatch as text, exact numbers included. */
export function sayMismatch({ seed, found }: NonNullable<Compared['mismatch']>): string {
  return `world ${seed}: ${JSON.stringify(found, (_, value: unknown) => (typeof value === 'bigint' ? `${value}` : value), 1)}`
}

if (import.meta.main) {
  const { values } = parseArgs({ options: { hours: { type: 'string' }, minutes: { type: 'string' }, seed: { type: 'string' } } })
  const minutes = Number(values.hours ?? 0) * 60 + Number(values.minutes ?? 0) || 1
  const seed = Number(values.seed ?? Date.now() % 2 ** 31)
  console.log(`from world ${seed}, for ${minutes} minutes`)
  const { worlds, mismatch } = compareFor(minutes * 60_000, seed, (count) => console.log(`${count * requestsPerWorld} answers`))
  if (mismatch !== undefined) console.log(sayMismatch(mismatch))
  console.log(`${worlds * requestsPerWorld} answers compared, ${mismatch === undefined ? 'no' : 'one'} mismatch`)
  process.exitCode = mismatch === undefined ? 0 : 1
}
