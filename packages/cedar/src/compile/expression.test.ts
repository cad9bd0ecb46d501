import assert from 'node:assert/strict'
import { test } from 'node:test'
import { refusalOf } from '../../test/judge.ts'
import { compileExpression, deepestExpression } from './expression.ts'

const one = { Value: 1 }

/** Every way in which an expression may stand in another, and how many levels deeper it stands there. */
const ways: readonly (readonly [says: string, wrap: (inner: unknown) => unknown, levels?: number])[] = [
  ['behind !', (arg) => ({ '!': { arg } })],
  ['behind a minus', (arg) => ({ neg: { arg } })],
  ['left of an operator', (left) => ({ '==': { left, right: one } })],
  ['right of an operator', (right) => ({ '<': { left: one, right } })],
  ['left of in', (left) => ({ in: { left, right: one } })],
  ['right of in', (right) => ({ in: { left: one, right } })],
  ['in a chain of a chain', (inner) => ({ '||': { left: { '&&': { left: inner, right: one } }, right: one } }), 2],
  ['at the end of a chain of a chain', (inner) => ({ '&&': { left: one, right: { '||': { left: one, right: inner } } } }), 2],
  ['as a condition', (inner) => choice(inner, one, one)],
  ['as what holds then', (inner) => choice(one, inner, one)],
  ['as what holds else', (inner) => choice(one, one, inner)],
  ['before an attribute', (left) => ({ '.': { left, attr: 'a' } })],
  ['before has', (left) => ({ has: { left, attr: 'a' } })],
  ['before is', (left) => ({ is: { left, entity_type: 'User' } })],
  ['behind is in', (inner) => ({ is: { left: one, entity_type: 'User', in: inner } })],
  ['before like', (left) => ({ like: { left, pattern: [] } })],
  ['in a set', (inner) => ({ Set: [one, inner] })],
  ['in a record', (inner) => ({ Record: { a: inner } })],
  ['in a call', (inner) => ({ isIpv4: [inner] })],
  ['as the second argument of a call', (inner) => ({ lessThan: [one, inner] })],
]

function choice(condition: unknown, whenTrue: unknown, whenFalse: unknown): unknown {
  // oxlint-disable-next-line unicorn/no-thenable -- Cedar's own name
  return { 'if-then-else': { if: condition, then: whenTrue, else: whenFalse } }
}

for (const [says, wrap, levels = 1] of ways) {
  test(`expressions nest ${deepestExpression} levels ${says}, and no more`, () => {
    const nested = (count: number): unknown => Array.from({ length: count }).reduce<unknown>((inner) => wrap(inner), { Var: 'context' })
    assert.equal(
      refusalOf(() => compileExpression(nested(deepestExpression / levels), [])),
      'taken',
    )
    assert.match(
      refusalOf(() => compileExpression(nested(deepestExpression / levels + 1), [])),
      /^input\.depth /,
    )
  })
}
