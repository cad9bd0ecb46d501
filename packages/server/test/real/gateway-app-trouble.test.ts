/** The gateway before an app that fails, is slow, or has too much to do. @module */

import assert from 'node:assert/strict'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { connect, createServer as createRawServer, type AddressInfo } from 'node:net'
import { test } from 'node:test'
import { alice, app, bob, house, plainly } from './gateway-app.ts'
import { authority, get, open, openHouse, problemOf, signIn, until } from './gateway-house.ts'

test('an app that is not there gives 502, one that is slow 504, one that breaks off a cut answer', async () => {
  app.respond = (request) => void request.socket.destroy()
  const broken = await get(house.port, '/notes', { headers: { cookie: alice } })
  assert.equal(broken.status, 502)
  assert.equal(problemOf(broken), 'upstream.unreachable')
  app.respond = () => undefined
  const slow = await get(house.port, '/notes', { headers: { cookie: alice } })
  assert.equal(slow.status, 504)
  app.respond = (request, response) => {
    response.writeHead(200, { 'content-length': '10' })
    response.write('half', () => request.socket.destroy())
  }
  await assert.rejects(get(house.port, '/notes', { headers: { cookie: alice } }), /aborted/)
  app.respond = (_request, response) => void response.write('and then nothing')
  await assert.rejects(get(house.port, '/stream/silent', { headers: { cookie: alice } }), /aborted/)
})

test('an app that has too much to do is not asked for more', async () => {
  const held: ServerResponse[] = []
  app.respond = (_request, response) => {
    response.write('.')
    held.push(response)
  }
  const asked = async (cookie: string, count: number): Promise<readonly IncomingMessage[]> =>
    Promise.all(Array.from({ length: count }, async () => open(house.port, '/stream/busy', { headers: { cookie } })))
  const answers = [...(await asked(alice, 6)), ...(await asked(bob, 2))]
  const more = await get(house.port, '/stream/busy', { headers: { cookie: bob } })
  assert.equal(more.status, 503)
  assert.equal(problemOf(more), 'upstream.too_busy')
  for (const response of held) response.end()
  for (const answer of answers) answer.resume()
  await Promise.all(answers.map(async (answer) => new Promise((resolve) => answer.on('end', resolve))))
  plainly()
  assert.equal((await get(house.port, '/stream/busy', { headers: { cookie: alice } })).status, 200)
})

test('nobody takes every place at the app (a stranger did, with one connection that asked without waiting for answers)', async () => {
  const held: ServerResponse[] = []
  app.respond = (request, response) => {
    if (request.url === '/assets/slow') held.push(response)
    else response.end('ok')
  }
  const greedy = connect(house.port, '127.0.0.1')
  greedy.on('error', () => undefined).resume()
  greedy.write(`GET /assets/slow HTTP/1.1\r\nHost: ${authority}\r\n\r\n`.repeat(20))
  await until(() => held.length === 6)
  assert.equal((await get(house.port, '/notes', { headers: { cookie: alice } })).status, 200)
  assert.equal((await get(house.port, '/assets/x')).status, 503)
  assert.equal(held.length, 6)
  greedy.destroy()
  await until(() => held.every((response) => response.destroyed))
  plainly()
  assert.equal((await get(house.port, '/assets/x')).status, 200)
})

test('an app that hints without end answers nothing that can be passed on, and neither do its WebSockets', async () => {
  const hint = 'HTTP/1.1 103 Early Hints\r\nLink: </a.css>; rel=preload\r\n\r\n'
  const hinting = createRawServer((socket) => {
    const more = (): void => {
      while (socket.writable && socket.write(hint.repeat(10)));
    }
    socket
      .on('error', () => undefined)
      .on('drain', more)
      .once('data', more)
  })
  await new Promise<void>((resolve) => hinting.listen(0, '127.0.0.1', resolve))
  const { port } = hinting.address() as AddressInfo
  const other = await openHouse({ app: (_request, response) => response.end(), host: { upstream: `http://127.0.0.1:${port}` } })
  const cookie = await signIn(other, other.server.begin('editor', 'alice'))
  const plain = await get(other.port, '/notes', { headers: { cookie } })
  const handshake = {
    connection: 'Upgrade',
    upgrade: 'websocket',
    'sec-websocket-version': '13',
    'sec-websocket-key': `${'A'.repeat(22)}==`,
  }
  const live = await get(other.port, '/live', { headers: { cookie, ...handshake } })
  for (const answer of [plain, live]) assert.deepEqual([answer.status, problemOf(answer)], [502, 'upstream.bad_answer'])
  await other.close()
  hinting.close()
})

test('an idle connection that the app closed just now is noticed by nobody', async () => {
  const app = createServer((_request, response) => response.end('ok'))
  const other = await openHouse({ app })
  const cookie = await signIn(other, other.server.begin('editor', 'alice'))
  assert.equal((await get(other.port, '/notes', { headers: { cookie } })).status, 200)
  // The app answers one request on each connection, and closes it when the second arrives.
  const served = new WeakSet<object>()
  app.removeAllListeners('request')
  app.on('request', (request: IncomingMessage, response: ServerResponse) => {
    if (served.has(request.socket)) request.socket.resetAndDestroy()
    else {
      served.add(request.socket)
      response.end('ok')
    }
  })
  for (let turn = 0; turn < 4; turn += 1) assert.equal((await get(other.port, '/notes', { headers: { cookie } })).status, 200)
  await other.close()
})
