import assert from 'node:assert/strict'
import { test } from 'node:test'
import { mistakeAt, offsetOfByte, sayMistake } from './mistake.ts'

const file = { name: 'a.cedar', text: 'é𝄞x\nsecond\n' }

const places: readonly (readonly [byte: number, place: string])[] = [
  [0, 'a.cedar:1:1: wrong'],
  [2, 'a.cedar:1:2: wrong'],
  [6, 'a.cedar:1:3: wrong'],
  [8, 'a.cedar:2:1: wrong'],
  [10, 'a.cedar:2:3: wrong'],
  [99, 'a.cedar:3:1: wrong'],
]

for (const [byte, place] of places) {
  test(`byte ${byte} stands at ${place}`, () => assert.equal(sayMistake(mistakeAt(file, offsetOfByte(file.text, byte), 'wrong')), place))
}
