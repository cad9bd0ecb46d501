import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createDetailTypes, mistakesInDetailTypes, type DetailType } from './registered.ts'

const good: DetailType = { says: 'Pay {amount}', members: { amount: { type: 'string' }, note: { type: 'string' } }, required: ['amount'] }

test('a type that is described holds what it says', () => {
  assert.deepEqual(mistakesInDetailTypes({ payment: good }), [])
  const types = createDetailTypes({ payment: good })
  assert.equal(types.fit([{ type: 'payment', amount: '1' }], ['payment']), true)
  assert.equal(types.fit([{ type: 'payment', amount: '1' }], []), false)
  assert.equal(types.fit([], []), true)
})

const wrong: readonly (readonly [string, DetailType, RegExp])[] = [
  ['a gap in its sentence', { ...good, says: 'Pay {sum}' }, /\{sum\} is not a required/],
  ['a member in its sentence that may be missing', { ...good, says: 'Pay {note}' }, /\{note\} is not a required/],
  ['a sentence with empty braces', { ...good, says: 'Pay {}' }, /\{\} is not a required/],
  ['a required member that it has not', { ...good, required: ['amount', 'fee'] }, /no JSON Schema .*fee/],
  ['a type among its members', { ...good, members: { ...good.members, type: { type: 'string' } } }, /type is a member of every type/],
  ['members that are no schema', { ...good, members: { amount: { type: 'money' } } }, /no JSON Schema/],
  ['a keyword that nobody knows', { ...good, members: { amount: { type: 'string', maxLenght: 3 } } }, /no JSON Schema/],
]
for (const [says, type, mistake] of wrong) {
  test(`a type with ${says} is a mistake of the configuration`, () => {
    assert.match(mistakesInDetailTypes({ payment: type }).join('\n'), mistake)
  })
}
