/**
 * Has policy sets examined before they decide: by the referee, in a process of
 * its own, one set after the other.
 *
 * INVARIANT (fail closed): a set about which the referee could not be asked is
 * not activated.
 *
 * @module
 */

import { randomBytes, Unavailable } from '#kernel'
import { exportSet, type CompiledSet } from '#policy'
import type { Examined } from '#rulebook'
import { startChild } from '../children.ts'
import type { Log } from '../log.ts'
import { StartMistake } from '../mistake.ts'
import { readRefereeAnswer, type RefereeAnswer, type RefereeSettings } from './referee-settings.ts'

/** Some four seconds for a set of a few policies. */
export const usualQuestions = 10_000

/** Enough for the largest set there may be, whose every question takes Cedar's build ten milliseconds, to be asked thousands. */
const askedForMs = 30_000

/** To load and to compile the set. */
const besidesMs = 30_000

const graceMs = 1_000

/** Ten times what the largest set takes. */
const mostMegabytes = 1_024

export interface ExaminerOptions {
  /** None at 0: nothing is examined. */
  readonly questions: number
  /** This program, as `node` runs it. */
  readonly program: readonly string[]
  readonly log: Log
  /** To load, to compile the set, to ask and to answer; whoever takes longer is ended. */
  readonly withinMs?: number
  /** What its JavaScript may hold. */
  readonly megabytes?: number
}

/** Undefined where nothing is to be asked. */
export function createExaminer({
  questions,
  program,
  log,
  withinMs = askedForMs + besidesMs,
  megabytes = mostMegabytes,
}: ExaminerOptions): ((set: CompiledSet) => Promise<Examined>) | undefined {
  if (questions === 0) return undefined
  let before: Promise<unknown> = Promise.resolve()

  async function examine(set: CompiledSet): Promise<Examined> {
    const seed = Buffer.from(randomBytes(4)).readUInt32BE()
    const settings: RefereeSettings = { set: exportSet(set), questions, seed, withinMs: askedForMs }
    const answer = await ask(settings)
    const { store, digest } = set
    if (answer.question === undefined) {
      log.info('a policy set was examined', { store, digest, asked: answer.asked, seed })
      return { is: 'agreed' }
    }
    const [ours, theirs] = answer.answers ?? []
    log.error('two engines decide differently', undefined, { store, digest, asked: answer.asked, seed })
    return {
      is: 'disagreed',
      says: `is not activated: this engine answers ${ours ?? ''} and Cedar’s own build ${theirs ?? ''} to ${answer.question}. Please report this`,
    }
  }

  async function ask(settings: RefereeSettings): Promise<RefereeAnswer> {
    const words = [`--max-old-space-size=${megabytes}`, ...program, 'referee']
    try {
      const child = await startChild('referee', words, settings, log, withinMs)
      await child.stop(graceMs)
      return readRefereeAnswer(child.ready)
    } catch (error) {
      if (error instanceof StartMistake) throw new Unavailable('policies', error)
      throw error
    }
  }

  return async (set) => {
    const examined = before.then(async () => examine(set))
    before = examined.catch(() => {})
    return examined
  }
}
