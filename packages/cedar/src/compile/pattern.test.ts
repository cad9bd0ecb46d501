import assert from 'node:assert/strict'
import { test } from 'node:test'
import { judge } from '../../test/judge.ts'
import { compilePattern } from './pattern.ts'

/** Texts and patterns as Cedar writes them, and whether they fit. */
const rows: readonly (readonly [text: string, pattern: string, fits: boolean])[] = [
  ['', '', true],
  ['a', '', false],
  ['', '*', true],
  ['', '**', true],
  ['abc', '*', true],
  ['abc', 'abc', true],
  ['abc', 'ABC', false],
  ['abcd', 'abc', false],
  ['abc', 'a*', true],
  ['abc', '*c', true],
  ['abc', '*b', false],
  ['abc', 'b*', false],
  ['abc', '*b*', true],
  ['abc', 'a*c', true],
  ['ac', 'a*c', true],
  ['a', 'a*a', false],
  ['aa', 'a*a', true],
  ['aba', 'ab*ba', false],
  ['abba', 'ab*ba', true],
  ['aXbXc', 'a*b*c', true],
  ['aXcXb', 'a*b*c', false],
  ['abab', '*ab', true],
  ['abab', 'a*b*ab', true],
  ['ab', 'a*b*ab', false],
  ['abcbd', 'a*b*bd', true],
  ['abd', 'a*b*bd', false],
  ['xaay', '*aa*a*', false],
  ['xaaay', '*aa*a*', true],
  ['a*c', 'a\\*c', true],
  ['abc', 'a\\*c', false],
  ['a?c', 'a?c', true],
  ['abc', 'a?c', false],
  ['a.c', 'a.c', true],
  ['abc', 'a.c', false],
  ['a\\\\c', 'a\\\\c', true],
  ['😀', '*😀', true],
  ['é', 'e*', false],
]

for (const [text, pattern, fits] of rows) {
  test(`"${text}" ${fits ? 'fits' : 'does not fit'} "${pattern}"`, () => assert.equal(judge(`"${text}" like "${pattern}"`), String(fits)))
}

test('a pattern of many wildcards takes no time that grows with their power', () => {
  const matches = compilePattern(
    Array.from({ length: 2_000 }, (_, at) => (at % 2 === 0 ? 'Wildcard' : { Literal: 'a' })),
    [],
  )
  const beganAt = performance.now()
  assert.equal(matches('a'.repeat(100_000)), true)
  assert.equal(matches(`${'a'.repeat(999)}b`), false)
  assert.ok(performance.now() - beganAt < 500)
})
