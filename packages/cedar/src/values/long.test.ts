import assert from 'node:assert/strict'
import { test } from 'node:test'
import { EvaluationError } from '../errors.ts'
import { add, longOf, multiply, negate, quotient, remainder, subtract, type Long } from './long.ts'

const greatest = 2n ** 63n - 1n
const least = -(2n ** 63n)
const safe = Number.MAX_SAFE_INTEGER

function outcome(compute: () => Long): Long | string {
  try {
    return compute()
  } catch (error) {
    if (error instanceof EvaluationError) return error.code
    throw error
  }
}

const canonical: readonly (readonly [exact: bigint, long: Long | undefined])[] = [
  [0n, 0],
  [BigInt(safe), safe],
  [BigInt(safe) + 1n, BigInt(safe) + 1n],
  [-BigInt(safe), -safe],
  [-BigInt(safe) - 1n, -BigInt(safe) - 1n],
  [greatest, greatest],
  [greatest + 1n, undefined],
  [least, least],
  [least - 1n, undefined],
]

for (const [exact, long] of canonical) {
  test(`the canonical form of ${exact} is ${typeof long} ${long}`, () => assert.equal(longOf(exact), long))
}

const rows: readonly (readonly [says: string, compute: () => Long, wanted: Long | 'overflow'])[] = [
  ['1 + 2', () => add(1, 2), 3],
  ['the greatest safe number + 1', () => add(safe, 1), BigInt(safe) + 1n],
  ['the greatest safe number + itself', () => add(safe, safe), BigInt(safe) * 2n],
  ['beyond the safe numbers and back', () => add(BigInt(safe) + 1n, -1), safe],
  ['a bigint + a number', () => add(greatest - 1n, 1), greatest],
  ['a number + a bigint', () => add(1, greatest - 1n), greatest],
  ['the greatest + 1', () => add(greatest, 1), 'overflow'],
  ['1 + the greatest', () => add(1, greatest), 'overflow'],
  ['the least + -1', () => add(least, -1), 'overflow'],
  ['3 - 5', () => subtract(3, 5), -2],
  ['the least safe number - 1', () => subtract(-safe, 1), -BigInt(safe) - 1n],
  ['the least + 1 - 1', () => subtract(least + 1n, 1), least],
  ['the least - 1', () => subtract(least, 1), 'overflow'],
  ['1 - the least', () => subtract(1, least), 'overflow'],
  ['-1 - the least', () => subtract(-1, least), greatest],
  ['beyond the safe numbers minus as much', () => subtract(greatest, greatest), 0],
  ['6 * 7', () => multiply(6, 7), 42],
  ['-3 * 0 is zero without a sign', () => multiply(-3, 0), 0],
  ['0 * -3 is zero without a sign', () => multiply(0, -3), 0],
  ['2^26 * 2^27 is beyond the safe numbers by one', () => multiply(2 ** 26, 2 ** 27), 2n ** 53n],
  ['a product that a double rounds', () => multiply(safe, 3), BigInt(safe) * 3n],
  ['3037000499 squared fits', () => multiply(3037000499, 3037000499), 3037000499n ** 2n],
  ['3037000500 squared does not', () => multiply(3037000500, 3037000500), 'overflow'],
  ['the least * 1', () => multiply(least, 1), least],
  ['the least * -1', () => multiply(least, -1), 'overflow'],
  ['-1 * the least', () => multiply(-1, least), 'overflow'],
  ['minus 5', () => negate(5), -5],
  ['minus 0 is zero without a sign', () => negate(0), 0],
  ['minus the greatest', () => negate(greatest), -greatest],
  ['minus the least', () => negate(least), 'overflow'],
  ['7 in units of 2', () => quotient(7, 2), 3],
  ['-7 in units of 2 is cut off toward zero', () => quotient(-7, 2), -3],
  ['the greatest in units of 1', () => quotient(greatest, 1), greatest],
  ['the greatest in units of a day', () => quotient(greatest, 86_400_000), 106_751_991_167],
  ['what 7 leaves over 3', () => remainder(7, 3), 1],
  ['what -7 leaves over 3', () => remainder(-7, 3), 2],
  ['what -6 leaves over 3', () => remainder(-6, 3), 0],
  ['what the least leaves over 10', () => remainder(least, 10), 2],
]

for (const [says, compute, wanted] of rows) {
  test(`64 bits: ${says}`, () => assert.ok(Object.is(outcome(compute), wanted), `${outcome(compute)}, and ${wanted} is wanted`))
}
