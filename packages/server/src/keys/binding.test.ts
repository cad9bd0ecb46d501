import assert from 'node:assert/strict'
import { test } from 'node:test'
import * as fc from 'fast-check'
import { binding, wellFormedUtf8 } from './binding.ts'

const hex = (...parts: readonly string[]): string => Buffer.from(binding(...parts)).toString('hex')

test('each part is preceded by the count of its bytes', () => {
  assert.equal(hex('a', 'é'), '000000016100000002c3a9')
})

test('no two lists of parts give the same bytes', () => {
  const parts = fc.array(fc.string({ unit: 'grapheme' }), { maxLength: 4 })
  fc.assert(
    fc.property(parts, parts, (left, right) => {
      assert.equal(hex(...left) === hex(...right), JSON.stringify(left) === JSON.stringify(right))
    }),
  )
})

for (const [left, right] of [
  [
    ['ab', 'c'],
    ['a', 'bc'],
  ],
  [
    ['a', ''],
    ['', 'a'],
  ],
  [['a'], ['a', '']],
  [[], ['']],
] as const) {
  test(`${JSON.stringify(left)} is not ${JSON.stringify(right)}`, () => assert.notEqual(hex(...left), hex(...right)))
}

test('a lone surrogate is refused, since UTF-8 would write any two of them the same way', () => {
  assert.throws(() => wellFormedUtf8('\ud800'), { name: 'TypeError', message: 'the text has a lone surrogate' })
  assert.throws(() => binding('a', '\udfff'), TypeError)
})
