/**
 * Values in Cedar's JSON form with its escapes: `{"__entity": …}` and
 * `{"__extn": …}`. For policies and for entities of the house's own; what comes
 * from outside is read by a schema, which takes no escapes.
 *
 * Source: https://docs.cedarpolicy.com/auth/entities-syntax.html
 *
 * @module
 */

import { EvaluationError } from '../errors.ts'
import { extensionFunctions } from '../extensions/functions.ts'
import { longOf, type Long } from '../values/long.ts'
import { CedarSet, type CedarRecord, type Value } from '../values/value.ts'
import { member, readList, readObject, readText, readUid, refuseInput, type Path, type PlainObject } from './plain.ts'

/** Deeper than any attribute; bounds the recursion of everything that walks values. */
export const deepestValue = 64

/** Members of one set or record. */
export const mostMembers: number = 100_000

/** Names that Cedar keeps for its escapes. */
export const reservedNames: ReadonlySet<string> = new Set(['__entity', '__extn', '__expr'])

export function readValue(json: unknown, path: Path, depth = 0): Value {
  if (depth > deepestValue) return refuseInput('input.depth', path, `nested deeper than ${deepestValue} levels`)
  if (typeof json === 'boolean') return json
  if (typeof json === 'string') return readText(json, path)
  if (typeof json === 'number' || typeof json === 'bigint') return readLong(json, path)
  if (Array.isArray(json)) return readSet(json, path, depth)
  return readEscape(readObject(json, path), path, depth) ?? readRecord(json, path, depth)
}

/** A whole number, exact: of what a double does not hold only a `bigint` is taken. */
export function readLong(json: unknown, path: Path): Long {
  if (typeof json === 'number')
    return Number.isSafeInteger(json) ? json + 0 : refuseInput('input.number', path, 'no whole number that is exact')
  if (typeof json !== 'bigint') return refuseInput('input.type', path, 'a whole number is expected')
  return longOf(json) ?? refuseInput('input.number', path, 'outside 64 bits')
}

function readSet(members: readonly unknown[], path: Path, depth: number): CedarSet {
  if (members.length > mostMembers) refuseInput('input.size', path, `more than ${mostMembers} members`)
  return new CedarSet(members.map((value, at) => readValue(value, [...path, at], depth + 1)))
}

/** A record, which may be the whole of an entity's attributes or of a context. */
export function readRecord(json: unknown, path: Path, depth = 0): CedarRecord {
  const members = Object.entries(readObject(json, path))
  if (members.length > mostMembers) refuseInput('input.size', path, `more than ${mostMembers} members`)
  const record = new Map<string, Value>()
  for (const [name, value] of members) {
    if (reservedNames.has(name)) refuseInput('input.reserved', path, `${name} is reserved`)
    record.set(readText(name, path), readValue(value, [...path, name], depth + 1))
  }
  return record
}

/** The value that an escape stands for; undefined for a plain record, which what has more members than an escape would have to be. */
function readEscape(object: PlainObject, path: Path, depth: number): Value | undefined {
  if (Object.keys(object).length !== 1) return undefined
  const entity = member(object, '__entity')
  if (entity !== undefined) return readUid(entity, [...path, '__entity'])
  const extension = member(object, '__extn')
  return extension === undefined ? undefined : readExtensionCall(readObject(extension, path), [...path, '__extn'], depth)
}

/** `{ fn, arg }`, or `{ fn, args }` for a function of several: a moment may be given as a datetime and an offset. */
function readExtensionCall(call: PlainObject, path: Path, depth: number): Value {
  const name = readText(member(call, 'fn'), [...path, 'fn'])
  const given = member(call, 'args') === undefined ? [member(call, 'arg')] : readList(member(call, 'args'), [...path, 'args'])
  const called = extensionFunctions.get(name) ?? refuseInput('input.name', [...path, 'fn'], 'no function of an extension type')
  if (given.length !== called.arity) refuseInput('input.extension', path, `${name} takes ${called.arity} arguments`)
  const [first, second] = given.map((value) => readValue(value, path, depth + 1)) as [Value, Value?]
  try {
    return called.apply(first, second)
  } catch (error) {
    if (error instanceof EvaluationError) return refuseInput('input.extension', path, error.message)
    throw error
  }
}
