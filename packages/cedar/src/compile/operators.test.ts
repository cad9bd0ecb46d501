import assert from 'node:assert/strict'
import { test } from 'node:test'
import { judge, judgeJson, storeOf } from '../../test/judge.ts'

const entities = storeOf([
  {
    uid: { type: 'User', id: 'alice' },
    attrs: { age: 30, address: { city: 'Ulm', more: { zip: 1 } }, manager: { __entity: { type: 'User', id: 'bob' } } },
    parents: [{ type: 'Team', id: 'core' }],
    tags: { floor: 3 },
  },
  { uid: { type: 'User', id: 'bob' }, attrs: { age: 50, friend: { __entity: { type: 'User', id: 'ghost' } } } },
  { uid: { type: 'Team', id: 'core' }, parents: [{ type: 'Team', id: 'all' }] },
])
const context = { n: 1, s: 'text', b: true, r: { a: { b: { c: 1 } } }, list: [1, 2], ghost: { __entity: { type: 'User', id: 'ghost' } } }

const rows: readonly (readonly [says: string, wanted: string])[] = [
  // Variables.
  ['principal', 'User::"alice"'],
  ['action', 'Action::"read"'],
  ['resource', 'Note::"1"'],
  ['context.n', '1'],
  // Booleans: what decides is the first that decides, and nothing after it is looked at.
  ['true && true', 'true'],
  ['true && false', 'false'],
  ['false && 1', 'false'],
  ['false && context.none', 'false'],
  ['true && 1', 'error type'],
  ['1 && true', 'error type'],
  ['1 && false', 'error type'],
  ['true && true && false && context.none', 'false'],
  ['true && context.none && false', 'error no_attribute'],
  ['false || true', 'true'],
  ['false || false', 'false'],
  ['true || 1', 'true'],
  ['true || context.none', 'true'],
  ['false || 1', 'error type'],
  ['"true" || true', 'error type'],
  ['false || false || true || context.none', 'true'],
  ['false || context.none || true', 'error no_attribute'],
  ['false && true || true', 'true'],
  ['true || false && context.none', 'true'],
  ['"a".lessThan(context.none)', 'error no_attribute'],
  ['!true', 'false'],
  ['!!true', 'true'],
  ['!0', 'error type'],
  ['!""', 'error type'],
  // Choice.
  ['if true then 1 else context.none', '1'],
  ['if false then context.none else 2', '2'],
  ['if 1 then 1 else 2', 'error type'],
  // Whole numbers.
  ['1 + 2 * 3', '7'],
  ['(1 + 2) * 3', '9'],
  ['7 - 2 - 3', '2'],
  ['-5 + 2', '-3'],
  ['-(5)', '-5'],
  ['-context.n', '-1'],
  ['-(-9223372036854775808)', 'error overflow'],
  ['9223372036854775807 + 1', 'error overflow'],
  ['9223372036854775807 + 0', '9223372036854775807'],
  ['1 + "1"', 'error type'],
  ['"1" + 1', 'error type'],
  ['1 - true', 'error type'],
  ['true - 1', 'error type'],
  ['1 * "2"', 'error type'],
  ['[] * 2', 'error type'],
  ['-"1"', 'error type'],
  // Order.
  ['1 < 2', 'true'],
  ['2 < 2', 'false'],
  ['2 <= 2', 'true'],
  ['3 <= 2', 'false'],
  ['3 > 2', 'true'],
  ['2 > 2', 'false'],
  ['2 >= 2', 'true'],
  ['1 >= 2', 'false'],
  ['9007199254740993 > 9007199254740992', 'true'],
  ['9007199254740993 < 9007199254740994', 'true'],
  ['9223372036854775807 > 1', 'true'],
  ['-9223372036854775808 < 1', 'true'],
  ['1 < "2"', 'error type'],
  ['"1" < 2', 'error type'],
  ['"a" < "b"', 'error type'],
  ['true < false', 'error type'],
  ['datetime("2024-01-01") < datetime("2024-01-02")', 'true'],
  ['datetime("2024-01-01") <= datetime("2024-01-01")', 'true'],
  ['datetime("2024-01-01") > datetime("2024-01-01")', 'false'],
  ['datetime("2024-01-01") >= datetime("2024-01-02")', 'false'],
  ['duration("1h") > duration("59m")', 'true'],
  ['duration("1h") >= duration("60m")', 'true'],
  ['duration("1h") < duration("60m")', 'false'],
  ['duration("1h") <= duration("61m")', 'true'],
  ['duration("1h") < 1', 'error type'],
  ['1 < duration("1h")', 'error type'],
  ['datetime("2024-01-01") < duration("1h")', 'error type'],
  ['duration("1h") < datetime("2024-01-01")', 'error type'],
  ['1 < datetime("2024-01-01")', 'error type'],
  ['datetime("2024-01-01") < 1', 'error type'],
  ['decimal("1.0") < decimal("2.0")', 'error type'],
  // Groups.
  ['principal in principal', 'true'],
  ['principal in Team::"core"', 'true'],
  ['principal in Team::"all"', 'true'],
  ['Team::"core" in Team::"all"', 'true'],
  ['Team::"all" in Team::"core"', 'false'],
  ['Team::"core" in principal', 'false'],
  ['principal in Team::"none"', 'false'],
  ['User::"ghost" in User::"ghost"', 'true'],
  ['User::"ghost" in Team::"all"', 'false'],
  ['principal in []', 'false'],
  ['principal in [Team::"none", Team::"all"]', 'true'],
  ['principal in [Team::"none"]', 'false'],
  ['principal in [Team::"all", 1]', 'error type'],
  ['principal in 1', 'error type'],
  ['principal in context', 'error type'],
  ['1 in principal', 'error type'],
  ['1 in []', 'error type'],
  // Types.
  ['principal is User', 'true'],
  ['principal is Team', 'false'],
  ['principal is Some::User', 'false'],
  ['User::"ghost" is User', 'true'],
  ['1 is User', 'error type'],
  ['principal is User in Team::"all"', 'true'],
  ['principal is User in Team::"none"', 'false'],
  ['principal is User in [Team::"none", Team::"core"]', 'true'],
  ['principal is Team in Team::"all"', 'false'],
  ['principal is Team in context.none', 'false'],
  ['principal is User in context.none', 'error no_attribute'],
  ['principal is User in 1', 'error type'],
  // Attributes.
  ['principal.age', '30'],
  ['principal["age"]', '30'],
  ['principal.manager.age', '50'],
  ['principal.address.more.zip', '1'],
  ['principal.none', 'error no_attribute'],
  ['principal.manager.friend.age', 'error no_entity'],
  ['User::"ghost".age', 'error no_entity'],
  ['Team::"all".age', 'error no_entity'],
  ['context.none', 'error no_attribute'],
  ['context.r.none', 'error no_attribute'],
  ['context["__proto__"]', 'error no_attribute'],
  ['context.constructor', 'error no_attribute'],
  ['context.hasOwnProperty', 'error no_attribute'],
  ['principal["size"]', 'error no_attribute'],
  ['(1).age', 'error type'],
  ['"text".length', 'error type'],
  ['[1].length', 'error type'],
  ['{a: 1}.a', '1'],
  ['{"a b": 1}["a b"]', '1'],
  // Whether there is one.
  ['principal has age', 'true'],
  ['principal has none', 'false'],
  ['principal has "age"', 'true'],
  ['User::"ghost" has age', 'false'],
  ['context has n', 'true'],
  ['context has none', 'false'],
  ['context has toString', 'false'],
  ['context has r.a.b.c', 'true'],
  ['context has r.a.b.d', 'false'],
  ['context has r.x.b.c', 'false'],
  ['context has n.x', 'error type'],
  ['context has none.x.y', 'false'],
  ['context has ghost.age', 'false'],
  ['context has ghost.age.more', 'false'],
  ['principal has manager.age', 'true'],
  ['principal has manager.friend.age', 'false'],
  ['principal has address.more.zip', 'true'],
  ['1 has age', 'error type'],
  ['"text" has length', 'error type'],
  // Tags.
  ['principal.hasTag("floor")', 'true'],
  ['principal.hasTag("none")', 'false'],
  ['User::"ghost".hasTag("floor")', 'false'],
  ['principal.getTag("floor")', '3'],
  ['principal.getTag("none")', 'error no_tag'],
  ['principal.getTag("age")', 'error no_tag'],
  ['User::"ghost".getTag("floor")', 'error no_entity'],
  ['principal.hasTag(1)', 'error type'],
  ['context.hasTag("floor")', 'error type'],
  ['principal.getTag(1)', 'error type'],
  ['"x".getTag("floor")', 'error type'],
  // Sets.
  ['context.list.contains(1)', 'true'],
  ['context.list.contains("1")', 'false'],
  ['1.contains(1)', 'error type'],
  ['context.list.containsAll(1)', 'error type'],
  ['(1).containsAll([])', 'error type'],
  ['context.list.containsAny(1)', 'error type'],
  ['(1).containsAny([])', 'error type'],
  ['{}.isEmpty()', 'error type'],
  ['[1 + 1, 2, context.n]', '[1, 2, 2]'],
  ['[context.none]', 'error no_attribute'],
  ['{a: context.none}', 'error no_attribute'],
  ['{a: context.n, b: 2}', '{a: 1, b: 2}'],
  // Equality takes everything, operands that err excepted.
  ['1 == context.none', 'error no_attribute'],
  ['context.none != 1', 'error no_attribute'],
  ['principal != resource', 'true'],
  // Patterns take texts alone.
  ['1 like "*"', 'error type'],
  ['principal like "User*"', 'error type'],
  ['context.s like "te*"', 'true'],
]

for (const [says, wanted] of rows) {
  test(`${says} is ${wanted}`, () => assert.equal(judge(says, { context, entities }), wanted))
}

/** What Cedar's JSON form can say wrongly, and its text cannot. */
const refused: readonly (readonly [says: string, json: unknown, wanted: string])[] = [
  ['no operator', {}, 'refused input.type'],
  ['two operators', { Value: 1, Var: 'principal' }, 'refused input.type'],
  ['a list', [], 'refused input.type'],
  ['nothing', null, 'refused input.type'],
  ['an unknown operator', { xor: {} }, 'refused input.name'],
  ['what every object has', { constructor: {} }, 'refused input.name'],
  ['another name of every object', JSON.parse('{"__proto__": {}}'), 'refused input.name'],
  ['an unknown variable', { Var: 'admin' }, 'refused input.name Var'],
  ['an operand too few', { '==': { left: { Value: 1 } } }, 'refused input.type ==.right'],
  ['a chain whose last operand is none', { '&&': { left: { Value: true }, right: {} } }, 'refused input.type &&.right'],
  ['a chain whose first operand is none', { '&&': { left: {}, right: { Value: true } } }, 'refused input.type &&.left'],
  ['a chain of a list', { '||': { left: [], right: { Value: true } } }, 'refused input.type ||.left'],
  [
    'a chain in a chain with more beside it',
    { '&&': { left: { '&&': { left: { Value: true }, right: { Value: true } }, Value: true }, right: { Value: true } } },
    'refused input.type &&.left',
  ],
  ['an operand that is inherited', { '!': Object.create({ arg: { Value: true } }) }, 'refused input.type !'],
  ['a number that is not whole', { Value: 1.5 }, 'refused input.number Value'],
  ['a slot outside a scope', { Slot: '?principal' }, 'refused input.name'],
  ['a way without names', { has: { left: { Var: 'context' }, attr: [] } }, 'refused input.missing has'],
  ['a name that is no text', { '.': { left: { Var: 'context' }, attr: 1 } }, 'refused input.type ..attr'],
  ['a type that is no name', { is: { left: { Var: 'principal' }, entity_type: 'User"' } }, 'refused input.name is.entity_type'],
  ['a pattern of numbers', { like: { left: { Value: '' }, pattern: [1] } }, 'refused input.type like.pattern.0'],
  ['a pattern without its literal', { like: { left: { Value: '' }, pattern: [{}] } }, 'refused input.missing like.pattern.0'],
  ['a set that is none', { Set: {} }, 'refused input.type Set'],
  ['a record that is none', { Record: [] }, 'refused input.type Record'],
  ['a call of a list that is none', { decimal: { Value: '1.0' } }, 'refused input.type decimal'],
  ['a lone surrogate', { Value: '\ud800' }, 'refused input.text Value'],
]

for (const [says, json, wanted] of refused) test(`an expression of ${says} is ${wanted}`, () => assert.equal(judgeJson(json), wanted))

test('an expression may be nested 200 levels deep, and no deeper', () => {
  const nest = (levels: number): unknown => Array.from({ length: levels }).reduce((inner) => ({ '!': { arg: inner } }), { Value: true })
  assert.equal(judgeJson(nest(200)), 'true')
  assert.match(judgeJson(nest(201)), /^refused input\.depth/)
})

for (const operator of ['&&', '||']) {
  test(`a thousand operands of ${operator} are one level, and one more is refused`, () => {
    const last = operator === '&&'
    const chain = (count: number): unknown =>
      Array.from({ length: count - 1 }).reduce((left) => ({ [operator]: { left, right: { Value: last } } }), { Value: last })
    assert.equal(judgeJson(chain(1_000)), String(last))
    assert.equal(judgeJson({ [operator]: { left: chain(999), right: { Value: !last } } }), String(!last))
    assert.equal(judgeJson(chain(1_001)), `refused input.size ${operator}`)
  })
}
