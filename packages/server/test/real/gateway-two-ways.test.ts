/** What could be read in two ways reaches neither the app nor the browser. @module */

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { exchange } from '../http-raw.ts'
import { alice, app, bob, house, plainly, seen } from './gateway-app.ts'
import { authority, get, origin, problemOf } from './gateway-house.ts'

const head = (line: string, ...headers: readonly string[]): string =>
  [line, `Host: ${authority}`, `Cookie: ${alice}`, ...headers, '', ''].join('\r\n')

test('what could be read in two ways never reaches the app', async () => {
  plainly()
  const smuggled = 'GET /assets/smuggled HTTP/1.1\r\nHost: notes.localhost:9001\r\n\r\n'
  const attacks: readonly (readonly [string, string])[] = [
    ['a length beside chunks', `${head('POST /notes HTTP/1.1', 'Content-Length: 4', 'Transfer-Encoding: chunked')}0\r\n\r\n${smuggled}`],
    ['two lengths', `${head('POST /notes HTTP/1.1', 'Content-Length: 0', 'Content-Length: 60')}${smuggled}`],
    ['a list of lengths', `${head('POST /notes HTTP/1.1', 'Content-Length: 0, 60')}${smuggled}`],
    ['a length with a sign', `${head('POST /notes HTTP/1.1', 'Content-Length: +0')}${smuggled}`],
    ['chunks that are not last', `${head('POST /notes HTTP/1.1', 'Transfer-Encoding: chunked, identity')}0\r\n\r\n${smuggled}`],
    ['another coding before chunks', `${head('POST /notes HTTP/1.1', 'Transfer-Encoding: gzip, chunked')}0\r\n\r\n${smuggled}`],
    ['a hidden chunked', `${head('POST /notes HTTP/1.1', 'Transfer-Encoding: xchunked')}0\r\n\r\n${smuggled}`],
    ['a space before the colon', `${head('POST /notes HTTP/1.1', 'Transfer-Encoding : chunked')}0\r\n\r\n${smuggled}`],
    ['a folded line', `${head('POST /notes HTTP/1.1', 'X-A: b\r\n Transfer-Encoding: chunked')}0\r\n\r\n${smuggled}`],
    ['a bare line feed', `POST /notes HTTP/1.1\nHost: ${authority}\nCookie: ${alice}\n\n`],
    ['a bare carriage return', head('GET /notes HTTP/1.1', 'X-A: b\rX-B: c')],
    ['two hosts', head('GET /notes HTTP/1.1', 'Host: evil.test')],
    ['no host', `GET /notes HTTP/1.1\r\nCookie: ${alice}\r\n\r\n`],
    ['the absolute form', head(`GET http://${authority}/notes HTTP/1.1`, 'Connection: close')],
    ['the absolute form of elsewhere', head('GET http://evil.test/notes HTTP/1.1', 'Connection: close')],
    ['NUL in a header', head('GET /notes HTTP/1.1', 'X-A: b\0c')],
    ['a chunk size that is none', `${head('POST /assets/x HTTP/1.1', 'Transfer-Encoding: chunked')}zz\r\n${smuggled}`],
    ['chunks in HTTP/1.0', `${head('POST /notes HTTP/1.0', 'Transfer-Encoding: chunked')}0\r\n\r\n${smuggled}`],
    ['a parent segment', head('GET /assets/../notes HTTP/1.1', 'Connection: close')],
    ['CONNECT', head('CONNECT 127.0.0.1:22 HTTP/1.1')],
    ['a cleartext HTTP/2 preface', 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n'],
  ]
  for (const [says, bytes] of attacks) {
    const before = seen.length
    const answers = await exchange(house.port, bytes)
    assert.ok(answers.length <= 1, `${says}: ${answers.length} answers`)
    assert.ok((answers[0]?.status ?? 400) >= 400, `${says}: ${String(answers[0]?.status)}`)
    const reached = seen.slice(before).filter((request) => request.url !== '/assets/x')
    assert.deepEqual(
      reached.map((request) => request.url),
      [],
      says,
    )
  }
})

test('an offer of another protocol is ignored and not passed on', async () => {
  plainly()
  const [answer] = await exchange(
    house.port,
    head('GET /notes HTTP/1.1', 'Connection: Upgrade, HTTP2-Settings, close', 'Upgrade: h2c', 'HTTP2-Settings: AAMAAABkAAQCAAAAAAIAAAAA'),
  )
  assert.equal(answer?.status, 200)
  assert.equal(seen.at(-1)?.headers.upgrade, undefined)
  assert.equal(seen.at(-1)?.headers['http2-settings'], undefined)
})

test('a second request on the connection of a refused one is not read as its body', async () => {
  plainly()
  const before = seen.length
  const bytes = `${head('POST /notes HTTP/1.1', 'Content-Length: 400').replace(alice, bob)}${head('GET /assets/second HTTP/1.1')}`
  const answers = await exchange(house.port, bytes)
  assert.deepEqual(
    answers.map(({ status }) => status),
    [403],
  )
  assert.equal(seen.length, before)
})

test('an app whose answer can be read in two ways is not passed on', async () => {
  const raws = [
    'HTTP/1.1 200 OK\r\nContent-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n',
    'HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Length: 3\r\n\r\nabc',
    'HTTP/1.1 200 OK\r\nX: a\r\n b\r\n\r\n',
    'HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n',
    'HTTP/1.1 20 OK\r\n\r\n',
    'nonsense\r\n\r\n',
  ]
  for (const raw of raws) {
    app.respond = (request) => void request.socket.end(raw)
    const answer = await get(house.port, '/notes', { headers: { cookie: alice } })
    assert.equal(answer.status, 502, raw)
  }
})

test('what another origin sends under the cookie is refused', async () => {
  plainly()
  const headers = { cookie: alice, origin: 'http://evil.notes.localhost:9001' }
  const answer = await get(house.port, '/notes', { method: 'POST', headers: { ...headers, 'sec-fetch-site': 'same-site' } })
  assert.equal(problemOf(answer), 'request.cross_site')
  assert.equal((await get(house.port, '/notes', { method: 'POST', headers })).status, 403)
  assert.equal((await get(house.port, '/notes', { method: 'POST', headers: { cookie: alice, origin } })).status, 200)
})
