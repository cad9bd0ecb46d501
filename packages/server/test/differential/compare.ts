/** One case after another, judged by both, until time or cases are over or the two differ. @module */

import { drawBase, drawCase, type Case } from './cases.ts'
import { ours, sameThumbprint, theirs } from './judges.ts'
import { Random } from './random.ts'

/** How often a signed token is used before another takes its place: signing costs more than judging. */
const usesOfABase = 30

/** `jose` waits for other threads: so many wait at once. */
const atOnce = 4 * usesOfABase

export interface Compared {
  readonly cases: number
  /** How many of them both took. */
  readonly taken: number
  /** How many only we refused, by the rule that says so. */
  readonly onlyOurs: ReadonlyMap<string, number>
  readonly mismatch: string | undefined
}

export interface Bounds {
  readonly seed: number
  readonly mostMs?: number
  readonly mostCases?: number
  readonly progress?: (cases: number) => void
}

export async function compare({ seed, mostMs = Infinity, mostCases = Infinity, progress = () => {} }: Bounds): Promise<Compared> {
  const endsAt = performance.now() + mostMs
  const random = new Random(seed)
  const onlyOurs = new Map<string, number>()
  let [cases, taken] = [0, 0]
  while (cases < mostCases && performance.now() < endsAt) {
    const batch = drawBatch(random).slice(0, mostCases - cases)
    for (const [at, judged] of (await Promise.all(batch.map(judge))).entries()) {
      const one = batch[at] as Case
      if (judged.is === 'mismatch') return { cases, taken, onlyOurs, mismatch: sayCase(one, judged.says) }
      if (judged.is === 'taken') taken += 1
      if (judged.is === 'only ours') for (const rule of one.stricter) onlyOurs.set(rule, (onlyOurs.get(rule) ?? 0) + 1)
      cases += 1
      if (cases % 1_000_000 === 0) progress(cases)
    }
  }
  return { cases, taken, onlyOurs, mismatch: undefined }
}

function drawBatch(random: Random): readonly Case[] {
  return Array.from({ length: atOnce / usesOfABase }, () => drawBase(random)).flatMap((base) =>
    Array.from({ length: usesOfABase }, () => drawCase(base, random)),
  )
}

type Judged = { readonly is: 'taken' | 'refused' | 'only ours' } | { readonly is: 'mismatch'; readonly says: string }

async function judge(one: Case): Promise<Judged> {
  const our = ours(one)
  const their = await theirs(one)
  const mismatch = (says: string): Judged => ({ is: 'mismatch', says })
  if (our !== undefined && one.stricter.size > 0) return mismatch('we took what a rule of ours refuses')
  if (our !== undefined && their === undefined) return mismatch('we took what jose refused')
  if (our === undefined && one.plain) return mismatch('we refused a right one')
  if (our === undefined) {
    if (their === undefined) return { is: 'refused' }
    return one.stricter.size > 0 ? { is: 'only ours' } : mismatch('we refused what jose took, and no rule says so')
  }
  if (our !== their) return mismatch(`we read ${our}, jose ${String(their)}`)
  return (await sameThumbprint(one)) ? { is: 'taken' } : mismatch('the key has two thumbprints')
}

/** The keys are made anew in each run, so a mismatch is shown whole. They sign nothing else. */
function sayCase({ form, given, token, stricter, plain }: Case, says: string): string {
  return JSON.stringify({ says, form, token, jwk: given.jwk, stricter: [...stricter], plain }, null, 1)
}
