import assert from 'node:assert/strict'
import { test } from 'node:test'
import { judge } from '../../test/judge.ts'
import { Datetime } from '../extensions/datetime.ts'
import { Decimal } from '../extensions/decimal.ts'
import { Duration } from '../extensions/duration.ts'
import { readIpAddress } from '../extensions/ip-address.ts'
import { EntityUid } from './uid.ts'
import { areEqual, CedarSet, keyOf, kindOf, type Value } from './value.ts'

const numbers = '0, 1, 2, 3, 4, 5, 6, 7, 8'
const entities = 'abcdefghi'
  .split('')
  .map((id) => `User::"${id}"`)
  .join(', ')

/** Two expressions, and whether Cedar has them equal. */
const pairs: readonly (readonly [left: string, right: string, equal: boolean])[] = [
  ['1', '1', true],
  ['1', '2', false],
  ['9007199254740993', '9007199254740993', true],
  ['9007199254740993', '9007199254740992', false],
  ['9223372036854775807', '9223372036854775806 + 1', true],
  ['0', '0 * -1', true],
  ['1', 'true', false],
  ['1', '"1"', false],
  ['"a"', '"a"', true],
  ['"a"', '"A"', false],
  ['"é"', '"e\\u{301}"', false],
  ['""', 'false', false],
  ['User::"a"', 'User::"a"', true],
  ['User::"a"', 'User::"b"', false],
  ['User::"a"', 'Admin::"a"', false],
  ['A::User::"a"', 'User::"a"', false],
  ['User::"a"', '"a"', false],
  ['User::"a"', '[]', false],
  ['[]', '{}', false],
  ['[]', '[]', true],
  ['[1, 2]', '[2, 1, 1]', true],
  ['[1, 2]', '[1]', false],
  ['[1]', '[1, 2]', false],
  ['[1]', '[true]', false],
  ['[0]', '[0 * -1]', true],
  [`[${numbers}]`, '[8, 7, 6, 5, 4, 3, 2, 1, 0, 0]', true],
  [`[${numbers}]`, '[0, 1, 2, 3, 4, 5, 6, 7]', false],
  [`[${numbers}]`, '[0, 1, 2, 3, 4, 5, 6, 7, "8"]', false],
  [`[${numbers}]`, '[0, 1, 2, 3, 4, 5, 6, 7, true]', false],
  [`[${numbers}]`, '[0 * -1, 1, 2, 3, 4, 5, 6, 7, 8]', true],
  [`[${entities}]`, `[${entities}, User::"a"]`, true],
  [`[${entities}]`, `[${entities}, User::"j"]`, false],
  ['[[1, 2], [3]]', '[[3, 3], [2, 1]]', true],
  ['[[1, 2], [3]]', '[[1], [2, 3]]', false],
  ['[[]]', '[]', false],
  ['[[[]]]', '[[]]', false],
  ['["1"]', '[1]', false],
  ['["a,b"]', '["a", "b"]', false],
  ['[["a,string b"]]', '[["a", "b"]]', false],
  ['{a: 1, b: 2}', '{b: 2, a: 1}', true],
  ['{a: 1}', '{a: 1, b: 2}', false],
  ['{a: 1, b: 2}', '{a: 1}', false],
  ['{a: 1}', '{b: 1}', false],
  ['{a: 1}', '{a: 2}', false],
  ['{a: {b: [1]}}', '{a: {b: [1, 1]}}', true],
  ['[{a: 1}]', '[{a: 1}, {a: 1}]', true],
  ['[{a: 1}]', '[{a: 2}]', false],
  ['[{a: 1, b: [2]}]', '[{b: [2, 2], a: 1}]', true],
  ['[{a: "1,b:2"}]', '[{a: "1", b: 2}]', false],
  ['{}', '{}', true],
  ['decimal("1.0")', 'decimal("1.0000")', true],
  ['decimal("1.0")', 'decimal("1.0001")', false],
  ['decimal("1.0")', 'duration("10s")', false],
  ['duration("1m")', 'duration("60s")', true],
  ['duration("1m")', 'duration("59s")', false],
  ['duration("10s")', 'datetime("1970-01-01T00:00:10Z")', false],
  ['datetime("2024-01-01")', 'datetime("2024-01-01T01:00:00+0100")', true],
  ['datetime("2024-01-01")', 'datetime("2024-01-02")', false],
  ['datetime("1970-01-01T00:00:10Z")', 'duration("10s")', false],
  ['ip("::1")', 'ip("0:0:0:0:0:0:0:1")', true],
  ['ip("::1")', 'ip("0.0.0.1")', false],
  ['ip("1.2.3.4")', 'ip("1.2.3.4/32")', true],
  ['ip("1.2.3.4")', 'ip("1.2.3.5")', false],
  ['ip("1.2.3.4/24")', 'ip("1.2.3.4/23")', false],
  ['ip("1.2.3.4")', 'decimal("1.0")', false],
  ['decimal("1.0")', 'ip("1.2.3.4")', false],
]

for (const [left, right, equal] of pairs) {
  test(`${left} ${equal ? 'equals' : 'differs from'} ${right}`, () => {
    assert.equal(judge(`${left} == ${right}`), String(equal))
    assert.equal(judge(`${right} == ${left}`), String(equal))
    assert.equal(judge(`${left} != ${right}`), String(!equal))
    assert.equal(judge(`[${left}] == [${right}]`), String(equal), 'as the only member of a set')
    assert.equal(judge(`[${left}].contains(${right})`), String(equal), 'looked for among few')
    assert.equal(judge(`["x", "y", -1, -2, -3, -4, -5, -6, -7, ${left}].contains(${right})`), String(equal), 'looked for among many')
    assert.equal(judge(`{a: ${left}} == {a: ${right}}`), String(equal), 'as a member of a record')
    assert.equal(judge(`[{a: ${left}}].contains({a: ${right}})`), String(equal), 'in a record in a set')
  })
}

const sets: readonly (readonly [says: string, wanted: string])[] = [
  ['[1, 2, 3].containsAll([3, 1])', 'true'],
  ['[1, 2, 3].containsAll([3, 4])', 'false'],
  ['[1].containsAll([])', 'true'],
  ['[].containsAll([])', 'true'],
  ['[].containsAll([1])', 'false'],
  ['[1, 2].containsAny([2, 9])', 'true'],
  ['[1, 2].containsAny([9])', 'false'],
  ['[1, 2].containsAny([])', 'false'],
  ['[].containsAny([1])', 'false'],
  [`[${numbers}].containsAll([8, 0])`, 'true'],
  [`[${numbers}].containsAny([9, "0"])`, 'false'],
  ['[[1], [2]].contains([2, 2])', 'true'],
  ['[].isEmpty()', 'true'],
  ['[[]].isEmpty()', 'false'],
]

for (const [says, wanted] of sets) test(`${says} is ${wanted}`, () => assert.equal(judge(says), wanted))

const address = readIpAddress('10.0.0.0/8')
assert.ok(address !== undefined)
const kinds: readonly (readonly [value: Value, kind: string, key: string])[] = [
  [true, 'bool', 'bool true'],
  [7, 'long', 'long 7'],
  [2n ** 60n, 'long', 'long 1152921504606846976'],
  ['a "b"', 'string', 'string "a \\"b\\""'],
  [new EntityUid('User', 'a"'), 'entity', 'entity User::"a\\""'],
  [new CedarSet([2, 1, 1]), 'set', 'set[long 1,long 2]'],
  [new Map<string, Value>([['b', 1], ['a', 'x']]), 'record', 'record{"a":string "x","b":long 1}'], // prettier-ignore
  [new Decimal(-5), 'decimal', 'decimal -0.0005'],
  [address, 'ipaddr', 'ipaddr 10.0.0.0/8'],
  [new Datetime(0), 'datetime', 'datetime 1970-01-01T00:00:00.000Z'],
  [new Duration(5), 'duration', 'duration 5ms'],
]

for (const [value, kind, key] of kinds) {
  test(`a ${kind} says its kind and has a key that no other value has`, () => {
    assert.equal(kindOf(value), kind)
    assert.equal(keyOf(value), key)
    assert.ok(areEqual(value, value))
    for (const [other] of kinds) assert.equal(areEqual(value, other), value === other)
  })
}

test('sets of sets, deep and wide, are compared in time that grows with their size', () => {
  const nest = (depth: number, last: Value): Value =>
    depth === 0 ? last : new CedarSet([nest(depth - 1, last), nest(depth - 1, 0), depth])
  const beganAt = performance.now()
  assert.ok(areEqual(nest(10, 1), nest(10, 1)))
  assert.ok(!areEqual(nest(10, 1), nest(10, 2)))
  const records = (last: Value): Value => Array.from({ length: 60 }).reduce<Value>((inner) => new Map([['a', new CedarSet([inner])]]), last)
  assert.ok(areEqual(records(1), records(1)))
  assert.ok(!areEqual(records(1), records(2)))
  assert.ok(performance.now() - beganAt < 2_000)
})
