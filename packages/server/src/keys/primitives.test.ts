import assert from 'node:assert/strict'
import { createHmac } from 'node:crypto'
import { test } from 'node:test'
import { inspect } from 'node:util'
import { HmacKey } from './primitives.ts'

const bytes = (length: number): Uint8Array => Uint8Array.from({ length }, (_, at) => (at * 7 + length) & 0xff)

test('RFC 4231 section 4.3: a key shorter than the hash', () => {
  const tag = new HmacKey(Buffer.from('Jefe')).tag(Buffer.from('what do ya want for nothing?'))
  assert.equal(Buffer.from(tag).toString('hex'), '5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843')
})

test('tags are those of OpenSSL, on both sides of a block of keys and messages', () => {
  for (const keyBytes of [0, 1, 31, 32, 33, 63, 64, 65, 131]) {
    const key = new HmacKey(bytes(keyBytes))
    for (const length of [0, 1, 55, 56, 63, 64, 65, 4096]) {
      const expected = createHmac('sha256', bytes(keyBytes)).update(bytes(length)).digest('hex')
      assert.equal(Buffer.from(key.tag(bytes(length))).toString('hex'), expected, `${keyBytes} ${length}`)
      assert.equal(Buffer.from(key.tag(bytes(length))).toString('hex'), expected, 'a second time')
    }
  }
})

test('a key shows nothing of itself', () => {
  const key = new HmacKey(Buffer.from('a key that nobody may read'))
  assert.equal(JSON.stringify(key), '{}')
  assert.equal(inspect(key), 'HmacKey {}')
})
