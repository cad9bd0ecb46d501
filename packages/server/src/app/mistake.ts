/** What goes wrong at the start, as mistakes in the set-up. @module */

import { StartMistake, Unavailable } from '#kernel'
import { KeyMistake } from '#keys'
import { StoreMistake } from '#store'

export { StartMistake }

/** Runs a part of the start; what its module calls a mistake becomes a {@link StartMistake} with the same sentence. */
export async function sayingMistakes<Result>(part: () => Promise<Result>): Promise<Result> {
  try {
    return await part()
  } catch (error) {
    if (error instanceof StoreMistake || error instanceof KeyMistake) throw new StartMistake(error.message, { cause: error })
    throw error
  }
}

/** An outage while the server starts, in one sentence: nobody is there yet to try again later. Anything else stays as it was. */
export function sayingOutage(error: unknown): unknown {
  if (!(error instanceof Unavailable)) return error
  const because = error.cause instanceof Error ? `: ${error.cause.message.split('\n')[0] ?? ''}` : ''
  return new StartMistake(`It cannot start without its ${error.what}, which cannot be used${because}.`, { cause: error })
}
