/**
 * A check as data, and the one function that runs them all.
 *
 * @module
 */

import type { Facts } from './facts.ts'

export type Area = 'configuration' | 'issuer' | 'proxy' | 'tls' | 'clock' | 'database' | 'permissions' | 'disk' | 'limits' | 'outbound'

/** `wrong`: it does not work, or is not safe, today. `warning`: it will not, or only by luck. `note`: good to know, and no finding. */
export type Level = 'wrong' | 'warning' | 'note'

/** What fills the braces of a sentence. */
export type Particulars = Readonly<Record<string, string>>

export interface Check {
  readonly name: `${Area}.${string}`
  readonly level: Level
  readonly looksAt: string
  /** Pure. The particulars of each thing that is wrong; none when all is well or could not be looked at. */
  readonly judge: (facts: Facts) => readonly Particulars[]
  /** Sentences; `{word}` stands for a particular. */
  readonly says: string
  readonly advice: string
}

export interface Finding {
  readonly check: string
  readonly level: Level
  readonly says: string
  readonly advice: string
}

/** What the checks find in the facts, the worst first. */
export function diagnose(checks: readonly Check[], facts: Facts): readonly Finding[] {
  const found = checks.flatMap(({ name, level, judge, says, advice }) =>
    judge(facts).map((particulars) => ({ check: name, level, says: filled(says, particulars), advice: filled(advice, particulars) })),
  )
  const order: readonly Level[] = ['wrong', 'warning', 'note']
  return order.flatMap((level) => found.filter((finding) => finding.level === level))
}

function filled(sentence: string, particulars: Particulars): string {
  return sentence.replaceAll(/\{([a-zA-Z]+)\}/g, (_all, word: string) => {
    const value = particulars[word]
    if (value === undefined) throw new Error(`nothing is given for {${word}} in "${sentence}"`)
    return value
  })
}

/** The particulars when something is so. */
export function when(isSo: boolean | undefined, particulars: Particulars = {}): readonly Particulars[] {
  return isSo === true ? [particulars] : []
}
