import assert from 'node:assert/strict'
import { test } from 'node:test'
import { FrameReader, writeFrame } from './frame.ts'

const frame = (message: object): Buffer => Buffer.from(writeFrame(message))

test('messages come out as they went in, however the stream was cut', () => {
  const messages = [{ a: 1 }, { text: 'é €'.repeat(50) }, {}, { list: [1, 2, 3] }]
  const bytes = Buffer.concat(messages.map(frame))
  for (const size of [1, 2, 3, 5, 64, bytes.length]) {
    const reader = new FrameReader(1024)
    const read: object[] = []
    for (let at = 0; at < bytes.length; at += size) {
      reader.add(bytes.subarray(at, at + size))
      for (let message = reader.next(); message !== undefined; message = reader.next()) read.push(message)
    }
    assert.deepEqual(read, messages)
  }
})

test('a message may be as long as allowed and not a byte longer, and is refused by its announced length', () => {
  const bytes = frame({ text: 'x'.repeat(100) })
  const length = bytes.length - 4
  const fits = new FrameReader(length)
  fits.add(bytes)
  assert.notEqual(fits.next(), undefined)
  const small = new FrameReader(length - 1)
  small.add(bytes.subarray(0, 4))
  assert.throws(() => small.next(), { name: 'FrameMistake' })
})

for (const [says, bytes] of [
  ['no JSON', Buffer.from('nonsense')],
  ['JSON that is no object', Buffer.from('7')],
  ['null', Buffer.from('null')],
  ['broken UTF-8', Buffer.from([0x7b, 0xff, 0x7d])],
  ['nothing', Buffer.alloc(0)],
] as const) {
  test(`a message of ${says} is none`, () => {
    const reader = new FrameReader(1024)
    const head = Buffer.alloc(4)
    head.writeUInt32BE(bytes.length)
    reader.add(Buffer.concat([head, bytes]))
    assert.throws(() => reader.next(), { name: 'FrameMistake' })
  })
}
