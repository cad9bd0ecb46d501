/** The shape of compiled expressions, and what they expect of values. @module */

import type { EntitySource } from '../entities/source.ts'
import { EvaluationError } from '../errors.ts'
import { unexpected } from '../extensions/functions.ts'
import type { Long } from '../values/long.ts'
import { EntityUid } from '../values/uid.ts'
import { CedarSet, type CedarRecord, type Value } from '../values/value.ts'

/** What an expression is evaluated in. */
export interface Environment {
  readonly principal: EntityUid
  readonly action: EntityUid
  readonly resource: EntityUid
  readonly context: CedarRecord
  readonly entities: EntitySource
}

/** A compiled expression. Throws {@link EvaluationError}. */
export type Evaluate = (environment: Environment) => Value

/** How a policy erred. What is no error of a policy is thrown again. */
export function erred(error: unknown): EvaluationError {
  if (error instanceof EvaluationError) return error
  if (error instanceof RangeError) return new EvaluationError('depth', 'the stack was used up')
  throw error
}

export function asBool(value: Value): boolean {
  if (typeof value !== 'boolean') throw unexpected('bool', value)
  return value
}

export function asLong(value: Value): Long {
  if (typeof value !== 'number' && typeof value !== 'bigint') throw unexpected('long', value)
  return value
}

export function asString(value: Value): string {
  if (typeof value !== 'string') throw unexpected('string', value)
  return value
}

export function asEntity(value: Value): EntityUid {
  if (!(value instanceof EntityUid)) throw unexpected('entity', value)
  return value
}

export function asSet(value: Value): CedarSet {
  if (!(value instanceof CedarSet)) throw unexpected('set', value)
  return value
}
