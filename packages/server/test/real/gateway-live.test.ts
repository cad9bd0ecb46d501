import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { Agent, createServer, request as ask, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import { after, before, test } from 'node:test'
import type { SessionView } from '#gateway'
import { systemClock } from '#kernel'
import { memoryBuckets, type BucketAsk, type LimitDecision } from '#ratelimit'
import { exchange } from '../http-raw.ts'
import { authority, get, open, openHouse, origin, problemOf, signIn, until, type House } from './gateway-house.ts'

/** An app that echoes what comes over its WebSockets, byte by byte: the gateway does not look inside. */
function echoApp(): Server {
  const app = createServer((request, response) => {
    if (request.url === '/stream/endless') response.write('begun')
    else if (request.url === '/assets/slow') request.socket.on('error', () => undefined)
    else response.end('ok')
  })
  app.on('upgrade', (request: IncomingMessage, socket: Duplex, head: Buffer) => {
    if (request.headers['sec-websocket-protocol'] === 'refused') {
      socket.end('HTTP/1.1 403 Forbidden\r\nContent-Length: 2\r\n\r\nno')
      return
    }
    if (request.headers['sec-websocket-protocol'] === 'no-status') {
      socket.end('HTTP/1.1 099 No\r\nContent-Length: 0\r\n\r\n')
      return
    }
    const accept = createHash('sha1')
      .update(`${request.headers['sec-websocket-key'] ?? ''}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`)
      .digest('base64')
    socket.write(
      `HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Accept: ${accept}\r\nSet-Cookie: countersign_gateway=evil\r\n\r\n`,
    )
    socket.on('error', () => undefined)
    if (head.length > 0) socket.write(head)
    socket.pipe(socket)
  })
  return app
}

let house: House
before(async () => {
  house = await openHouse({ app: echoApp() })
})
after(async () => house.close())

interface OpenSocket {
  readonly socket: Socket
  readonly answer: IncomingMessage
  text(): string
  isClosed(): boolean
}

const handshake = {
  connection: 'Upgrade',
  upgrade: 'websocket',
  'sec-websocket-version': '13',
  'sec-websocket-key': 'dGhlIHNhbXBsZSBub25jZQ==',
} as const

async function openSocket(
  cookie: string,
  more: Readonly<Record<string, string>> = {},
  path = '/live',
): Promise<OpenSocket | { readonly status: number }> {
  const headers = { host: authority, cookie, ...handshake, ...more }
  return new Promise((resolve, reject) => {
    const out = ask({ host: '127.0.0.1', port: house.port, path, agent: false, headers })
    out.on('upgrade', (answer, socket: Socket, head) => {
      let text = head.toString()
      let closed = false
      socket.on('data', (chunk: Buffer) => (text += chunk.toString()))
      socket.on('error', () => undefined)
      socket.on('close', () => (closed = true))
      resolve({ socket, answer, text: () => text, isClosed: () => closed })
    })
    out.on('response', (answer) => {
      answer.resume()
      resolve({ status: answer.statusCode ?? 0 })
    })
    out.on('error', reject)
    out.end()
  })
}

async function opened(cookie: string, more: Readonly<Record<string, string>> = {}): Promise<OpenSocket> {
  const result = await openSocket(cookie, more)
  if ('status' in result) throw new Error(`the WebSocket was answered with ${result.status}`)
  return result
}

test('a WebSocket is joined to the app after a decision, which is recorded first, and carries bytes both ways', async () => {
  const alice = house.server.begin('editor', 'alice')
  const live = await opened(await signIn(house, alice))
  const recorded = house.server.events.find(({ event, actor }) => event.facts?.['upgrade'] === 'websocket' && actor?.session === alice.id)
  assert.equal(recorded?.event.outcome, 'allowed')
  assert.equal(live.answer.headers['set-cookie'], undefined)
  assert.equal(live.answer.headers['sec-websocket-accept'], 's3pPLMBiTxaQ9kYGzzhZRbK+xOo=')
  live.socket.write('hello')
  await until(() => live.text() === 'hello')
  live.socket.destroy()
})

test('strangers, other origins and other protocols get no WebSocket', async () => {
  const cookie = await signIn(house, house.server.begin('editor', 'alice'))
  assert.deepEqual(await openSocket(''), { status: 401 })
  assert.deepEqual(await openSocket(cookie, { origin: 'http://evil.test' }), { status: 403 })
  assert.deepEqual(await openSocket(cookie, { 'sec-websocket-version': '8' }), { status: 400 })
  assert.deepEqual(await openSocket(cookie, { 'sec-websocket-key': 'short' }), { status: 400 })
  assert.deepEqual(await openSocket(cookie, { 'content-length': '3' }), { status: 400 })
  const own = await opened(cookie, { origin })
  assert.deepEqual(await openSocket(cookie, { origin }, '/.countersign/sign-out'), { status: 400 })
  assert.equal(own.isClosed(), false, 'nobody was signed out by it')
  own.socket.destroy()
})

test('what the app answers to a handshake that it does not want is passed on as a status', async () => {
  const cookie = await signIn(house, house.server.begin('editor', 'alice'))
  assert.deepEqual(await openSocket(cookie, { 'sec-websocket-protocol': 'refused' }), { status: 403 })
})

test('an app that answers a handshake with no status of HTTP is told of as that (it ended the gateway)', async () => {
  const cookie = await signIn(house, house.server.begin('editor', 'alice'))
  assert.deepEqual(await openSocket(cookie, { 'sec-websocket-protocol': 'no-status' }), { status: 502 })
})

test('a handshake that is refused is no way to send the app anything (WebSocket smuggling)', async () => {
  const cookie = await signIn(house, house.server.begin('editor', 'alice'))
  const head = (version: string, protocol: string): string =>
    `GET /live HTTP/1.1\r\nHost: ${authority}\r\nCookie: ${cookie}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: ${version}\r\nSec-WebSocket-Protocol: ${protocol}\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n`
  const next = `GET /notes HTTP/1.1\r\nHost: ${authority}\r\n\r\n`
  for (const [version, protocol] of [
    ['777', 'x'],
    ['13', 'refused'],
  ] as const) {
    const answers = await exchange(house.port, `${head(version, protocol)}${next}`)
    assert.equal(answers.length, 1)
    assert.notEqual(answers[0]?.status, 200)
  }
})

test('a handshake behind a request that is not answered yet ends the connection (a stranger ended the gateway with it)', async () => {
  const before = `GET /assets/slow HTTP/1.1\r\nHost: ${authority}\r\n\r\n`
  const handshakeHead = Object.entries(handshake).map(([name, value]) => `${name}: ${value}\r\n`)
  const answers = await exchange(house.port, `${before}GET /live HTTP/1.1\r\nHost: ${authority}\r\n${handshakeHead.join('')}\r\n`)
  assert.deepEqual(answers, [])
  const cookie = await signIn(house, house.server.begin('editor', 'alice'))
  const live = await opened(cookie)
  live.socket.write('still here')
  await until(() => live.text() === 'still here')
  live.socket.destroy()
})

test('a WebSocket on a connection that was used before is opened', async () => {
  const cookie = await signIn(house, house.server.begin('editor', 'alice'))
  const agent = new Agent({ keepAlive: true, maxSockets: 1 })
  const headers = { host: authority, cookie }
  await new Promise<void>((resolve, reject) => {
    const out = ask({ host: '127.0.0.1', port: house.port, path: '/notes', agent, headers }, (answer) => void answer.resume())
    out
      .on('error', reject)
      .on('close', () => setImmediate(resolve))
      .end()
  })
  const again = ask({ host: '127.0.0.1', port: house.port, path: '/live', agent, headers: { ...headers, ...handshake } })
  const socket = await new Promise<Socket>((resolve, reject) => {
    again.on('upgrade', (_answer, upgraded: Socket) => resolve(upgraded))
    again.on('response', ({ statusCode }) => reject(new Error(`answered with ${String(statusCode)}`)))
    again.on('error', reject).end()
  })
  assert.equal(again.reusedSocket, true)
  socket.destroy()
  agent.destroy()
})

test('a WebSocket is cut before the end of its session is acknowledged', async () => {
  const alice = house.server.begin('editor', 'alice')
  const cookie = await signIn(house, alice)
  const live = await opened(cookie)
  live.socket.write('one')
  await until(() => live.text() === 'one')
  await house.server.end(alice.id)
  live.socket.write('two')
  await until(() => live.isClosed(), 1_000)
  assert.equal(live.text(), 'one')
  assert.deepEqual(await openSocket(cookie), { status: 401 })
  await until(() => house.server.events.some(({ event, actor }) => event.what === 'gateway.cut' && actor?.session === alice.id))
})

test('the first request after the end of a session was acknowledged is refused', async () => {
  const alice = house.server.begin('editor', 'alice')
  const cookie = await signIn(house, alice)
  assert.equal((await get(house.port, '/notes', { headers: { cookie } })).status, 200)
  const looks = house.server.lookUps.length
  assert.equal((await get(house.port, '/notes', { headers: { cookie } })).status, 200)
  assert.equal(house.server.lookUps.length, looks, 'a person is asked for on every request')
  await house.server.end(alice.id)
  assert.equal((await get(house.port, '/notes', { headers: { cookie } })).status, 401)
})

test('a download that is under way is cut when its session ends', async () => {
  const alice = house.server.begin('editor', 'alice')
  const answer = await open(house.port, '/stream/endless', { headers: { cookie: await signIn(house, alice) } })
  const cut = new Promise<string>((resolve) => answer.on('error', (error) => resolve(error.message)))
  answer.resume()
  await house.server.end(alice.id)
  assert.equal(await cut, 'aborted')
})

test('everything of a person is cut when the person is revoked, and nothing of others', async () => {
  const [alice, bob] = [house.server.begin('editor', 'alice'), house.server.begin('viewer', 'bob')]
  const hers = await opened(await signIn(house, alice))
  const his = await opened(await signIn(house, bob))
  await house.server.announce([{ kind: 'user', id: alice.user }])
  await until(() => hers.isClosed(), 1_000)
  his.socket.write('still here')
  await until(() => his.text() === 'still here')
  his.socket.destroy()
})

test('who loses a role loses what was open by it; who keeps the right keeps the connection', async () => {
  const [alice, bob] = [house.server.begin('editor', 'alice'), house.server.begin('editor', 'bob')]
  const hers = await opened(await signIn(house, alice))
  const his = await opened(await signIn(house, bob))
  house.server.sessions.set(alice.id, { ...alice, roles: [] })
  house.server.sessions.set(bob.id, { ...bob, roles: ['viewer'] })
  await house.server.announce([
    { kind: 'entity', id: alice.user },
    { kind: 'entity', id: bob.user },
  ])
  await until(() => hers.isClosed(), 1_000)
  his.socket.write('still here')
  await until(() => his.text() === 'still here')
  his.socket.destroy()
})

test('roles that change are in effect with the first request after the change was acknowledged', async () => {
  const bob = house.server.begin('viewer', 'bob')
  const cookie = await signIn(house, bob)
  assert.equal((await get(house.port, '/notes', { method: 'POST', headers: { cookie } })).status, 403)
  house.server.sessions.set(bob.id, { ...bob, roles: ['editor'] })
  await house.server.announce([{ kind: 'entity', id: bob.user }])
  assert.equal((await get(house.port, '/notes', { method: 'POST', headers: { cookie } })).status, 200)
})

test('a request that is waiting for its record when the session ends is not forwarded', async () => {
  const alice = house.server.begin('editor', 'alice')
  const cookie = await signIn(house, alice)
  assert.equal((await get(house.port, '/notes', { headers: { cookie } })).status, 200)
  const held = Promise.withResolvers<void>()
  house.server.recording = held.promise
  const pending = get(house.port, '/notes', { method: 'POST', headers: { cookie }, body: 'x' })
  await new Promise((resolve) => setTimeout(resolve, 50))
  await house.server.end(alice.id)
  held.resolve()
  assert.equal((await pending).status, 401)
})

test('while the feed is not to be trusted nothing is decided, and what is open ends', async () => {
  const cookie = await signIn(house, house.server.begin('editor', 'alice'))
  const live = await opened(cookie)
  house.server.ageMs = undefined
  const began = performance.now()
  await until(() => live.isClosed(), 2_500)
  const tookMs = performance.now() - began
  assert.ok(tookMs < 1_500, `the WebSocket was open for ${tookMs} ms`)
  const refused = await get(house.port, '/notes', { headers: { cookie } })
  assert.equal(refused.status, 503)
  assert.equal(problemOf(refused), 'server.unavailable')
  assert.ok(Number(refused.headers['retry-after']) >= 1)
  assert.equal((await get(house.port, '/assets/a', {})).status, 200)
  house.server.ageMs = 0
  await until(() => true)
  assert.equal((await get(house.port, '/notes', { headers: { cookie } })).status, 200)
})

test('a server that goes away is a silence; when it comes back everything is asked anew', async () => {
  const [alice, bob] = [house.server.begin('editor', 'alice'), house.server.begin('viewer', 'bob')]
  const [hers, his] = [await signIn(house, alice), await signIn(house, bob)]
  assert.equal((await get(house.port, '/notes', { headers: { cookie: hers } })).status, 200)
  await house.stopServer()
  assert.equal((await get(house.port, '/notes', { headers: { cookie: hers } })).status, 503)
  house.server.sessions.delete(alice.id)
  await house.startServer()
  await until(() => house.channel.connected === 1)
  assert.equal((await get(house.port, '/notes', { headers: { cookie: hers } })).status, 401)
  assert.equal((await get(house.port, '/notes', { headers: { cookie: his } })).status, 200)
})

test('an open WebSocket ends with its session, also when that runs out and nobody ends it', async () => {
  const alice = { ...house.server.begin('editor', 'alice'), endsAtMs: Date.now() + 1_000 }
  house.server.sessions.set(alice.id, alice)
  const hers = await opened(await signIn(house, alice))
  await until(() => hers.isClosed(), 3_000)
  assert.ok(Date.now() >= alice.endsAtMs)
})

test('an endless download ends within a minute when its person has idled out, of which nobody tells', async () => {
  let aheadMs = 0
  const clock = { ...systemClock, monotonicMs: () => systemClock.monotonicMs() + aheadMs }
  const later = await openHouse({ app: echoApp(), clock })
  const alice = later.server.begin('editor', 'alice')
  const cookie = await signIn(later, alice)
  const answer = await open(later.port, '/stream/endless', { headers: { cookie } })
  const cut = new Promise<string>((resolve) => answer.on('error', (error) => resolve(error.message)))
  answer.resume()
  later.server.sessions.delete(alice.id)
  aheadMs = 60_000
  assert.equal(await cut, 'aborted')
  await until(() => later.server.events.some(({ event }) => event.what === 'gateway.cut' && event.facts?.['why'] === 'ended'))
  await later.close()
})

test('a request whose head has two readings is counted and costs the gateway nothing (one of a stranger cut its channel again and again)', async () => {
  const sent = `GET / HTTP/1.1\r\nHost: ${authority}\r\nHost: evil.test\r\n\r\n`
  assert.equal((await exchange(house.port, sent))[0]?.status, 400)
  await until(() => house.server.strangers.get('gateway.ambiguous_head') === 1)
  assert.equal(house.channel.connected, 1)
})

test('a person who is refused reads it only after it was recorded; what cannot be recorded is not allowed', async () => {
  const cookie = await signIn(house, house.server.begin('editor', 'alice'))
  assert.equal((await get(house.port, '/notes', { headers: { cookie } })).status, 200)
  house.server.recording = Promise.reject(new Error('the disk is full'))
  house.server.recording.catch(() => undefined)
  const write = await get(house.port, '/notes', { method: 'POST', headers: { cookie } })
  assert.equal(write.status, 503)
  const refused = await get(house.port, '/archive', { method: 'POST', headers: { cookie } })
  assert.equal(problemOf(refused), 'server.unavailable')
  house.server.recording = Promise.resolve()
  assert.equal((await get(house.port, '/notes', { method: 'POST', headers: { cookie } })).status, 200)
})

test('a gateway that closes ends its WebSockets and finishes what is under way', async () => {
  const other = await openHouse({
    app: (_request: IncomingMessage, response: ServerResponse) => setTimeout(() => response.end('slowly'), 100),
  })
  const cookie = await signIn(other, other.server.begin('editor', 'alice'))
  const slow = get(other.port, '/notes', { headers: { cookie } })
  await until(() => other.server.events.length >= 0)
  await new Promise((resolve) => setTimeout(resolve, 30))
  const closed = other.gateway.close(2_000)
  assert.equal((await slow).body, 'slowly')
  await closed
  assert.equal(
    other.server.events.some(({ event }) => event.what === 'gateway.allowed'),
    true,
    'a read was forgotten',
  )
  await other.close()
})

test('what is heard about a person while their request waits to be counted elsewhere is in force for it', async () => {
  const memory = memoryBuckets(systemClock)
  const counted = Promise.withResolvers<void>()
  let waiting = 0
  const take = async (asked: BucketAsk): Promise<LimitDecision> => {
    if (asked.name === 'proxied-caller') {
      waiting += 1
      await counted.promise
    }
    return memory.take(asked)
  }
  const reached: (string | undefined)[] = []
  const slow = await openHouse({
    app: (request, response) => response.end(void reached.push(request.url)),
    buckets: { take, look: (asked) => memory.look(asked), giveBack: (asked) => memory.giveBack(asked) },
  })
  after(async () => slow.close())
  const [alice, bob, carol] = ['alice', 'bob', 'carol'].map((name) => slow.server.begin('editor', name)) as [
    SessionView,
    SessionView,
    SessionView,
  ]
  const cookies = await Promise.all([alice, bob, carol].map(async (view) => signIn(slow, view)))
  const asked = cookies.map(async (cookie, at) => get(slow.port, `/notes?${at}`, { headers: { cookie } }))
  await until(() => waiting === 3)
  await slow.server.end(alice.id)
  slow.server.sessions.set(bob.id, { ...bob, roles: [] })
  await slow.server.announce([{ kind: 'entity', id: bob.user }])
  counted.resolve()
  const answers = await Promise.all(asked)
  assert.deepEqual(
    answers.map(({ status }) => status),
    [401, 403, 200],
  )
  assert.equal(answers[0] && problemOf(answers[0]), 'gateway.session_ended')
  assert.deepEqual(reached, ['/notes?2'])
})
