/**
 * Types of expressions. They say more than a schema does: whether a boolean is
 * known to be true or false.
 *
 * @module
 */

import type { ExtensionName, RecordType, Type } from '../schema/type.ts'

export type Truth = 'true' | 'false' | 'either'

export type ExpressionType =
  | { readonly is: 'bool'; readonly truth: Truth }
  | { readonly is: 'long' | 'string' }
  | { readonly is: 'entity'; readonly name: string }
  | { readonly is: 'extension'; readonly name: ExtensionName }
  | { readonly is: 'set'; readonly element: ExpressionType }
  | { readonly is: 'record'; readonly attributes: ReadonlyMap<string, TypedAttribute> }

export interface TypedAttribute {
  readonly type: ExpressionType
  readonly isRequired: boolean
}

export const either: ExpressionType = { is: 'bool', truth: 'either' }

export function bool(truth: boolean): ExpressionType {
  return { is: 'bool', truth: truth ? 'true' : 'false' }
}

/** What a schema's type says of an expression. */
export function expressionType(type: Type): ExpressionType {
  switch (type.is) {
    case 'bool':
      return either
    case 'set':
      return { is: 'set', element: expressionType(type.element) }
    case 'record':
      return recordExpressionType(type)
    case 'long':
    case 'string':
      return { is: type.is }
    case 'entity':
    case 'extension':
    default:
      return type
  }
}

export function recordExpressionType({ attributes }: RecordType): Extract<ExpressionType, { is: 'record' }> {
  const typed = [...attributes].map(([name, { type, isRequired }]) => [name, { type: expressionType(type), isRequired }] as const)
  return { is: 'record', attributes: new Map(typed) }
}

/**
 * The one type that two types have in common; undefined when there is none. Strict: records have the same members, required or
 * not alike, and two types of entities are never one.
 */
export function common(left: ExpressionType, right: ExpressionType): ExpressionType | undefined {
  if (left.is === 'bool' && right.is === 'bool') return left.truth === right.truth ? left : either
  if (left.is === 'set' && right.is === 'set') {
    const element = common(left.element, right.element)
    return element === undefined ? undefined : { is: 'set', element }
  }
  if (left.is === 'record' && right.is === 'record') return commonRecord(left.attributes, right.attributes)
  if (left.is !== right.is) return undefined
  return 'name' in left && 'name' in right && left.name !== right.name ? undefined : left
}

function commonRecord(left: ReadonlyMap<string, TypedAttribute>, right: ReadonlyMap<string, TypedAttribute>): ExpressionType | undefined {
  if (left.size !== right.size) return undefined
  const attributes = new Map<string, TypedAttribute>()
  for (const [name, { type, isRequired }] of left) {
    const other = right.get(name)
    const shared = other?.isRequired === isRequired ? common(type, other.type) : undefined
    if (shared === undefined) return undefined
    attributes.set(name, { type: shared, isRequired })
  }
  return { is: 'record', attributes }
}

/** A type in Cedar's words. */
export function sayType(type: ExpressionType): string {
  switch (type.is) {
    case 'bool':
      return 'Bool'
    case 'long':
      return 'Long'
    case 'string':
      return 'String'
    case 'set':
      return `Set<${sayType(type.element)}>`
    case 'record':
      return `{${[...type.attributes].map(([name, { type: each, isRequired }]) => `${name}${isRequired ? '' : '?'}: ${sayType(each)}`).join(', ')}}`
    case 'entity':
    case 'extension':
    default:
      return type.name
  }
}
