/** What a validator finds. @module */

/**
 * Why a policy does not fit its schema.
 *
 * - `type.unexpected`: an operand of another type than the operator takes
 * - `type.incompatible`: two types that have none in common
 * - `type.attribute`, `type.tag`: one that is not there, or may not be there and was not asked for with `has`
 * - `type.empty_set`: a set without members, whose type nobody knows
 * - `type.extension`: a constructor whose text is no literal, or that does not read it; a call with other arguments
 * - `type.entity`: a type of entities, or one of a list of entities, that the schema does not have
 * - `type.action`: an action that the schema does not have
 * - `type.scope`: no action of the scope applies to such principals and resources
 */
export type ValidationCode =
  | 'type.unexpected'
  | 'type.incompatible'
  | 'type.attribute'
  | 'type.tag'
  | 'type.empty_set'
  | 'type.extension'
  | 'type.entity'
  | 'type.action'
  | 'type.scope'

/** A mistake in an expression. Thrown within the validator alone. */
export class TypeMistake extends Error {
  override readonly name = 'TypeMistake'
  readonly code: ValidationCode

  constructor(code: ValidationCode, says: string) {
    super(says)
    this.code = code
  }
}
