/**
 * Cedar's whole numbers: 64 bits with a sign, exact, an error beyond.
 *
 * INVARIANT (canonical long): a `Long` is a `number` where a double holds it
 * exactly and a `bigint` elsewhere, so that `===` tells whether two are equal and
 * most arithmetic stays that of numbers. JavaScript compares the two kinds by value.
 *
 * @module
 */

import { EvaluationError } from '../errors.ts'

export type Long = number | bigint

const least = -(2n ** 63n)
const greatest = 2n ** 63n - 1n

/** The canonical form of a whole number; undefined outside 64 bits. */
export function longOf(exact: bigint): Long | undefined {
  if (exact < least || exact > greatest) return undefined
  const near = Number(exact)
  return Number.isSafeInteger(near) ? near : exact
}

/** As {@link longOf}; a number outside 64 bits makes the policy err. */
function exactly(exact: bigint): Long {
  const long = longOf(exact)
  if (long === undefined) throw new EvaluationError('overflow', 'a whole number is outside 64 bits')
  return long
}

export function add(left: Long, right: Long): Long {
  if (typeof left === 'number' && typeof right === 'number') {
    const sum = left + right
    if (Number.isSafeInteger(sum)) return sum
  }
  return exactly(BigInt(left) + BigInt(right))
}

export function subtract(left: Long, right: Long): Long {
  if (typeof left === 'number' && typeof right === 'number') {
    const difference = left - right
    if (Number.isSafeInteger(difference)) return difference
  }
  return exactly(BigInt(left) - BigInt(right))
}

export function multiply(left: Long, right: Long): Long {
  if (typeof left === 'number' && typeof right === 'number') {
    const product = left * right
    // Adding zero makes zero of minus zero, which `Object.is` and `Map` tell apart from it.
    if (Number.isSafeInteger(product)) return product + 0
  }
  return exactly(BigInt(left) * BigInt(right))
}

export function negate(long: Long): Long {
  return subtract(0, long)
}

/** Divided and cut off toward zero. The divisor is positive. */
export function quotient(long: Long, divisor: number): Long {
  return exactly(BigInt(long) / BigInt(divisor))
}

/** What a whole multiple of `step` leaves: never negative. */
export function remainder(long: Long, step: number): number {
  const left = Number(BigInt(long) % BigInt(step))
  return left < 0 ? left + step : left
}
