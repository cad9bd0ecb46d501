/**
 * Guesses of all workers, counted in one place: the process that started them.
 *
 * A limit of guesses protects people and not processes, so it is the same with
 * any number of workers. What is asked in one turn of a worker's event loop
 * travels together. Without an answer there is no attempt: deny by default.
 *
 * @module
 */

import { systemOperation, type Clock, type TenantId } from '#kernel'
import type { Guess, Guesses, LimitDecision } from '#ratelimit'
import { Asked } from './asked.ts'
import type { FromWorker, GuessAsk, ToWorker } from './words.ts'

export interface AskingGuesses {
  readonly guesses: Guesses
  /** Hands over what was answered. */
  readonly hear: (answers: (ToWorker & { readonly is: 'guesses' })['answers']) => void
}

/** A worker's end. */
export function askingGuesses(send: (said: FromWorker) => void): AskingGuesses {
  const asked = new Asked<LimitDecision | undefined>('guess limits')
  let asks: GuessAsk[] = []
  const flush = (): void => {
    send({ is: 'guesses', asks })
    asks = []
  }
  const ask = async (what: keyof Guesses, tenant: TenantId, guess: Guess): Promise<LimitDecision | undefined> =>
    asked.ask((id) => {
      if (asks.length === 0) setImmediate(flush)
      asks.push({ id, what, tenant, guess })
    })
  const decide = async (what: 'spend' | 'look', tenant: TenantId, guess: Guess): Promise<LimitDecision> => {
    const decision = await ask(what, tenant, guess)
    if (decision === undefined) throw new Error('a guess was answered without a decision')
    return decision
  }
  return {
    guesses: {
      spend: async ({ tenant }, guess) => decide('spend', tenant, guess),
      look: async ({ tenant }, guess) => decide('look', tenant, guess),
      giveBack: async ({ tenant }, guess) => void (await ask('giveBack', tenant, guess)),
    },
    hear: (answers) => {
      for (const { id, decision } of answers) asked.answer(id, decision)
    },
  }
}

/** The other end. In the order in which they came. */
export async function answerGuesses(guesses: Guesses, clock: Clock, asks: readonly GuessAsk[]): Promise<ToWorker> {
  const answers: { id: number; decision?: LimitDecision }[] = []
  for (const { id, what, tenant, guess } of asks) {
    const op = systemOperation('count guesses', tenant, unrecordable, clock)
    if (what === 'giveBack') {
      await guesses.giveBack(op, guess)
      answers.push({ id })
    } else answers.push({ id, decision: await guesses[what](op, guess) })
  }
  return { is: 'guesses', answers }
}

function unrecordable(): never {
  throw new Error('Counting guesses records nothing')
}
