import assert from 'node:assert/strict'
import { test } from 'node:test'
import { readFrame, readHandshake } from './websocket.ts'

const origin = 'http://notes.localhost:9001'
const headers = { origin, upgrade: 'websocket', 'sec-websocket-version': '13', 'sec-websocket-key': 'dGhlIHNhbXBsZSBub25jZQ==' }

test('a handshake is answered as in section 1.3', () => {
  assert.deepEqual(readHandshake({ method: 'GET', headers }, origin), { is: 'good', accept: 's3pPLMBiTxaQ9kYGzzhZRbK+xOo=' })
})

for (const [says, method, changed, status] of [
  ['of another page', 'GET', { origin: 'http://evil.localhost:9001' }, 403],
  ['of another port', 'GET', { origin: 'http://notes.localhost:9002' }, 403],
  ['that does not say whose page it is', 'GET', { origin: undefined }, 403],
  ['of an older version', 'GET', { 'sec-websocket-version': '8' }, 426],
  ['of no version', 'GET', { 'sec-websocket-version': undefined }, 426],
  ['with two versions', 'GET', { 'sec-websocket-version': '13, 8' }, 426],
  ['by another method', 'POST', {}, 400],
  ['to another protocol', 'GET', { upgrade: 'h2c' }, 400],
  ['without a key', 'GET', { 'sec-websocket-key': undefined }, 400],
  ['with a key of 15 bytes', 'GET', { 'sec-websocket-key': 'dGhlIHNhbXBsZSBub25j' }, 400],
] as const) {
  test(`a handshake ${says} is refused`, () => {
    const read = readHandshake({ method, headers: { ...headers, ...changed } }, origin)
    assert.equal(read.is === 'bad' && read.status, status)
  })
}

const hex = (text: string): Buffer => Buffer.from(text.replaceAll(' ', ''), 'hex')
const [protocolError, noData] = [1002, 1003]

for (const [says, bytes, expected] of [
  ['nothing', '', 'incomplete'],
  ['one byte', '89', 'incomplete'],
  ['a ping without its mask', '8980', 'incomplete'],
  ['a ping without its last byte', '8985 37fa213d 7f9f4d51', 'incomplete'],
  ['a masked ping (section 5.7)', '8985 37fa213d 7f9f4d5158', { opcode: 9, text: 'Hello', length: 11 }],
  ['a masked pong, and something behind it', '8a85 37fa213d 7f9f4d5158 89', { opcode: 10, text: 'Hello', length: 11 }],
  ['an empty close', '8880 00000000', { opcode: 8, text: '', length: 6 }],
  ['the longest ping', `89fd 00000000 ${'61'.repeat(125)}`, { opcode: 9, text: 'a'.repeat(125), length: 131 }],
  ['a ping of two bytes of length', '89fe 007e 00000000', protocolError],
  ['a ping of eight bytes of length', '89ff', protocolError],
  ['an unmasked ping', '8900', protocolError],
  ['an unmasked text', '8105 48656c6c6f', protocolError],
  ['a fragmented ping', '0980', protocolError],
  ['an extension bit', 'c980', protocolError],
  ['an opcode for later', '8b80', protocolError],
  ['another for later', '8380', protocolError],
  ['a masked text', '8185 37fa213d 7f9f4d5158', noData],
  ['the first fragment of a text', '0183', noData],
  ['a later fragment', '8082', noData],
  ['a huge binary frame', '82ff 7fffffffffffffff', noData],
] as const) {
  test(`the reader of frames meets ${says}`, () => {
    const read = readFrame(hex(bytes))
    if (expected === 'incomplete') assert.deepEqual(read, { is: 'incomplete' })
    else if (typeof expected === 'number') assert.deepEqual(read, { is: 'refused', code: expected })
    else assert.deepEqual(read.is === 'control' && { opcode: read.opcode, text: read.payload.toString(), length: read.length }, expected)
  })
}
