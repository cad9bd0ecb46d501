import assert from 'node:assert/strict'
import { test } from 'node:test'
import * as fc from 'fast-check'
import { mostParameters, readForm } from './form.ts'

const read: readonly { text: string; is: Readonly<Record<string, string>> }[] = [
  { text: '', is: {} },
  { text: 'a=1', is: { a: '1' } },
  { text: 'a=1&b=2', is: { a: '1', b: '2' } },
  { text: '&a=1&&b=&', is: { a: '1', b: '' } },
  { text: 'a', is: { a: '' } },
  { text: 'a=b=c', is: { a: 'b=c' } },
  { text: 'a+b=c+d', is: { 'a b': 'c d' } },
  { text: 'a=%2B%26%3D', is: { a: '+&=' } },
  { text: 'a=%C3%BC%F0%9F%94%91', is: { a: 'ü🔑' } },
  { text: '__proto__=1&constructor=2', is: { ['__proto__']: '1', constructor: '2' } },
]
for (const { text, is } of read) {
  test(`"${text}" is read`, () => assert.deepEqual(Object.entries(readForm(text)), Object.entries(is)))
}

const refused = [
  { says: 'a key twice', text: 'a=1&a=1', code: 'request.duplicate_parameter' },
  { says: 'a key twice, spelled differently', text: 'a=1&%61=2', code: 'request.duplicate_parameter' },
  { says: 'a key twice, once without a value', text: 'a&a=', code: 'request.duplicate_parameter' },
  { says: '__proto__ twice', text: '__proto__=1&__proto__=2', code: 'request.duplicate_parameter' },
  { says: 'a broken escape', text: 'a=%', code: 'request.malformed' },
  { says: 'an escape of no hexadecimal', text: 'a=%zz', code: 'request.malformed' },
  { says: 'bytes that are not UTF-8', text: 'a=%ff', code: 'request.malformed' },
  { says: 'an overlong spelling of a slash', text: 'a=%c0%af', code: 'request.malformed' },
  { says: 'half of a surrogate pair', text: 'a=%ed%a0%80', code: 'request.malformed' },
  { says: 'NUL, escaped', text: 'a=%00', code: 'request.malformed' },
  { says: 'NUL, raw', text: 'a=\0', code: 'request.malformed' },
  { says: 'a value without a name', text: '=1', code: 'request.malformed' },
]
for (const { says, text, code } of refused) {
  test(`refused: ${says}`, () => assert.throws(() => readForm(text), { name: 'Refusal', code }))
}

test('a long value of spaces', () => {
  for (const text of ['+'.repeat(127), '+'.repeat(128), `ü${'+a'.repeat(100)}`])
    assert.equal(readForm(`a=${text}`)['a'], text.replaceAll('+', ' '))
})

test('as many parameters as allowed, and one more', () => {
  const parameters = (count: number) => Array.from({ length: count }, (_, at) => `p${at}=1`).join('&')
  assert.equal(Object.keys(readForm(parameters(mostParameters))).length, mostParameters)
  assert.throws(() => readForm(parameters(mostParameters + 1)), { code: 'request.malformed' })
})

test('whatever comes is read or refused', () => {
  const hostile = fc.oneof(
    fc.string({ unit: 'binary' }),
    fc.string({ unit: fc.constantFrom('a', '&', '=', '%', '+', '0', '6', '1', 'ü', '\0') }),
  )
  fc.assert(
    fc.property(hostile, (text) => {
      try {
        readForm(text)
      } catch (error) {
        assert.equal((error as Error).name, 'Refusal')
      }
    }),
  )
})

test('what URLSearchParams writes is read back, and means the same to both', () => {
  const entries = fc.uniqueArray(
    fc
      .tuple(fc.string({ unit: 'grapheme', minLength: 1 }), fc.string({ unit: 'grapheme' }))
      .filter((pair) => !pair.join('').includes('\0')),
    { selector: ([key]) => key.normalize(), maxLength: 20 },
  )
  fc.assert(
    fc.property(entries, (pairs) => {
      assert.deepEqual(new Map(Object.entries(readForm(new URLSearchParams(pairs).toString()))), new Map(pairs))
    }),
  )
})
