/**
 * The functions of Cedar's extension types, as data.
 *
 * Source: https://docs.cedarpolicy.com/policies/syntax-datatypes.html and
 * https://docs.cedarpolicy.com/policies/syntax-operators.html
 *
 * @module
 */

import { EvaluationError, inShort } from '../errors.ts'
import { kindOf, type Extension, type Kind, type Value } from '../values/value.ts'
import { Datetime, readDatetime } from './datetime.ts'
import { Decimal, readDecimal } from './decimal.ts'
import { dayMs, Duration, hourMs, minuteMs, readDuration, secondMs } from './duration.ts'
import { IpAddress, readIpAddress } from './ip-address.ts'

/** A function of one of the extension types. */
export interface ExtensionFunction {
  /** How many arguments it takes; of a method the first is what it is called on. */
  readonly arity: 1 | 2
  /** Written `x.f(y)`, else `f(x)`. */
  readonly isMethod: boolean
  readonly apply: (first: Value, second: Value | undefined) => Value
}

/** Reads the text that a constructor is given; undefined when it is none of its type. */
type Read = (text: string) => Extension | undefined

const constructors: Readonly<Record<string, Read>> = {
  decimal: readDecimal,
  ip: readIpAddress,
  datetime: readDatetime,
  duration: readDuration,
}

function constructor(name: string, read: Read): ExtensionFunction {
  return {
    arity: 1,
    isMethod: false,
    apply(text) {
      if (typeof text !== 'string') throw unexpected('string', text)
      const value = read(text)
      if (value === undefined) throw new EvaluationError('extension', `${name} does not read ${inShort(text)}`)
      return value
    },
  }
}

/** The error of a value of another type than is taken. */
export function unexpected(expected: Kind, got: Value): EvaluationError {
  return new EvaluationError('type', `expected ${expected}, got ${kindOf(got)}`)
}

type Class<Instance> = abstract new (...given: never[]) => Instance

function method<This extends Value>(type: Class<This>, kind: Kind, call: (self: This) => Value): ExtensionFunction {
  return {
    arity: 1,
    isMethod: true,
    apply(self) {
      if (!(self instanceof type)) throw unexpected(kind, self)
      return call(self)
    },
  }
}

function method2<This extends Value, Other extends Value>(
  [type, kind]: readonly [Class<This>, Kind],
  [otherType, otherKind]: readonly [Class<Other>, Kind],
  call: (self: This, other: Other) => Value,
): ExtensionFunction {
  return {
    arity: 2,
    isMethod: true,
    apply(self, other) {
      if (!(self instanceof type)) throw unexpected(kind, self)
      if (!(other instanceof otherType)) throw unexpected(otherKind, other as Value)
      return call(self, other)
    },
  }
}

const decimal = [Decimal, 'decimal'] as const
const ipaddr = [IpAddress, 'ipaddr'] as const
const datetime = [Datetime, 'datetime'] as const
const duration = [Duration, 'duration'] as const

/** By name, each once: no two types have a function of the same name. */
export const extensionFunctions: ReadonlyMap<string, ExtensionFunction> = new Map<string, ExtensionFunction>([
  ...Object.entries(constructors).map(([name, read]): [string, ExtensionFunction] => [name, constructor(name, read)]),
  ['lessThan', method2(decimal, decimal, (self, other) => self.scaled < other.scaled)],
  ['lessThanOrEqual', method2(decimal, decimal, (self, other) => self.scaled <= other.scaled)],
  ['greaterThan', method2(decimal, decimal, (self, other) => self.scaled > other.scaled)],
  ['greaterThanOrEqual', method2(decimal, decimal, (self, other) => self.scaled >= other.scaled)],
  ['isIpv4', method(...ipaddr, (self) => self.version === 4)],
  ['isIpv6', method(...ipaddr, (self) => self.version === 6)],
  ['isLoopback', method(...ipaddr, (self) => self.isLoopback())],
  ['isMulticast', method(...ipaddr, (self) => self.isMulticast())],
  ['isInRange', method2(ipaddr, ipaddr, (self, other) => self.isInRange(other))],
  ['offset', method2(datetime, duration, (self, other) => self.offset(other))],
  ['durationSince', method2(datetime, datetime, (self, other) => self.durationSince(other))],
  ['toDate', method(...datetime, (self) => self.toDate())],
  ['toTime', method(...datetime, (self) => self.toTime())],
  ['toMilliseconds', method(...duration, (self) => self.in(1))],
  ['toSeconds', method(...duration, (self) => self.in(secondMs))],
  ['toMinutes', method(...duration, (self) => self.in(minuteMs))],
  ['toHours', method(...duration, (self) => self.in(hourMs))],
  ['toDays', method(...duration, (self) => self.in(dayMs))],
])

/** Reads a value of an extension type by the name of its constructor; undefined when it has no such constructor or does not read the text. */
export function readExtension(constructorName: string, text: string): Extension | undefined {
  return Object.hasOwn(constructors, constructorName) ? constructors[constructorName]?.(text) : undefined
}
