/** What a stranger may write into a socket, and the code with which each of it is refused. @module */

import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { Type } from 'typebox'
import { listen, type Edge, type Listener } from '#http'
import { codeOf, exchange } from '../http-raw.ts'
import { serve, type Served } from '../serve.ts'

const handled: string[] = []

const edge: Edge = {
  name: 'bytes',
  refusals: {},
  routes: [
    {
      method: 'POST',
      path: '/form',
      caller: 'anyone',
      limit: 'token',
      schema: { body: Type.Object({ a: Type.String({ maxLength: 100 }) }), bodyType: 'form', answers: { 200: Type.Object({}) } },
      answers: 'problem',
      summary: '',
      handle: (_op, { body }) => {
        handled.push('form')
        return Promise.resolve({ status: 200, body: { json: body } })
      },
    },
    {
      method: 'POST',
      path: '/json/:id',
      caller: 'anyone',
      limit: 'api',
      schema: { body: Type.Object({ a: Type.Unknown() }), answers: { 200: 'empty' } },
      answers: 'problem',
      summary: '',
      handle: () => {
        handled.push('json')
        return Promise.resolve({ status: 200, body: 'empty' })
      },
    },
    {
      method: 'GET',
      path: '/get',
      caller: 'anyone',
      limit: 'page',
      schema: { query: Type.Object({ q: Type.Optional(Type.String({ maxLength: 10 })) }), answers: { 200: 'empty' } },
      answers: 'problem',
      summary: '',
      handle: () => {
        handled.push('get')
        return Promise.resolve({ status: 200, body: 'empty' })
      },
    },
  ],
}

let served: Served
let listener: Listener

before(async () => {
  served = await serve([edge])
  listener = await listen(served.server, { host: '127.0.0.1', port: 0, limits: { headersMs: 1_000, requestMs: 2_000 } })
})

after(async () => {
  await listener.drain(0)
})

const host = 'Host: localhost:9000\r\n'
const close = 'Connection: close\r\n'
const formType = 'Content-Type: application/x-www-form-urlencoded\r\n'
const jsonType = 'Content-Type: application/json\r\n'

function get(target: string, headers: string = host): string {
  return `GET ${target} HTTP/1.1\r\n${headers}${close}\r\n`
}

function post(target: string, type: string, body: string | Uint8Array): Uint8Array {
  const bytes = typeof body === 'string' ? Buffer.from(body) : body
  return Buffer.concat([Buffer.from(`POST ${target} HTTP/1.1\r\n${host}${close}${type}Content-Length: ${bytes.byteLength}\r\n\r\n`), bytes])
}

const fine: readonly { says: string; bytes: string | Uint8Array }[] = [
  { says: 'a form', bytes: post('/form', formType, 'a=1') },
  {
    says: 'a form with its charset named',
    bytes: post('/form', 'Content-Type: application/x-www-form-urlencoded; charset=UTF-8\r\n', 'a=1'),
  },
  { says: 'a document', bytes: post('/json/1', jsonType, '{"a":1}') },
  { says: 'a query', bytes: get('/get?q=1') },
  { says: 'HTTP/1.0 with a host', bytes: `GET /get HTTP/1.0\r\n${host}\r\n` },
  {
    says: 'a form in chunks',
    bytes: `POST /form HTTP/1.1\r\n${host}${close}${formType}Transfer-Encoding: chunked\r\n\r\n3\r\na=1\r\n0\r\n\r\n`,
  },
  { says: 'a host in capitals', bytes: get('/get', 'Host: LOCALHOST:9000\r\n') },
  { says: 'an Upgrade that nobody takes', bytes: `GET /get HTTP/1.1\r\n${host}Connection: Upgrade, close\r\nUpgrade: websocket\r\n\r\n` },
  { says: 'somebody else’s strange cookies', bytes: get('/get', `${host}Cookie: a="; ;;=; x=\xff\r\n`) },
  { says: '100-continue', bytes: `POST /form HTTP/1.1\r\n${host}${close}${formType}Content-Length: 3\r\nExpect: 100-continue\r\n\r\na=1` },
  { says: 'the largest body', bytes: post('/json/1', jsonType, `{"a":"${'x'.repeat(64 * 1024 - 8)}"}`) },
]

for (const { says, bytes } of fine) {
  test(`answered: ${says}`, async () => {
    const [answer] = await exchange(listener.port, bytes)
    assert.equal(answer?.status, 200, answer?.body ?? says)
  })
}

const bad: readonly { says: string; bytes: string | Uint8Array; status: number; code: string }[] = [
  // Targets and hosts
  { says: 'a target in absolute form', bytes: get('http://localhost:9000/get'), status: 400, code: 'request.malformed' },
  { says: 'a target in absolute form for somebody else', bytes: get('http://evil.test/get'), status: 400, code: 'request.malformed' },
  { says: 'a target that begins with two slashes', bytes: get('//evil.test/get'), status: 400, code: 'request.malformed' },
  { says: 'the asterisk form', bytes: `OPTIONS * HTTP/1.1\r\n${host}${close}\r\n`, status: 400, code: 'request.malformed' },
  { says: 'a fragment', bytes: get('/get#x'), status: 400, code: 'request.malformed' },
  { says: 'bytes beyond ASCII in the target', bytes: Buffer.from(get('/get?q=\xff'), 'latin1'), status: 400, code: 'request.malformed' },
  { says: 'a broken escape in the path', bytes: get('/%zz'), status: 400, code: 'request.malformed' },
  {
    says: 'a parameter of the path that is too long',
    bytes: post(`/json/${'x'.repeat(2_049)}`, jsonType, '{"a":1}'),
    status: 400,
    code: 'request.malformed',
  },
  { says: 'NUL in the path', bytes: post('/json/%00', jsonType, '{"a":1}'), status: 400, code: 'request.malformed' },
  { says: 'CONNECT', bytes: `CONNECT localhost:9000 HTTP/1.1\r\n${host}\r\n`, status: 405, code: 'route.method_not_allowed' },
  { says: 'TRACE', bytes: `TRACE /get HTTP/1.1\r\n${host}${close}\r\n`, status: 404, code: 'route.unknown' },
  { says: 'a method that nobody knows', bytes: `EVIL /get HTTP/1.1\r\n${host}\r\n`, status: 400, code: 'request.malformed' },
  { says: 'no host', bytes: get('/get', ''), status: 400, code: 'request.malformed' },
  { says: 'HTTP/1.0 without a host', bytes: 'GET /get HTTP/1.0\r\n\r\n', status: 400, code: 'request.malformed' },
  { says: 'two hosts', bytes: get('/get', `${host}Host: evil.test\r\n`), status: 400, code: 'request.malformed' },
  { says: 'another host', bytes: get('/get', 'Host: evil.test\r\n'), status: 421, code: 'host.unknown' },
  { says: 'another port', bytes: get('/get', 'Host: localhost:9001\r\n'), status: 421, code: 'host.unknown' },
  { says: 'an empty host', bytes: get('/get', 'Host:\r\n'), status: 421, code: 'host.unknown' },
  { says: 'a host with a path', bytes: get('/get', 'Host: localhost:9000/x\r\n'), status: 421, code: 'host.unknown' },
  // Smuggling
  {
    says: 'a length beside chunks',
    bytes: `POST /form HTTP/1.1\r\n${host}${formType}Content-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n`,
    status: 400,
    code: 'request.malformed',
  },
  {
    says: 'chunks beside a length',
    bytes: `POST /form HTTP/1.1\r\n${host}${formType}Transfer-Encoding: chunked\r\nContent-Length: 3\r\n\r\n0\r\n\r\n`,
    status: 400,
    code: 'request.malformed',
  },
  {
    says: 'two lengths',
    bytes: `POST /form HTTP/1.1\r\n${host}${formType}Content-Length: 3\r\nContent-Length: 4\r\n\r\na=1`,
    status: 400,
    code: 'request.malformed',
  },
  {
    says: 'two equal lengths',
    bytes: `POST /form HTTP/1.1\r\n${host}${formType}Content-Length: 3\r\nContent-Length: 3\r\n\r\na=1`,
    status: 400,
    code: 'request.malformed',
  },
  {
    says: 'a length with a sign',
    bytes: `POST /form HTTP/1.1\r\n${host}${formType}Content-Length: +3\r\n\r\na=1`,
    status: 400,
    code: 'request.malformed',
  },
  {
    says: 'an unknown transfer coding',
    bytes: `POST /form HTTP/1.1\r\n${host}${formType}Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n`,
    status: 400,
    code: 'request.malformed',
  },
  {
    says: 'chunks that are not last',
    bytes: `POST /form HTTP/1.1\r\n${host}${formType}Transfer-Encoding: chunked, identity\r\n\r\n0\r\n\r\n`,
    status: 400,
    code: 'request.malformed',
  },
  {
    says: 'a space before the colon',
    bytes: `POST /form HTTP/1.1\r\n${host}${formType}Transfer-Encoding : chunked\r\n\r\n0\r\n\r\n`,
    status: 400,
    code: 'request.malformed',
  },
  { says: 'a folded header', bytes: get('/get', `${host}X-A: 1\r\n 2\r\n`), status: 400, code: 'request.malformed' },
  { says: 'a bare line feed', bytes: `GET /get HTTP/1.1\n${host}\n`, status: 400, code: 'request.malformed' },
  { says: 'a bare carriage return in a value', bytes: get('/get', `${host}X-A: 1\rX-B: 2\r\n`), status: 400, code: 'request.malformed' },
  { says: 'NUL in a header', bytes: get('/get', `${host}X-A: \0\r\n`), status: 400, code: 'request.malformed' },
  {
    says: 'a chunk size that is no number',
    bytes: `POST /form HTTP/1.1\r\n${host}${formType}Transfer-Encoding: chunked\r\n\r\nzz\r\n`,
    status: 400,
    code: 'request.malformed',
  },
  {
    says: 'two authorizations',
    bytes: get('/get', `${host}Authorization: a\r\nAuthorization: b\r\n`),
    status: 400,
    code: 'request.malformed',
  },
  {
    says: 'two content types',
    bytes: `POST /form HTTP/1.1\r\n${host}${close}${formType}${jsonType}Content-Length: 3\r\n\r\na=1`,
    status: 400,
    code: 'request.malformed',
  },
  { says: 'no HTTP', bytes: 'hello\r\n\r\n', status: 400, code: 'request.malformed' },
  { says: 'a TLS hello', bytes: Buffer.from('16030100a5010000a10303', 'hex'), status: 400, code: 'request.malformed' },
  { says: 'HTTP/2 without an upgrade', bytes: 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n', status: 400, code: 'request.malformed' },
  {
    says: 'an unknown expectation',
    bytes: `POST /form HTTP/1.1\r\n${host}${formType}Content-Length: 3\r\nExpect: miracle\r\n\r\na=1`,
    status: 400,
    code: 'request.malformed',
  },
  // Sizes
  {
    says: 'a head that is too large',
    bytes: get('/get', `${host}X-A: ${'x'.repeat(17_000)}\r\n`),
    status: 431,
    code: 'request.headers_too_large',
  },
  { says: 'a target that is too large', bytes: get(`/get?q=${'x'.repeat(17_000)}`), status: 431, code: 'request.headers_too_large' },
  {
    says: 'a body that is too large by one',
    bytes: post('/json/1', jsonType, `{"a":"${'x'.repeat(64 * 1024 - 7)}"}`),
    status: 413,
    code: 'request.too_large',
  },
  {
    says: 'chunks that are too large together',
    bytes: `POST /form HTTP/1.1\r\n${host}${formType}Transfer-Encoding: chunked\r\n\r\n${`2000\r\n${'x'.repeat(0x2000)}\r\n`.repeat(9)}0\r\n\r\n`,
    status: 413,
    code: 'request.too_large',
  },
  {
    says: 'a length without end',
    bytes: `POST /form HTTP/1.1\r\n${host}${formType}Content-Length: 99999999999\r\n\r\n`,
    status: 413,
    code: 'request.too_large',
  },
  // Types
  { says: 'no content type', bytes: post('/form', '', 'a=1'), status: 415, code: 'request.unsupported_type' },
  { says: 'another content type', bytes: post('/form', jsonType, '{"a":"1"}'), status: 415, code: 'request.unsupported_type' },
  {
    says: 'another charset',
    bytes: post('/form', 'Content-Type: application/x-www-form-urlencoded; charset=utf-7\r\n', 'a=1'),
    status: 415,
    code: 'request.unsupported_type',
  },
  {
    says: 'a multipart form',
    bytes: post('/form', 'Content-Type: multipart/form-data; boundary=x\r\n', '--x--'),
    status: 415,
    code: 'request.unsupported_type',
  },
  {
    says: 'a content type that is none',
    bytes: post('/form', 'Content-Type: ;;;\r\n', 'a=1'),
    status: 415,
    code: 'request.unsupported_type',
  },
  {
    says: 'a packed body',
    bytes: post('/json/1', `${jsonType}Content-Encoding: gzip\r\n`, '\x1f\x8b'),
    status: 415,
    code: 'request.unsupported_type',
  },
  {
    says: 'a body where none is taken',
    bytes: `GET /get HTTP/1.1\r\n${host}${close}Content-Length: 3\r\n\r\na=1`,
    status: 400,
    code: 'request.unexpected_body',
  },
  // Contents
  {
    says: 'a form that is not UTF-8',
    bytes: post('/form', formType, Buffer.from('613dff', 'hex')),
    status: 400,
    code: 'request.malformed',
  },
  { says: 'an escape that is not UTF-8', bytes: post('/form', formType, 'a=%ff'), status: 400, code: 'request.malformed' },
  { says: 'a parameter twice in a form', bytes: post('/form', formType, 'a=1&a=2'), status: 400, code: 'request.duplicate_parameter' },
  { says: 'a parameter twice in a query', bytes: get('/get?q=1&q=2'), status: 400, code: 'request.duplicate_parameter' },
  { says: 'a parameter that is too long by one', bytes: get('/get?q=12345678901'), status: 400, code: 'request.malformed' },
  { says: 'an unknown parameter', bytes: get('/get?r=1'), status: 400, code: 'request.malformed' },
  {
    says: 'a cookie of ours twice',
    bytes: get('/get', `${host}Cookie: countersign_a=1; countersign_a=2\r\n`),
    status: 400,
    code: 'request.duplicate_parameter',
  },
  {
    says: 'a cookie of ours in two headers',
    bytes: get('/get', `${host}Cookie: countersign_a=1\r\nCookie: countersign_a=2\r\n`),
    status: 400,
    code: 'request.duplicate_parameter',
  },
  {
    says: 'a document that is not UTF-8',
    bytes: post('/json/1', jsonType, Buffer.from('7b2261223a22ff227d', 'hex')),
    status: 400,
    code: 'request.malformed',
  },
  { says: 'a document that is none', bytes: post('/json/1', jsonType, '{"a":'), status: 400, code: 'request.malformed' },
  { says: 'an empty document', bytes: post('/json/1', jsonType, ''), status: 400, code: 'request.malformed' },
  {
    says: 'a name twice in a document',
    bytes: post('/json/1', jsonType, '{"a":1,"a":2}'),
    status: 400,
    code: 'request.duplicate_parameter',
  },
  { says: '__proto__ in a document', bytes: post('/json/1', jsonType, '{"a":{"__proto__":1}}'), status: 400, code: 'request.malformed' },
  {
    says: 'a document that is too deep',
    bytes: post('/json/1', jsonType, `{"a":${'['.repeat(32)}${']'.repeat(32)}}`),
    status: 400,
    code: 'request.malformed',
  },
  { says: 'an array for an object', bytes: post('/json/1', jsonType, '[]'), status: 400, code: 'request.malformed' },
]

for (const { says, bytes, status, code } of bad) {
  test(`refused with ${status} ${code}: ${says}`, async () => {
    handled.length = 0
    const [answer, ...more] = await exchange(listener.port, bytes)
    assert.deepEqual({ status: answer?.status, code: codeOf(answer) }, { status, code })
    assert.equal(answer?.headers['x-frame-options'], 'DENY')
    assert.match(answer?.headers['content-security-policy'] ?? '', /default-src 'none'/)
    assert.match(answer?.headers['x-request-id'] ?? '', /^req_/)
    assert.equal(more.length, 0)
    assert.deepEqual(handled, [])
  })
}

test('no bad input is a defect', () => {
  assert.deepEqual(served.troubles, [])
})

const slow: readonly { says: string; pieces: readonly (string | number)[] }[] = [
  { says: 'a head that never ends', pieces: [`GET /get HTTP/1.1\r\n${host}`, 700, 'X-A: 1\r\n', 700, 'X-B: 1\r\n', 5_000] },
  { says: 'a body that never comes', pieces: [`POST /form HTTP/1.1\r\n${host}${formType}Content-Length: 3\r\n\r\n`, 8_000] },
  {
    says: 'a body in drops',
    pieces: [`POST /form HTTP/1.1\r\n${host}${formType}Content-Length: 90\r\n\r\n`, 900, 'a', 900, '=', 900, '1', 8_000],
  },
]
for (const { says, pieces } of slow) {
  test(`cut off with 408: ${says}`, async () => {
    const began = performance.now()
    const [answer] = await exchange(listener.port, ...pieces)
    assert.deepEqual({ status: answer?.status, code: codeOf(answer) }, { status: 408, code: 'request.timeout' })
    assert.equal(answer?.headers['x-frame-options'], 'DENY')
    assert.ok(performance.now() - began < 6_000)
  })
}

test('a connection that says nothing is cut off', async () => {
  const began = performance.now()
  await exchange(listener.port, 8_000)
  assert.ok(performance.now() - began < 6_000)
})

test('a caller who goes away half-way leaves no trouble behind', async () => {
  await Promise.all(
    Array.from({ length: 20 }, async () => {
      const { connect } = await import('node:net')
      const socket = connect(listener.port, '127.0.0.1')
      socket.on('error', () => undefined)
      socket.write(`POST /form HTTP/1.1\r\n${host}${formType}Content-Length: 90\r\n\r\na`)
      await new Promise((resolve) => setTimeout(resolve, 20))
      socket.resetAndDestroy()
      await new Promise((resolve) => socket.once('close', resolve))
    }),
  )
  const [answer] = await exchange(listener.port, get('/get'))
  assert.equal(answer?.status, 200)
  while (served.server.underWay > 0) await new Promise((resolve) => setImmediate(resolve))
  assert.deepEqual(served.troubles, [])
})

test('a second request behind a refused body is not read as one', async () => {
  const smuggled = get('/get')
  const answers = await exchange(
    listener.port,
    `POST /form HTTP/1.1\r\n${host}${jsonType}Content-Length: ${smuggled.length}\r\n\r\n${smuggled}`,
    get('/get'),
  )
  assert.equal(answers[0]?.status, 415)
})

test('requests on one connection are answered in their order', async () => {
  const one = `GET /get?q=1 HTTP/1.1\r\n${host}\r\n`
  const answers = await exchange(listener.port, one + one + get('/nowhere'))
  assert.deepEqual(
    answers.map(({ status }) => status),
    [200, 200, 404],
  )
})
