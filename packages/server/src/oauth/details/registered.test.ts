import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createDetailTypes, mistakesInDetailTypes, type DetailType } from './registered.ts'
import type { Schema } from './show.ts'

const good: DetailType = { says: 'Pay {amount}', members: { amount: { type: 'string' }, note: { type: 'string' } }, required: ['amount'] }

test('a type that is described holds what it says', () => {
  assert.deepEqual(mistakesInDetailTypes({ payment: good }), [])
  const types = createDetailTypes({ payment: good })
  assert.equal(types.fit([{ type: 'payment', amount: '1' }], ['payment']), true)
  assert.equal(types.fit([{ type: 'payment', amount: '1' }], []), false)
  assert.equal(types.fit([], []), true)
})

test('an object that may also be null holds what it names and nothing else', () => {
  const to = { type: ['object', 'null'], properties: { name: { type: 'string' } } }
  const settings = { payment: { says: 'Pay', members: { to } } }
  assert.deepEqual(mistakesInDetailTypes(settings), [])
  const types = createDetailTypes(settings)
  assert.equal(types.fit([{ type: 'payment', to: { name: 'Mallory' } }], ['payment']), true)
  assert.equal(types.fit([{ type: 'payment', to: { name: 'Mallory', more: 'Alice' } }], ['payment']), false)
})

test('what has types, branches and values that it says may be registered', () => {
  const members = {
    either: { anyOf: [{ type: 'object', properties: { a: { type: 'string' } } }, { type: 'null' }] },
    level: { enum: ['low', 1, null] },
    list: { type: 'array', items: { type: 'object', properties: { 'x-y': { const: 1 } }, additionalProperties: false } },
  }
  assert.deepEqual(mistakesInDetailTypes({ payment: { says: 'Pay', members } }), [])
})

function inside(schema: Schema): DetailType {
  return { ...good, members: { ...good.members, more: schema } }
}

const wrong: readonly (readonly [string, DetailType, RegExp])[] = [
  ['a gap in its sentence', { ...good, says: 'Pay {sum}' }, /\{sum\} is not a required/],
  ['a member in its sentence that may be missing', { ...good, says: 'Pay {note}' }, /\{note\} is not a required/],
  ['a sentence with empty braces', { ...good, says: 'Pay {}' }, /\{\} is not a required/],
  ['a required member that it has not', { ...good, required: ['amount', 'fee'] }, /no JSON Schema .*fee/],
  ['a type among its members', { ...good, members: { ...good.members, type: { type: 'string' } } }, /type is a member of every type/],
  ['members that are no schema', { ...good, members: { amount: { type: 'money' } } }, /no JSON Schema/],
  ['a member of any type', { ...good, members: { ...good.members, more: {} } }, /payment\.more has no type/],
  ['a list of anything', { ...good, members: { ...good.members, more: { type: 'array' } } }, /payment\.more\[\] has no schema/],
  ['an object that is open', inside({ type: 'object', additionalProperties: true }), /other additionalProperties than false/],
  ['an object that is open to texts', inside({ type: 'object', additionalProperties: { type: 'string' } }), /other additionalProperties/],
  ['an object that is open to a pattern', inside({ type: 'object', patternProperties: { a: { type: 'string' } } }), /patternProperties/],
  ['an object that is open in a branch', inside({ anyOf: [{ type: 'object', additionalProperties: true }] }), /additionalProperties/],
  ['parts of an object, each of which is open', inside({ allOf: [{ type: 'object' }] }), /may not have allOf/],
  ['objects among its values', inside({ enum: [{ name: 'Alice' }] }), /has no type/],
  ['a member without a name', inside({ type: 'object', properties: { '': { type: 'string' } } }), /may not have a member ""/],
  ['a member that is a path', inside({ type: 'object', properties: { 'a.b': { type: 'string' } } }), /may not have a member "a\.b"/],
  [
    'a member in its sentence that may be null',
    {
      says: 'Pay {to.name}',
      members: { to: { type: ['object', 'null'], properties: { name: { type: 'string' } }, required: ['name'] } },
      required: ['to'],
    },
    /\{to\.name\} is not a required/,
  ],
  ['a keyword that nobody knows', { ...good, members: { amount: { type: 'string', maxLenght: 3 } } }, /no JSON Schema/],
]
for (const [says, type, mistake] of wrong) {
  test(`a type with ${says} is a mistake of the configuration`, () => {
    assert.match(mistakesInDetailTypes({ payment: type }).join('\n'), mistake)
    assert.throws(() => createDetailTypes({ payment: type }), mistake)
  })
}
