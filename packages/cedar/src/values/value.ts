/** The values that policies compute with, and when two are equal. @module */

import { Datetime } from '../extensions/datetime.ts'
import { Decimal } from '../extensions/decimal.ts'
import { Duration } from '../extensions/duration.ts'
import { IpAddress } from '../extensions/ip-address.ts'
import type { Long } from './long.ts'
import { EntityUid } from './uid.ts'

/** A record: names and their values. A `Map`, so that no name means anything to JavaScript. */
export type CedarRecord = ReadonlyMap<string, Value>

export type Extension = Decimal | IpAddress | Datetime | Duration

export type Value = boolean | Long | string | EntityUid | CedarSet | CedarRecord | Extension

/** What a value is, in Cedar's words. */
export type Kind = 'bool' | 'long' | 'string' | 'entity' | 'set' | 'record' | 'decimal' | 'ipaddr' | 'datetime' | 'duration'

export function kindOf(value: Value): Kind {
  if (typeof value === 'boolean') return 'bool'
  if (typeof value === 'number' || typeof value === 'bigint') return 'long'
  if (typeof value === 'string') return 'string'
  if (value instanceof EntityUid) return 'entity'
  if (value instanceof CedarSet) return 'set'
  if (value instanceof Map) return 'record'
  if (value instanceof Decimal) return 'decimal'
  if (value instanceof IpAddress) return 'ipaddr'
  return value instanceof Datetime ? 'datetime' : 'duration'
}

/** Up to so many members it is faster to look at each than to hash them. */
const few = 8

/** A set, by value: neither how often a member was given nor in which order says anything. */
export class CedarSet implements Iterable<Value> {
  /** As given: a member may be here twice. */
  readonly members: readonly Value[]
  #keys: ReadonlySet<string> | undefined
  #plain: ReadonlySet<Value> | undefined

  constructor(members: readonly Value[]) {
    this.members = members
  }

  [Symbol.iterator](): Iterator<Value> {
    return this.members[Symbol.iterator]()
  }

  /** Sets and records are looked for by key alone: comparing them one by one takes time that grows with the power of their depth. */
  has(value: Value): boolean {
    if (value instanceof CedarSet || value instanceof Map) return this.keys().has(keyOf(value))
    if (this.members.length <= few) return this.members.some((member) => areEqual(member, value))
    // What is no object is equal when it is the same.
    if (typeof value !== 'object') return (this.#plain ??= new Set(this.members)).has(value)
    return this.keys().has(keyOf(value))
  }

  hasAll(other: CedarSet): boolean {
    return other.members.every((member) => this.has(member))
  }

  hasAny(other: CedarSet): boolean {
    return other.members.some((member) => this.has(member))
  }

  equals(other: CedarSet): boolean {
    return this.hasAll(other) && other.hasAll(this)
  }

  /** The key of each member once. */
  keys(): ReadonlySet<string> {
    return (this.#keys ??= new Set(this.members.map(keyOf)))
  }
}

/** By value, whatever the types: values of two types are different, and that is no error. */
export function areEqual(left: Value, right: Value): boolean {
  if (left === right) return true
  if (typeof left !== 'object' || typeof right !== 'object') return false
  if (left instanceof EntityUid) return right instanceof EntityUid && left.equals(right)
  if (left instanceof CedarSet) return right instanceof CedarSet && left.equals(right)
  if (left instanceof Map) return right instanceof Map && areRecordsEqual(left, right)
  if (left instanceof Decimal) return right instanceof Decimal && left.equals(right)
  if (left instanceof IpAddress) return right instanceof IpAddress && left.equals(right)
  if (left instanceof Datetime) return right instanceof Datetime && left.equals(right)
  return left instanceof Duration && right instanceof Duration && left.equals(right)
}

function areRecordsEqual(left: CedarRecord, right: CedarRecord): boolean {
  if (left.size !== right.size) return false
  for (const [name, value] of left) {
    const other = right.get(name)
    if (other === undefined || !areEqual(value, other)) return false
  }
  return true
}

/**
 * A text that two values share exactly when they are equal: the members of a
 * record by name, those of a set each once and in order.
 */
export function keyOf(value: Value): string {
  if (value instanceof CedarSet) return `set[${[...value.keys()].sort().join()}]`
  if (value instanceof Map) {
    const members = [...(value as CedarRecord)].sort(([left], [right]) => (left < right ? -1 : 1))
    return `record{${members.map(([name, member]) => `${JSON.stringify(name)}:${keyOf(member)}`).join()}}`
  }
  // oxlint-disable-next-line typescript/no-base-to-string -- what is left has a text of its own
  return `${kindOf(value)} ${typeof value === 'string' ? JSON.stringify(value) : String(value)}`
}
