/**
 * A mistake in the set-up: something is wrong with what we were given to start
 * with, and one sentence says what and what to do. Not a defect, so no stack.
 */
export class StartMistake extends Error {
  override readonly name = 'StartMistake'
}
