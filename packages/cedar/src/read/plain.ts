/** Reading members of JSON that may be anything. @module */

import { InputError } from '../errors.ts'
import { isPlainName } from '../text/quote.ts'
import { EntityUid } from '../values/uid.ts'

/** Where in the input something is: joined only when it has to be told. */
export type Path = readonly (string | number)[]

export function sayPath(path: Path): string {
  return path.join('.')
}

export function refuseInput(code: InputError['code'], path: Path, says: string): never {
  throw new InputError(code, sayPath(path), says)
}

export type PlainObject = Readonly<Record<string, unknown>>

export function readObject(value: unknown, path: Path): PlainObject {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return refuseInput('input.type', path, 'an object is expected')
  return isPlain(value) ? (value as PlainObject) : refuseInput('input.type', path, 'a plain object is expected')
}

/** What JSON makes, in whatever realm. A `Map` or a `Date` has no members of its own: taken as an object it would be an empty one. */
function isPlain(value: object): boolean {
  const prototype: unknown = Object.getPrototypeOf(value)
  return prototype === null || Object.getPrototypeOf(prototype) === null
}

/** A copy: a gap is `undefined` in it, and its methods are those of every list. */
export function readList(value: unknown, path: Path): readonly unknown[] {
  return Array.isArray(value) ? [...(value as readonly unknown[])] : refuseInput('input.type', path, 'a list is expected')
}

/** A member of the object's own; undefined when it has none. What it inherits is none of its members. */
export function member(object: PlainObject, name: string): unknown {
  return Object.hasOwn(object, name) ? object[name] : undefined
}

/** Refuses other members than these: one that is misspelled would be as if it were not there. */
export function checkMembers(object: PlainObject, names: readonly string[], path: Path): void {
  for (const name of Object.keys(object))
    if (!names.includes(name)) refuseInput('input.name', [...path, name], 'no member is called that here')
}

/** Longer than any text that policies compare. */
export const longestText: number = 1024 * 1024

export function readText(value: unknown, path: Path): string {
  if (typeof value !== 'string') return refuseInput('input.type', path, 'a text is expected')
  if (value.length > longestText) return refuseInput('input.text', path, 'the text is too long')
  if (!value.isWellFormed()) return refuseInput('input.text', path, 'the text is no Unicode')
  return value
}

/** Types of actions are called `Action`, in whatever namespace. */
export function isActionType(type: string): boolean {
  return type === 'Action' || type.endsWith('::Action')
}

/** A name of a type or namespace: names that are not reserved, joined by `::`. */
export function readTypeName(value: unknown, path: Path): string {
  const text = readText(value, path)
  return text.split('::').every(isPlainName) ? text : refuseInput('input.name', path, 'no name of a type')
}

/** An entity's name, with or without Cedar's escape. */
export function readUid(value: unknown, path: Path): EntityUid {
  const outer = readObject(value instanceof EntityUid ? value.toJSON() : value, path)
  const escaped = member(outer, '__entity')
  const { object, at } =
    escaped === undefined ? { object: outer, at: path } : { object: readObject(escaped, path), at: [...path, '__entity'] }
  return new EntityUid(readTypeName(member(object, 'type'), [...at, 'type']), readText(member(object, 'id'), [...at, 'id']))
}
