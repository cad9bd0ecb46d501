/** What operators expect of the types of their operands. @module */

import { bool, common, either, sayType, type ExpressionType } from './expression-type.ts'
import { TypeMistake, type ValidationCode } from './mistake.ts'

export function mistaken(code: ValidationCode, says: string): never {
  throw new TypeMistake(code, says)
}

/** The types that `<` and its like compare. */
function isOrdered(type: ExpressionType): boolean {
  return type.is === 'long' || (type.is === 'extension' && (type.name === 'datetime' || type.name === 'duration'))
}

export function expect(type: ExpressionType, wanted: ExpressionType): ExpressionType {
  const fits = type.is === wanted.is && common(type, wanted) !== undefined
  return fits ? type : mistaken('type.unexpected', `${sayType(wanted)} is expected, and this is ${sayType(type)}`)
}

export function expectBool(type: ExpressionType): Extract<ExpressionType, { is: 'bool' }> {
  return type.is === 'bool' ? type : mistaken('type.unexpected', `Bool is expected, and this is ${sayType(type)}`)
}

export function expectEntity(type: ExpressionType): string {
  return type.is === 'entity' ? type.name : mistaken('type.unexpected', `an entity is expected, and this is ${sayType(type)}`)
}

export function negated(type: ExpressionType): ExpressionType {
  const { truth } = expectBool(type)
  return truth === 'either' ? type : bool(truth === 'false')
}

export function requireCommon(left: ExpressionType, right: ExpressionType): ExpressionType {
  return common(left, right) ?? mistaken('type.incompatible', `${sayType(left)} and ${sayType(right)} have no type in common`)
}

/** The type of a set's members. */
export function expectSet(type: ExpressionType): ExpressionType {
  return type.is === 'set' ? type.element : mistaken('type.unexpected', `a set is expected, and this is ${sayType(type)}`)
}

/** The type of an operator whose operands' types say it all. */
export function binaryType(name: string, left: ExpressionType, right: ExpressionType): ExpressionType {
  switch (name) {
    case '<':
    case '<=':
    case '>':
    case '>=':
      if (!isOrdered(left)) mistaken('type.unexpected', `${sayType(left)} has no order`)
      return expect(right, left) && either
    case '+':
    case '-':
    case '*':
      expect(left, { is: 'long' })
      return expect(right, { is: 'long' })
    case 'contains':
      return requireCommon(expectSet(left), right) && either
    case 'containsAll':
    case 'containsAny':
      return requireCommon(expectSet(left), expectSet(right)) && either
    default:
      return mistaken('type.unexpected', `${name} is no operator`)
  }
}
