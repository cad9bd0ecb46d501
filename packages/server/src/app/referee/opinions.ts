/**
 * A second opinion on decisions. A share of them is asked of Cedar's own build
 * as well, behind the answer. From the first that it answers differently, and
 * until the store has another set, it is asked before everything that the engine
 * allows, and both must allow.
 *
 * INVARIANT (fail closed): what is doubted and cannot be asked is not allowed.
 *
 * INVARIANT (nobody waits): while a set is not doubted, no answer waits for an
 * opinion; those for which there is no room are not asked.
 *
 * @module
 */

import { randomBytes } from '#kernel'
import type { Ask, CompiledSet, Confirm, Decision, Difference } from '#policy'
import type { Log } from '../log.ts'
import type { Clerk } from './clerk.ts'

/** One in a thousand. */
export const usualShare = 0.001

/** Opinions that may wait; further ones are dropped. */
const mostWaiting = 100

export interface OpinionParts {
  readonly clerk: Pick<Clerk, 'decide' | 'waiting'>
  /** Which share of the decisions is asked, from 0, which is none, to 1. */
  readonly share: number
  readonly log: Pick<Log, 'warn' | 'error'>
}

export interface Opinions {
  /** The decision to act upon: ours, or where the set is doubted theirs when they do not allow. Rejects with `Unavailable` then when they cannot be asked. */
  readonly confirm: Confirm
  /** How many stores are doubted. */
  readonly doubted: number
}

export function createOpinions(parts: OpinionParts): Opinions {
  return new SampledOpinions(parts)
}

class SampledOpinions implements Opinions {
  readonly #parts: OpinionParts
  /** Digests by store. Another set of the store ends the doubt. */
  readonly #doubts = new Map<string, string>()
  #untilNext: number

  constructor(parts: OpinionParts) {
    this.#parts = parts
    this.#untilNext = gap(parts.share)
  }

  get doubted(): number {
    return this.#doubts.size
  }

  readonly confirm: Confirm = (set, ask, ours, tell) => {
    const doubt = this.#doubts.get(set.store)
    if (doubt !== undefined && doubt !== set.digest) this.#doubts.delete(set.store)
    if (doubt === set.digest) return ours.effect === 'allow' ? this.#both(set, ask, ours) : ours
    this.#untilNext -= 1
    if (this.#untilNext > 0) return ours
    this.#untilNext = gap(this.#parts.share)
    void this.#compare(set, ask, ours, tell)
    return ours
  }

  async #both(set: CompiledSet, ask: Ask, ours: Decision): Promise<Decision> {
    const theirs = await this.#parts.clerk.decide(set, ask)
    return theirs.effect === 'allow' ? ours : theirs
  }

  /** Never rejects. */
  async #compare(set: CompiledSet, ask: Ask, ours: Decision, tell: (difference: Difference) => void): Promise<void> {
    const { clerk, log } = this.#parts
    if (clerk.waiting >= mostWaiting) return
    try {
      const theirs = await clerk.decide(set, ask)
      if (sayAnswer(theirs) !== sayAnswer(ours)) this.#doubt(set, ours, theirs, tell)
    } catch (error) {
      log.warn('no second opinion was to be had on a decision', { store: set.store, why: error instanceof Error ? error.name : 'unknown' })
    }
  }

  #doubt({ store, digest }: CompiledSet, ours: Decision, theirs: Decision, tell: (difference: Difference) => void): void {
    if (this.#doubts.get(store) === digest) return
    this.#doubts.set(store, digest)
    const difference = { store, digest, action: ours.action, ours: sayAnswer(ours), theirs: sayAnswer(theirs) }
    this.#parts.log.error('two engines decide differently; both must allow until another set is activated', undefined, { ...difference })
    tell(difference)
  }
}

/** How many decisions until the next one that is asked: at random, so that nobody can tell which. On average one by the share. */
function gap(share: number): number {
  if (share <= 0) return Infinity
  const random = Buffer.from(randomBytes(4)).readUInt32BE() / 2 ** 32
  return 1 + Math.floor(random * (2 / share - 1))
}

/** Everything that two engines must share; each says in its own words why a policy erred. Of many policies the first by name. */
function sayAnswer({ effect, because, policies, erring }: Decision): string {
  const skipped = erring.map(({ policy, effect: would }) => `${would} ${policy}`).sort()
  const by = [...policies].sort()
  const said = `${effect}, ${because}, by ${by.join() || 'none'}${skipped.length === 0 ? '' : `, erring ${skipped.join()}`}`
  return said
}
