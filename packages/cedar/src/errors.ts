/** The two ways in which this package says no: a policy that could not be evaluated, and input that is not taken. @module */

/**
 * Why a policy could not be evaluated, as Cedar distinguishes it.
 *
 * - `type`: an operator was given a value of a type that it does not take
 * - `overflow`: a whole number outside 64 bits
 * - `no_entity`: an attribute or tag of an entity that is not known
 * - `no_attribute`, `no_tag`: the entity or record has none of that name
 * - `extension`: a text that is no decimal, address, datetime or duration
 * - `arity`: a function was given another number of arguments than it takes
 * - `depth`: the evaluator's stack was used up
 */
export type EvaluationErrorCode = 'type' | 'overflow' | 'no_entity' | 'no_attribute' | 'no_tag' | 'extension' | 'arity' | 'depth'

/** As much of a text as a message needs: what was asked for may be as long as a request. */
export function inShort(text: string): string {
  return JSON.stringify(text.slice(0, 64))
}

/** A policy erred. Cedar skips it, tells of it, and decides by the others. */
export class EvaluationError extends Error {
  override readonly name = 'EvaluationError'
  readonly code: EvaluationErrorCode

  /** Without a stack, which says nothing of a policy and costs more than the rest of a decision. */
  constructor(code: EvaluationErrorCode, message: string) {
    const limit = Reflect.get(Error, 'stackTraceLimit') as unknown
    Reflect.set(Error, 'stackTraceLimit', 0)
    super(message)
    Reflect.set(Error, 'stackTraceLimit', limit)
    this.code = code
  }
}

/**
 * What is wrong with policies, entities or a request that somebody brought.
 *
 * - `input.type`: a value of another type than is expected there
 * - `input.number`: a number that is not whole, or outside 64 bits
 * - `input.text`: a text that is no Unicode, or too long
 * - `input.reserved`: a name that Cedar keeps for itself (`__entity`, `__extn`, `__expr`)
 * - `input.depth`: nested too deeply
 * - `input.size`: more than is taken
 * - `input.extension`: not what a constructor of that type reads
 * - `input.name`: an unknown operator, function, variable or type
 * - `input.missing`: a member that must be there
 * - `input.duplicate`: two of what may be there once
 * - `input.cycle`: an entity that would be in itself
 * - `input.syntax`: a text that does not parse
 */
export type InputErrorCode =
  | 'input.type'
  | 'input.number'
  | 'input.text'
  | 'input.reserved'
  | 'input.depth'
  | 'input.size'
  | 'input.extension'
  | 'input.name'
  | 'input.missing'
  | 'input.duplicate'
  | 'input.cycle'
  | 'input.syntax'

/** Input is refused, whole. `path` leads to the place in it, as in `entities.3.attrs.owner`. */
export class InputError extends Error {
  override readonly name = 'InputError'
  readonly code: InputErrorCode
  readonly path: string

  constructor(code: InputErrorCode, path: string, says: string) {
    super(path === '' ? says : `${path}: ${says}`)
    this.code = code
    this.path = path
  }
}
