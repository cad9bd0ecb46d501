import assert from 'node:assert/strict'
import { test } from 'node:test'
import { endOfAnswer } from './load.ts'

const cases = [
  { says: 'a whole answer', text: 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}', end: 40 },
  { says: 'an answer that misses a byte', text: 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{', end: undefined },
  { says: 'a head that is not whole', text: 'HTTP/1.1 200 OK\r\nContent-Le', end: undefined },
  { says: 'chunks', text: 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n', end: 59 },
]

for (const { says, text, end } of cases) {
  test(`the load generator counts ${says}`, () => assert.equal(endOfAnswer(Buffer.from(text)), end))
}
