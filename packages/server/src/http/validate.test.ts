import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Type } from 'typebox'
import { Refusal } from '#kernel'
import { closed, createShapes, ShapeMistake } from './validate.ts'

const shapes = createShapes()

const schema = Type.Object({
  name: Type.String({ minLength: 1 }),
  inner: Type.Optional(Type.Object({ count: Type.Integer() })),
  open: Type.Optional(Type.Object({}, { additionalProperties: true })),
  map: Type.Optional(Type.Record(Type.String(), Type.Integer())),
})

const good = [{ name: 'a' }, { name: 'a', inner: { count: 1 } }, { name: 'a', open: { any: 1 } }, { name: 'a', map: { x: 1 } }]
for (const value of good) test(`${JSON.stringify(value)} fits`, () => shapes.checker('body', schema)(value))

const bad = [
  { says: 'nothing', value: undefined, at: 'body', rule: 'type' },
  { says: 'a number for a text', value: { name: 1 }, at: 'body/name', rule: 'type' },
  { says: 'a text for a number', value: { name: 'a', inner: { count: '1' } }, at: 'body/inner/count', rule: 'type' },
  { says: 'something missing', value: {}, at: 'body/name', rule: 'required' },
  { says: 'a key too many', value: { name: 'a', 'evil"key': 1 }, at: 'body', rule: 'additionalProperties' },
  { says: 'a key too many inside', value: { name: 'a', inner: { count: 1, more: 1 } }, at: 'body/inner', rule: 'additionalProperties' },
  { says: 'a strange key of a map', value: { name: 'a', map: { 'e"v<il': 'x' } }, at: 'body', rule: 'type' },
]
for (const { says, value, at, rule } of bad) {
  test(`refused: ${says}`, () => {
    assert.throws(
      () => shapes.checker('body', schema)(value),
      (error) =>
        error instanceof Refusal &&
        error.code === 'request.malformed' &&
        error.cause instanceof ShapeMistake &&
        error.cause.at === at &&
        error.cause.rule === rule,
    )
  })
}

test('what was checked is what was sent: no coercion, no removal, no defaults', () => {
  const value = { a: '1', extra: true }
  const lax = Type.Object({ a: Type.String(), b: Type.Optional(Type.Integer({ default: 7 })) }, { additionalProperties: true })
  shapes.checker('body', lax)(value)
  assert.deepEqual(value, { a: '1', extra: true })
})

test('a property may have the name of a keyword', () => {
  const named = Type.Object({ const: Type.Object({}), type: Type.String(), properties: Type.Object({ a: Type.String() }) })
  const check = shapes.checker('body', named)
  check({ const: {}, type: 'x', properties: { a: 'x' } })
  assert.throws(() => check({ const: { a: 1 }, type: 'x', properties: { a: 'x' } }), { code: 'request.malformed' })
})

test('the branches of an intersection stay open to each other', () => {
  const both = Type.Intersect([Type.Object({ a: Type.String() }), Type.Object({ b: Type.String() })])
  shapes.checker('body', both)({ a: 'x', b: 'y' })
})

test('an object that may also be null is closed', () => {
  const check = shapes.checker('body', Type.Unsafe({ type: ['object', 'null'], properties: { a: { type: 'string' } } }))
  check(null)
  check({ a: 'x' })
  assert.throws(() => check({ a: 'x', b: 'y' }), { code: 'request.malformed' })
})

test('an empty object refuses everything', () => {
  assert.deepEqual(closed(Type.Object({})), { type: 'object', properties: {}, additionalProperties: false })
})
