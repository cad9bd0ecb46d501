/** Cedar's operators on values that are there: what each takes and gives. @module */

import type { EntitySource } from '../entities/source.ts'
import { EvaluationError, inShort } from '../errors.ts'
import { Datetime } from '../extensions/datetime.ts'
import { Duration } from '../extensions/duration.ts'
import { unexpected } from '../extensions/functions.ts'
import { add, multiply, negate, subtract, type Long } from '../values/long.ts'
import { EntityUid } from '../values/uid.ts'
import { areEqual, type CedarRecord, type Value } from '../values/value.ts'
import { asBool, asEntity, asLong, asSet, asString } from './evaluate.ts'

export const unaryOperators: ReadonlyMap<string, (value: Value) => Value> = new Map<string, (value: Value) => Value>([
  ['!', (value) => !asBool(value)],
  ['neg', (value) => negate(asLong(value))],
  ['isEmpty', (value) => asSet(value).members.length === 0],
])

type Binary = (left: Value, right: Value, entities: EntitySource) => Value

export const binaryOperators: ReadonlyMap<string, Binary> = new Map<string, Binary>([
  ['==', areEqual],
  ['!=', (left, right) => !areEqual(left, right)],
  ['<', (left, right) => ordinalOf(left) < ordinalOf(right, left)],
  ['<=', (left, right) => ordinalOf(left) <= ordinalOf(right, left)],
  ['>', (left, right) => ordinalOf(left) > ordinalOf(right, left)],
  ['>=', (left, right) => ordinalOf(left) >= ordinalOf(right, left)],
  ['+', (left, right) => add(asLong(left), asLong(right))],
  ['-', (left, right) => subtract(asLong(left), asLong(right))],
  ['*', (left, right) => multiply(asLong(left), asLong(right))],
  ['contains', (left, right) => asSet(left).has(right)],
  ['containsAll', (left, right) => asSet(left).hasAll(asSet(right))],
  ['containsAny', (left, right) => asSet(left).hasAny(asSet(right))],
  ['hasTag', (left, right, entities) => hasTag(asEntity(left), asString(right), entities)],
  ['getTag', (left, right, entities) => tagOf(asEntity(left), asString(right), entities)],
])

/** What orders a value: whole numbers, datetimes and durations have an order, each among its own. */
function ordinalOf(value: Value, besides: Value = value): Long {
  if (besides instanceof Datetime) {
    if (value instanceof Datetime) return value.epochMs
    throw unexpected('datetime', value)
  }
  if (besides instanceof Duration) {
    if (value instanceof Duration) return value.ms
    throw unexpected('duration', value)
  }
  return asLong(value)
}

/** The right side is an entity or a set of nothing but entities, all of which are looked at before any is compared. */
export function isIn(left: Value, right: Value, entities: EntitySource): boolean {
  const inner = asEntity(left)
  if (right instanceof EntityUid) return entities.isIn(inner, right)
  const { members } = asSet(right)
  for (const member of members) asEntity(member)
  for (const member of members) if (entities.isIn(inner, member as EntityUid)) return true
  return false
}

/** An entity that is not known has no tags, which is no error to ask. */
function hasTag(entity: EntityUid, tag: string, entities: EntitySource): boolean {
  return entities.find(entity)?.tags.has(tag) ?? false
}

function tagOf(entity: EntityUid, tag: string, entities: EntitySource): Value {
  const known = entities.find(entity)
  if (known === undefined) throw unknownEntity(entity)
  const value = known.tags.get(tag)
  if (value === undefined) throw new EvaluationError('no_tag', `${nameOf(entity)} has no tag ${inShort(tag)}`)
  return value
}

/** An attribute of an entity or a member of a record. */
export function attributeOf(value: Value, name: string, entities: EntitySource): Value {
  const found = recordOf(value, entities)
  if (found === undefined) throw unknownEntity(value as EntityUid)
  const attribute = found.get(name)
  if (attribute !== undefined) return attribute
  throw new EvaluationError('no_attribute', `${value instanceof EntityUid ? nameOf(value) : 'the record'} has no ${inShort(name)}`)
}

/** An entity that is not known has no attributes, which is no error to ask. */
export function hasAttribute(value: Value, name: string, entities: EntitySource): boolean {
  return recordOf(value, entities)?.has(name) ?? false
}

function recordOf(value: Value, entities: EntitySource): CedarRecord | undefined {
  if (value instanceof EntityUid) return entities.find(value)?.attributes
  if (value instanceof Map) return value
  throw unexpected('record', value)
}

function unknownEntity(entity: EntityUid): EvaluationError {
  return new EvaluationError('no_entity', `${nameOf(entity)} is not known`)
}

function nameOf({ type, id }: EntityUid): string {
  return `${type.slice(0, 64)}::${inShort(id)}`
}
