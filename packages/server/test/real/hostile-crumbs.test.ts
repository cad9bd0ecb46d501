/** Bodies in crumbs: what a byte costs that comes alone, and where that ends. */

import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { Type } from 'typebox'
import { listen, type Edge, type Listener } from '#http'
import { codeOf, exchange } from '../http-raw.ts'
import { serve, type Served } from '../serve.ts'

const edge: Edge = {
  name: 'crumbs',
  refusals: {},
  routes: [
    {
      method: 'POST',
      path: '/form',
      caller: 'anyone',
      limit: 'token',
      schema: { body: Type.Object({ a: Type.String() }), bodyType: 'form', answers: { 200: Type.Object({}) } },
      answers: 'problem',
      summary: '',
      handle: (_op, { body }) => Promise.resolve({ status: 200, body: { json: { length: (body as { a: string }).a.length } } }),
    },
  ],
}

let served: Served
let listener: Listener

before(async () => {
  served = await serve([edge])
  listener = await listen(served.server, { host: '127.0.0.1', port: 0 })
})

after(async () => {
  await listener.drain(0)
})

const head = (path: string): string =>
  `POST ${path} HTTP/1.1\r\nHost: localhost:9000\r\nConnection: close\r\nContent-Type: application/x-www-form-urlencoded\r\n`

/** A form of so many chunks, each of so many bytes. */
function chunked(chunks: number, bytes: number, path = '/form'): string {
  const text = `a=${'x'.repeat(chunks * bytes - 2)}`
  const pieces = Array.from({ length: chunks }, (_, at) => text.slice(at * bytes, (at + 1) * bytes))
  return `${head(path)}Transfer-Encoding: chunked\r\n\r\n${pieces.map((piece) => `${bytes.toString(16)}\r\n${piece}\r\n`).join('')}0\r\n\r\n`
}

const rows = [
  { says: 'crumbs, as many as come for nothing', chunks: 256, bytes: 1, status: 200 },
  { says: 'crumbs, one more', chunks: 257, bytes: 1, status: 400 },
  { says: 'more of a size that is none of a crumb', chunks: 512, bytes: 32, status: 200 },
  { says: 'more, a byte smaller', chunks: 512, bytes: 31, status: 400 },
  { says: 'more pieces than any body has', chunks: 513, bytes: 64, status: 400 },
  { says: 'all of the largest body in crumbs', chunks: 65_000, bytes: 1, status: 400 },
]
for (const { says, chunks, bytes, status } of rows) {
  test(`${says}: ${chunks} chunks of ${bytes} bytes are answered with ${status}`, async () => {
    const answers = await exchange(listener.port, chunked(chunks, bytes))
    assert.deepEqual(
      answers.map((answer) => ({ status: answer.status, code: codeOf(answer) })),
      [{ status, code: status === 200 ? undefined : 'request.malformed' }],
    )
    if (status === 200) assert.deepEqual(JSON.parse(answers[0]?.body ?? ''), { length: chunks * bytes - 2 })
  })
}

test('crumbs that nobody asked for do not keep their answer from arriving', async () => {
  const [answer] = await exchange(listener.port, chunked(65_000, 1, '/nowhere'))
  assert.deepEqual({ status: answer?.status, code: codeOf(answer) }, { status: 404, code: 'route.unknown' })
})

test('a body that drips in, byte by byte, is cut off by the number of its pieces', async () => {
  const drops = Array.from({ length: 600 }, () => 'x')
  const pieces = drops.flatMap((drop) => [drop, 1])
  const [answer] = await exchange(listener.port, `${head('/form')}Content-Length: 602\r\n\r\na=`, 5, ...pieces)
  assert.deepEqual({ status: answer?.status, code: codeOf(answer) }, { status: 400, code: 'request.malformed' })
})

test('connections after it find their parsers whole', async () => {
  await Promise.all(Array.from({ length: 20 }, async () => exchange(listener.port, chunked(5_000, 1))))
  const answers = await Promise.all(Array.from({ length: 50 }, async () => exchange(listener.port, chunked(3, 5))))
  for (const [answer] of answers) assert.deepEqual({ status: answer?.status, body: answer?.body }, { status: 200, body: '{"length":13}' })
  assert.deepEqual(served.troubles, [])
})
