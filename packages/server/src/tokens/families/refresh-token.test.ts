import assert from 'node:assert/strict'
import { inspect } from 'node:util'
import { test } from 'node:test'
import { newRefreshToken, readRefreshToken, writeRefreshToken } from './refresh-token.ts'

const token = newRefreshToken()
const text = writeRefreshToken(token).reveal()

test('what is written is read the same', () => {
  assert.match(text, /^r1\.[A-Za-z0-9_-]{43}$/)
  assert.deepEqual(readRefreshToken(text)?.hash, token.hash)
})

test('there is no second spelling', () => {
  const wrong = [
    '',
    'r1.',
    text.slice(3),
    `r2.${text.slice(3)}`,
    `R1.${text.slice(3)}`,
    `${text}=`,
    `${text}A`,
    text.slice(0, -1),
    ` ${text}`,
  ]
  for (const other of wrong) assert.equal(readRefreshToken(other), undefined, other)
})

test('it cannot be printed', () => {
  assert.equal(inspect(token, { showHidden: true }).includes(Buffer.from(token.bytes.reveal()).toString('hex').slice(0, 8)), false)
  assert.equal(JSON.stringify({ bytes: token.bytes, text: writeRefreshToken(token) }), '{"bytes":"[secret]","text":"[secret]"}')
})
