import assert from 'node:assert/strict'
import { test } from 'node:test'
import * as fc from 'fast-check'
import { utf8 } from '#kernel'
import { readJsonObject } from './json.ts'

const nested = (levels: number): string => '{"a":'.repeat(levels) + '1' + '}'.repeat(levels)

const accepted = [
  '{}',
  '{"a":1,"b":1}',
  '{"a":"{\\"a\\":1,\\"a\\":2}"}',
  '{"a":["a","a"]}',
  '{"a":{"a":1}}',
  '{"a":[{"b":1},{"b":2}]}',
  '{"a":"\\\\","b":2}',
  '{"a":[1,"b"],"b":1}',
  ' {\r\n\t"a" : 1 } ',
  '{"":1," ":1}',
  '{"__proto__":1}',
  nested(16),
]
const refused = [
  '',
  'null',
  '1',
  '"a"',
  '[]',
  '{',
  '{"a":1}{"a":1}',
  '{"a":1,}',
  "{'a':1}",
  '{"a":1,"a":1}',
  '{"a":1,"b":2,"a":1}',
  '{"a":1,"\\u0061":2}',
  '{"é":1,"\\u00e9":2}',
  '{"b":{"a":1,"a":1}}',
  '{"b":[{"a":1,"a":1}]}',
  '{"b":[1,2],"c":"x","b":1}',
  '{"__proto__":1,"__proto__":2}',
  '{"a\\"":1,"a\\"":1}',
  '{"":1,"":2}',
  '\ufeff{}',
  nested(17),
]

for (const text of accepted) {
  test(`${JSON.stringify(text).slice(0, 60)} is read`, () => assert.deepEqual(readJsonObject(utf8(text)), JSON.parse(text)))
}
for (const text of refused) {
  test(`${JSON.stringify(text).slice(0, 60)} is refused`, () => assert.equal(readJsonObject(utf8(text)), undefined))
}

test('bytes that are not UTF-8 are refused', () => {
  assert.equal(readJsonObject(Buffer.from([0x7b, 0x22, 0xff, 0x22, 0x3a, 0x31, 0x7d])), undefined)
})

test('a name called __proto__ is an ordinary member and changes no prototype', () => {
  const read = readJsonObject(utf8('{"__proto__":{"admin":true}}'))
  assert.equal(Object.getPrototypeOf(read), Object.prototype)
  assert.equal(read?.['admin'], undefined)
})

test('every object that JSON.stringify writes is read as it was', () => {
  fc.assert(
    fc.property(fc.dictionary(fc.string(), fc.jsonValue({ maxDepth: 5 })), (value) => {
      const text = JSON.stringify(value)
      assert.deepEqual(readJsonObject(utf8(text)), JSON.parse(text))
    }),
  )
})

test('an object with any name written twice is refused, wherever the second stands', () => {
  const members = fc.dictionary(fc.string(), fc.jsonValue({ maxDepth: 2 }), { minKeys: 1, maxKeys: 6 })
  fc.assert(
    fc.property(members, fc.nat(), fc.nat(), (value, pick, place) => {
      const written = Object.entries(value).map(([name, one]) => `${JSON.stringify(name)}:${JSON.stringify(one)}`)
      const again = written[pick % written.length] ?? ''
      written.splice(place % (written.length + 1), 0, again)
      assert.equal(readJsonObject(utf8(`{${written.join(',')}}`)), undefined)
    }),
  )
})

test('no bytes make it throw', () => {
  fc.assert(fc.property(fc.uint8Array({ maxLength: 64 }), (bytes) => void readJsonObject(bytes)))
})
