/**
 * The guarded way out, before servers that mean harm. Each is a real TLS server on
 * loopback for which the guard is lifted, except where that is what is tried.
 *
 * @module
 */

import assert from 'node:assert/strict'
import { gzipSync } from 'node:zlib'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { createServer } from 'node:https'
import { createServer as createRawServer, type AddressInfo, type Server, type Socket } from 'node:net'
import { after, test } from 'node:test'
import { createServer as createTlsServer } from 'node:tls'
import { createOutbound, type Fetched, type OutboundOptions } from '#http'
import { makeAuthority } from '../http-certificates.ts'

const authority = makeAuthority()
const issued = authority.issue({ hosts: ['keys.test'] })
const tls = { key: issued.key, cert: issued.certificate }

async function listening(server: Server): Promise<number> {
  const sockets = new Set<Socket>()
  server.on('connection', (socket: Socket) => sockets.add(socket))
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  after(() => {
    for (const socket of sockets) socket.destroy()
    server.close()
  })
  return (server.address() as AddressInfo).port
}

const web = async (handle: (request: IncomingMessage, response: ServerResponse) => void, how: object = tls): Promise<number> =>
  listening(createServer(how, handle))

/** A TLS server that says what it is told, whatever HTTP is. */
const raw = async (speak: (socket: Socket) => void): Promise<number> => listening(createTlsServer(tls, speak))

const there = async () => [{ address: '127.0.0.1', family: 4 }]

async function fetchFrom(port: number, more: OutboundOptions = {}, host = 'keys.test'): Promise<Fetched> {
  const outbound = createOutbound({
    unsafelyAllow: [{ host, addresses: '127.0.0.1', port }],
    authorities: [authority.certificate],
    resolve: there,
    patienceMs: 2_000,
    ...more,
  })
  return outbound.get(`https://${host}:${port}/jwks?x=1`, { accept: 'application/json', mostBytes: 1_000 })
}

const whyOf = (fetched: Fetched): string => (fetched.is === 'failure' ? fetched.why : `${fetched.status}`)

test('what answers as it should is read, and is told nothing but what is asked', async () => {
  let seen: IncomingMessage | undefined
  const port = await web((request, response) => {
    seen = request
    response.setHeader('set-cookie', 'a=b')
    response.setHeader('content-type', 'application/json')
    response.end('{"keys":[]}')
  })
  const outbound = createOutbound({
    unsafelyAllow: [{ host: 'keys.test', addresses: '127.0.0.0/8', port }],
    authorities: [authority.certificate],
    resolve: there,
  })
  for (const _ of [1, 2]) {
    const fetched = await outbound.get(`https://keys.test:${port}/jwks?x=1#y`, { accept: 'application/json', mostBytes: 11 })
    assert.ok(fetched.is === 'answer')
    assert.deepEqual([fetched.status, fetched.contentType, Buffer.from(fetched.body).toString()], [200, 'application/json', '{"keys":[]}'])
    assert.deepEqual([seen?.method, seen?.url], ['GET', '/jwks?x=1'])
    assert.deepEqual(seen?.headers, {
      accept: 'application/json',
      'accept-encoding': 'identity',
      'user-agent': 'Countersign',
      host: `keys.test:${port}`,
      connection: 'close',
    })
  }
})

const answers = (status: number, headers: Readonly<Record<string, string>>, body: string | Buffer) =>
  web((_request, response) => response.writeHead(status, headers).end(body))

test('another status is an answer, and a redirect is none', async () => {
  assert.equal(whyOf(await fetchFrom(await answers(404, {}, ''))), '404')
  for (const status of [301, 302, 303, 307, 308])
    assert.equal(whyOf(await fetchFrom(await answers(status, { location: 'https://keys.test/' }, ''))), 'redirect')
})

test('one byte too many is too many, whether its length was said or not', async () => {
  assert.equal(whyOf(await fetchFrom(await answers(200, {}, 'x'.repeat(1_000)))), '200')
  assert.equal(whyOf(await fetchFrom(await answers(200, {}, 'x'.repeat(1_001)))), 'too_large')
  const port = await web((_request, response) => {
    for (let at = 0; at < 1_001; at += 1) response.write('x')
    response.end()
  })
  assert.equal(whyOf(await fetchFrom(port)), 'too_large')
})

test('nothing is decompressed', async () => {
  const bomb = gzipSync(Buffer.alloc(10_000_000))
  for (const coding of ['gzip', 'br', 'GZIP', 'identity, gzip'])
    assert.equal(whyOf(await fetchFrom(await answers(200, { 'content-encoding': coding }, bomb))), 'encoded')
})

for (const [says, speak] of [
  ['says nothing', () => {}],
  ['begins and stops', (socket: Socket) => socket.write('HTTP/1.1 200 OK\r\n')],
  ['sends a byte now and then', (socket: Socket) => drip(socket, 'HTTP/1.1 200 OK\r\ncontent-length: 900\r\n\r\n')],
  ['sends interim answers without end', (socket: Socket) => drip(socket, '', 'HTTP/1.1 103 Early Hints\r\n\r\n')],
] as const) {
  test(`a server that ${says} is not waited for`, async () => {
    const port = await raw((socket) => {
      socket.on('error', () => {})
      speak(socket)
    })
    const began = performance.now()
    assert.equal(whyOf(await fetchFrom(port, { patienceMs: 400 })), 'too_slow')
    assert.ok(performance.now() - began < 5_000)
  })
}

for (const [says, head, expected] of [
  ['switches protocols', 'Upgrade: x\r\nConnection: upgrade', 'no_answer'],
  ['says that it does and to what not', 'x: y', '101'],
]) {
  test(`a server that ${says} is not waited for, and takes no place`, async () => {
    const port = await raw((socket) => {
      socket.on('error', () => {})
      socket.once('data', () => socket.write(`HTTP/1.1 101 Switching Protocols\r\n${head}\r\n\r\n`))
    })
    const outbound = createOutbound({
      unsafelyAllow: [{ host: 'keys.test', addresses: '127.0.0.1', port }],
      authorities: [authority.certificate],
      resolve: there,
    })
    const began = performance.now()
    for (const _ of [1, 2, 3])
      assert.equal(whyOf(await outbound.get(`https://keys.test:${port}/`, { accept: '*/*', mostBytes: 1 })), expected)
    assert.ok(performance.now() - began < 4_000)
  })
}

function drip(socket: Socket, first: string, drop = 'x'): void {
  socket.write(first)
  const timer = setInterval(() => socket.write(drop), 20)
  socket.once('close', () => clearInterval(timer))
}

test('a server that never ends the handshake is not waited for', async () => {
  const port = await listening(createRawServer(() => {}))
  assert.equal(whyOf(await fetchFrom(port, { patienceMs: 300 })), 'too_slow')
})

test('a huge head is not read', async () => {
  const port = await raw((socket) => {
    socket.on('error', () => {})
    socket.write(`HTTP/1.1 200 OK\r\nx: ${'x'.repeat(20_000)}\r\n\r\n`)
  })
  assert.equal(whyOf(await fetchFrom(port)), 'too_large')
})

test('what is no HTTP, and what breaks off, is no answer', async () => {
  for (const said of ['SSH-2.0-OpenSSH\r\n\r\n', 'HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\nxyz', ''])
    assert.equal(whyOf(await fetchFrom(await raw((socket) => socket.end(said)))), 'no_answer')
  assert.equal(whyOf(await fetchFrom(1)), 'no_answer')
})

test('a certificate of another name, of nobody, and that ran out is refused; TLS 1.1 too', async () => {
  const other = authority.issue({ hosts: ['other.test'] })
  const over = authority.issue({ hosts: ['keys.test'] }, { fromMs: Date.now() - 90_000_000, untilMs: Date.now() - 1_000 })
  const stranger = makeAuthority('Stranger').issue({ hosts: ['keys.test'] })
  for (const { key, certificate } of [other, over, stranger])
    assert.equal(whyOf(await fetchFrom(await web((_, response) => response.end(), { key, cert: certificate }))), 'certificate')
  const old = await web((_, response) => response.end(), { ...tls, minVersion: 'TLSv1', maxVersion: 'TLSv1.1', ciphers: 'ALL:@SECLEVEL=0' })
  assert.equal(whyOf(await fetchFrom(old)), 'no_answer')
})

test('the environment cannot switch the certificate off, nor send it through a proxy', async () => {
  const port = await web((_, response) => response.end(), makeStranger())
  const before = { ...process.env }
  Object.assign(process.env, { NODE_TLS_REJECT_UNAUTHORIZED: '0', HTTPS_PROXY: 'http://127.0.0.1:1', NODE_USE_ENV_PROXY: '1' })
  after(() => Object.assign(process.env, before))
  try {
    assert.equal(whyOf(await fetchFrom(port)), 'certificate')
  } finally {
    for (const name of ['NODE_TLS_REJECT_UNAUTHORIZED', 'HTTPS_PROXY', 'NODE_USE_ENV_PROXY'] as const) delete process.env[name]
  }
})

function makeStranger(): object {
  const { key, certificate } = makeAuthority('Stranger').issue({ hosts: ['keys.test'] })
  return { key, cert: certificate }
}

test('a name that leads to this machine is not asked, and neither is its number', async () => {
  let asked = 0
  const port = await web((_, response) => {
    asked += 1
    response.end()
  })
  assert.equal(whyOf(await fetchFrom(port, { unsafelyAllow: [{ host: 'keys.test', addresses: '10.0.0.1', port }] })), 'address')
  const bare = createOutbound({ authorities: [authority.certificate], resolve: there })
  const wish = { accept: '*/*', mostBytes: 1 }
  assert.equal(whyOf(await bare.get('https://keys.test/', wish)), 'address')
  const own = createOutbound({ authorities: [authority.certificate] })
  for (const host of ['127.0.0.1', '[::1]', '[::ffff:127.0.0.1]', '2130706433', 'localhost', '169.254.169.254'])
    assert.equal(whyOf(await own.get(`https://${host}/`, wish)), 'address', host)
  assert.equal(whyOf(await own.get(`https://127.0.0.1:${port}/`, wish)), 'port')
  assert.equal(asked, 0)
})

test('a name that leads elsewhere the second time is asked for its addresses once', async () => {
  let asked = 0
  const port = await web((_, response) => response.end('ok'))
  const rebinding = async () => {
    asked += 1
    return [{ address: asked === 1 ? '127.0.0.1' : '169.254.169.254', family: 4 }]
  }
  assert.equal(whyOf(await fetchFrom(port, { resolve: rebinding })), '200')
  assert.equal(asked, 1)
})

test('a public address beside one of ours spoils the name', async () => {
  const both = async () => [
    { address: '1.1.1.1', family: 4 },
    { address: '127.0.0.1', family: 4 },
  ]
  const outbound = createOutbound({ resolve: both })
  assert.equal(whyOf(await outbound.get('https://keys.test/', { accept: '*/*', mostBytes: 1 })), 'address')
})

test('a resolver that fails or hangs is no answer', async () => {
  assert.equal(whyOf(await fetchFrom(1, { resolve: async () => Promise.reject(new Error('SERVFAIL')) })), 'unknown_name')
  assert.equal(whyOf(await fetchFrom(1, { resolve: async () => new Promise(() => {}), patienceMs: 100 })), 'too_slow')
})

test('two at once go to one host, and thirty-two to all, and a place is free once the resolver has ended', async () => {
  const ends: (() => void)[] = []
  const slow = async (): Promise<never> => new Promise((_resolve, reject) => ends.push(() => reject(new Error('SERVFAIL'))))
  const outbound = createOutbound({ resolve: slow, patienceMs: 300 })
  const ask = async (host: string) => whyOf(await outbound.get(`https://${host}/`, { accept: '*/*', mostBytes: 1 }))
  const endAll = async (): Promise<void> => {
    for (const end of ends.splice(0)) end()
    await new Promise((resolve) => setImmediate(resolve))
  }
  const one = await Promise.all([ask('a.test'), ask('a.test'), ask('a.test')])
  assert.deepEqual(one.toSorted(), ['busy', 'too_slow', 'too_slow'])
  assert.equal(await ask('a.test'), 'busy', 'two names are still looked up')
  await endAll()
  const many = await Promise.all(Array.from({ length: 33 }, async (_, at) => ask(`h${at}.test`)))
  assert.deepEqual([many.filter((why) => why === 'busy').length, many.filter((why) => why === 'too_slow').length], [1, 32])
  assert.equal(await ask('a.test'), 'busy')
  await endAll()
  assert.equal(await ask('a.test'), 'too_slow', 'there is room again')
})
