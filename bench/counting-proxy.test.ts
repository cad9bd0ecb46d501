import assert from 'node:assert/strict'
import { test } from 'node:test'
import { MessageCounter } from './counting-proxy.ts'

const message = (type: string, body: string): Buffer => {
  const bytes = Buffer.alloc(5 + body.length)
  bytes.write(type, 0, 'latin1')
  bytes.writeUInt32BE(4 + body.length, 1)
  bytes.write(body, 5, 'latin1')
  return bytes
}

test('each ReadyForQuery is counted once, wherever the bytes are cut, and a Z in a row is none', () => {
  const bytes = Buffer.concat([
    message('T', 'columns'),
    message('D', 'Z\0\0\0\x05IZZZ'),
    message('Z', 'I'),
    message('1', ''),
    message('Z', 'T'),
  ])
  for (let size = 1; size <= bytes.length; size += 1) {
    let count = 0
    const counter = new MessageCounter(() => (count += 1))
    for (let at = 0; at < bytes.length; at += size) counter.read(bytes.subarray(at, at + size))
    assert.equal(count, 2, `in pieces of ${size}`)
  }
})
