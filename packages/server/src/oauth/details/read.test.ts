import assert from 'node:assert/strict'
import { test } from 'node:test'
import { isPartOf, mostDetailsBytes, readDetails } from './read.ts'
import { shownDetail } from './show.ts'

const read = (...details: readonly unknown[]) => readDetails(JSON.stringify(details))
const filled = (note: string) => ({ type: 'a', note })
const room = mostDetailsBytes - JSON.stringify([filled('')]).length
const nested = (levels: number): unknown => (levels === 0 ? 1 : [nested(levels - 1)])

const cases = [
  ['as many bytes as there may be', read(filled('x'.repeat(room))), true],
  ['one byte more', read(filled('x'.repeat(room + 1))), false],
  ['fewer characters in more bytes', read(filled('ä'.repeat(room / 2 + 1))), false],
  ['as many bytes in fewer characters', read(filled('ä'.repeat(room / 2))), true],
  ['numbers that are longer when they are said again', readDetails(`[{"type":"a","n":[${Array(200).fill('1e20').join(',')}]}]`), false],
  ['eight levels', read({ type: 'a', list: nested(6) }), true],
  ['nine levels', read({ type: 'a', list: nested(7) }), false],
  ['a member without a name', read({ type: 'a', to: { name: 'Mallory', '': { name: 'Alice' } } }), false],
  ['a member that is a path', read({ type: 'a', 'to.name': 'Alice', to: { name: 'Mallory' } }), false],
  ['a member with a space', read({ type: 'a', 'to name': 'Alice' }), false],
  ['a member deep inside a list', read({ type: 'a', list: [[{ 'a.b': 1 }]] }), false],
  ['members of letters, digits, _ and -', read({ type: 'a', 'creditor-Name_1': 'Alice' }), true],
  ['text in Hebrew', read(filled('עליזה')), true],
] as const
for (const [says, details, fits] of cases) {
  test(`details with ${says} are ${fits ? '' : 'not '}read`, () => {
    assert.equal(details !== undefined, fits)
  })
}

for (const code of [
  '00ad',
  '034f',
  '061c',
  '115f',
  '180e',
  '200b',
  '200c',
  '200d',
  '200e',
  '200f',
  '2060',
  '2800',
  '3164',
  'fe0f',
  'feff',
  'fff9',
  'ffa0',
]) {
  test(`a value with U+${code} looks like another: it is not read`, () => {
    assert.equal(read(filled(`Ali${String.fromCodePoint(Number.parseInt(code, 16))}ce`)), undefined)
  })
}

test('each detail that was granted is there once', () => {
  const [one, other] = [filled('1'), filled('2')]
  assert.equal(isPartOf([one], [one, other]), true)
  assert.equal(isPartOf([other, one], [one, other]), true)
  assert.equal(isPartOf([one, one], [one, other]), false)
  assert.equal(isPartOf([one, one], [one, one]), true)
  assert.equal(isPartOf([one, one, one], [one, one]), false)
})

test('two members with one path are a defect, and nobody is shown either', () => {
  const detail = { type: 'a', to: { name: 'Mallory', '': { name: 'Alice' } } }
  assert.throws(() => shownDetail(detail, 'Pay {to.name}', {}), /one path/)
})
