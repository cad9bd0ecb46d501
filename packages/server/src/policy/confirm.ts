/** A second opinion on a decision, as whoever decides asks for it. @module */

import type { Ask, Decision } from './decide.ts'
import type { CompiledSet } from './engine.ts'

/** Two answers to one question: effects and names of policies, and nothing of the question but its action. */
export interface Difference {
  readonly store: string
  readonly digest: string
  readonly action: string
  readonly ours: string
  readonly theirs: string
}

/**
 * The decision to act upon: ours at once, or where the set is doubted, after another engine was asked, theirs when it does not allow.
 * Rejects with `Unavailable` where it cannot be asked. `tell` hears of the difference from which on the set is doubted.
 */
export type Confirm = (set: CompiledSet, ask: Ask, ours: Decision, tell: (difference: Difference) => void) => Decision | Promise<Decision>
