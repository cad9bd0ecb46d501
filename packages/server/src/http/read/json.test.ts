import assert from 'node:assert/strict'
import { test } from 'node:test'
import * as fc from 'fast-check'
import { deepestJson, mostJsonTokens, readJson } from './json.ts'

const read = [
  '{}',
  '[]',
  '"a"',
  '1',
  'null',
  ' {"a":{"b":[1,{"a":2}]},"c":[{"x":1},{"x":2}]} ',
  '{"a":"\\u00fc","b":"}{\\"a\\":1"}',
  '{"":1}',
]
for (const text of read) test(`${text} is read`, () => assert.deepEqual(readJson(text), JSON.parse(text)))

const refused = [
  { says: 'no JSON', text: '{a:1}', code: 'request.malformed' },
  { says: 'nothing', text: '', code: 'request.malformed' },
  { says: 'something after the end', text: '{}{}', code: 'request.malformed' },
  { says: 'a byte order mark', text: '\ufeff{}', code: 'request.malformed' },
  { says: 'a name twice', text: '{"a":1,"a":1}', code: 'request.duplicate_parameter' },
  { says: 'a name twice, once escaped', text: '{"a":1,"\\u0061":1}', code: 'request.duplicate_parameter' },
  { says: 'a name twice, deep inside', text: '[{"x":{"a":[],"b":{},"a":1}}]', code: 'request.duplicate_parameter' },
  { says: '__proto__', text: '{"__proto__":{}}', code: 'request.malformed' },
  { says: '__proto__, escaped', text: '{"__pr\\u006fto__":{}}', code: 'request.malformed' },
  { says: 'NUL', text: '"a\\u0000"', code: 'request.malformed' },
  { says: 'half of a surrogate pair', text: '["\\ud800"]', code: 'request.malformed' },
]
for (const { says, text, code } of refused) {
  test(`refused: ${says}`, () => assert.throws(() => readJson(text), { name: 'Refusal', code }))
}

test('as deep as allowed, and one deeper', () => {
  const nested = (depth: number) => '['.repeat(depth) + ']'.repeat(depth)
  readJson(nested(deepestJson))
  assert.throws(() => readJson(nested(deepestJson + 1)), { code: 'request.malformed' })
  assert.throws(() => readJson(nested(30_000)), { code: 'request.malformed' })
})

test('as many tokens as allowed, and one more', () => {
  const list = (members: number) => `[${'1,'.repeat(members - 1)}1]`
  readJson(list(mostJsonTokens))
  assert.throws(() => readJson(list(mostJsonTokens + 1)), { code: 'request.malformed' })
})

test('whatever comes is read as JSON.parse reads it, or refused', () => {
  const hostile = fc.oneof(
    fc.json(),
    fc.string({ unit: fc.constantFrom('{', '}', '[', ']', '"', 'a', ':', ',', '\\', 'u', '0', '1', ' ') }),
    fc.string({ unit: 'binary' }),
  )
  fc.assert(
    fc.property(hostile, (text) => {
      try {
        assert.deepEqual(readJson(text), JSON.parse(text))
      } catch (error) {
        assert.equal((error as Error).name, 'Refusal')
      }
    }),
  )
})

test('a repeated name is found wherever it stands', () => {
  const value = fc.json({ maxDepth: 2 })
  fc.assert(
    fc.property(fc.array(value, { maxLength: 4 }), fc.string(), value, value, (before, name, first, second) => {
      const key = JSON.stringify(name)
      assert.throws(() => readJson(`[${[...before, `{${key}:${first},${key}:${second}}`].join(',')}]`), { name: 'Refusal' })
    }),
  )
})
