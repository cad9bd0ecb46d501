/** Listeners: TLS 1.3 alone, certificates that change, plain HTTP where it may be, draining. @module */

import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { chmodSync, mkdtempSync, writeFileSync } from 'node:fs'
import type { IncomingMessage } from 'node:http'
import { Agent, request as tlsRequest, type RequestOptions } from 'node:https'
import { connect, createServer as createNetServer, type AddressInfo, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test, type TestContext } from 'node:test'
import { setTimeout as wait } from 'node:timers/promises'
import { connect as connectTls, type TLSSocket } from 'node:tls'
import { fileURLToPath } from 'node:url'
import { listen } from '#http'
import { makeAuthority, writeIssued, type Issued } from '../http-certificates.ts'
import { codeOf, exchange } from '../http-raw.ts'
import { drainAfterwards, edgeWith, openListener } from '../listener.ts'
import { serve } from '../serve.ts'

const authority = makeAuthority()
const name = 'id.example.test'
const production = { origins: [`https://${name}`] }

interface Reply {
  readonly status: number
  readonly headers: IncomingMessage['headers']
  readonly body: string
  readonly serial: string | undefined
  readonly protocol: string | null | undefined
}

function ask(port: number, options: RequestOptions = {}): Promise<Reply> {
  return new Promise((resolve, reject) => {
    const out = tlsRequest({
      host: '127.0.0.1',
      port,
      servername: name,
      headers: { host: name },
      ca: authority.certificate,
      agent: false,
      ...options,
    })
    out.once('error', reject)
    out.once('response', (answer) => {
      const socket = answer.socket as TLSSocket
      const { serialNumber } = socket.getPeerCertificate()
      const protocol = socket.getProtocol()
      let body = ''
      answer.setEncoding('utf8')
      answer.on('data', (chunk: string) => (body += chunk))
      answer.once('end', () => resolve({ status: answer.statusCode ?? 0, headers: answer.headers, body, serial: serialNumber, protocol }))
    })
    out.end()
  })
}

test('ENC-4 TLS 1.3 is spoken and nothing older', async () => {
  const { listener } = await openListener(production, { tls: writeIssued(authority.issue({ hosts: [name] })) })
  const answer = await ask(listener.port)
  assert.equal(answer.status, 200)
  assert.equal(answer.protocol, 'TLSv1.3')
  assert.equal(answer.headers['strict-transport-security'], 'max-age=63072000; includeSubDomains')
  const older = new Promise<string>((resolve) => {
    const socket = connectTls({
      host: '127.0.0.1',
      port: listener.port,
      servername: name,
      ca: authority.certificate,
      maxVersion: 'TLSv1.2',
    })
    socket.once('secureConnect', () => resolve('connected'))
    socket.once('error', (error: NodeJS.ErrnoException) => resolve(error.code ?? ''))
  })
  assert.match(await older, /PROTOCOL_VERSION/)
})

test('plain HTTP to a TLS listener gets nothing', async () => {
  const { listener } = await openListener(production, { tls: writeIssued(authority.issue({ hosts: [name] })) })
  assert.deepEqual(await exchange(listener.port, `GET / HTTP/1.1\r\nHost: ${name}\r\n\r\n`), [])
})

test('a client certificate is asked for, shown to identify, and not insisted on', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'countersign-ca-'))
  const clientAuthoritiesFile = join(folder, 'clients.pem')
  writeFileSync(clientAuthoritiesFile, authority.certificate)
  const { listener, presented } = await openListener(production, {
    tls: { ...writeIssued(authority.issue({ hosts: [name] })), clientAuthoritiesFile },
  })
  const shown = async (client?: Issued): Promise<boolean | undefined> => {
    assert.equal((await ask(listener.port, client === undefined ? {} : { cert: client.certificate, key: client.key })).status, 200)
    const certificate = presented.at(-1)?.certificate
    if (certificate !== undefined) assert.ok(certificate.raw.byteLength > 100)
    return certificate?.authorized
  }
  assert.equal(await shown(), undefined)
  assert.equal(await shown(authority.issue({ client: 'build-server' })), true)
  assert.equal(
    await shown(makeAuthority('Test authority').issue({ client: 'build-server' })),
    false,
    'of another authority with the same name',
  )
})

test('a new certificate is taken without dropping connections, and a bad one is not taken', async () => {
  const files = writeIssued(authority.issue({ hosts: [name] }))
  const { listener } = await openListener(production, { tls: files })
  const agent = new Agent({ keepAlive: true, maxSockets: 1 })
  const before = await ask(listener.port, { agent })
  const fresh = authority.issue({ hosts: [name] })
  writeFileSync(files.certificateFile, fresh.certificate)
  await assert.rejects(listener.reload(), /cannot be used together/)
  assert.equal((await ask(listener.port)).serial, before.serial, 'the old one still stands')
  writeFileSync(files.keyFile, fresh.key)
  await listener.reload()
  assert.notEqual((await ask(listener.port)).serial, before.serial)
  assert.equal((await ask(listener.port, { agent })).serial, before.serial, 'the old connection lives')
  agent.destroy()
})

const mistakes = [
  {
    says: 'plain HTTP off loopback',
    listening: { host: '0.0.0.0' },
    sentence: /^Plain HTTP is for loopback only, not for 0\.0\.0\.0: give a certificate, or name the proxy that ends TLS$/,
  },
  { says: 'plain HTTP on IPv6 off loopback', listening: { host: '::' }, sentence: /^Plain HTTP is for loopback only/ },
  {
    says: 'a certificate that is not there',
    listening: { tls: { certificateFile: '/nowhere/c.pem', keyFile: '/nowhere/k.pem' } },
    sentence: /^\/nowhere\/k\.pem cannot be read$/,
  },
  {
    says: 'a host that is not this machine',
    listening: { host: '192.0.2.1', tlsEndedBy: 'nginx' },
    sentence: /^192\.0\.2\.1 is no address of this machine$/,
  },
]
for (const { says, listening, sentence } of mistakes) {
  test(`a listener refuses to start: ${says}`, async () => {
    await assert.rejects(openListener(production, listening), (error: Error) => sentence.test(error.message))
  })
}

test('a listener refuses a key that others can read', async () => {
  const files = writeIssued(authority.issue({ hosts: [name] }))
  chmodSync(files.keyFile, 0o644)
  await assert.rejects(openListener(production, { tls: files }), /must be readable by its owner only/)
})

test('a listener refuses a key of another certificate', async () => {
  const files = writeIssued(authority.issue({ hosts: [name] }))
  writeFileSync(files.keyFile, authority.issue({ hosts: [name] }).key)
  await assert.rejects(openListener(production, { tls: files }), /cannot be used together/)
})

test('a taken port is named', async () => {
  const taken = createNetServer().listen(0, '127.0.0.1')
  await new Promise((resolve) => taken.once('listening', resolve))
  const { port } = taken.address() as AddressInfo
  await assert.rejects(openListener({}, { port }), { message: `Port ${port} of 127.0.0.1 is taken by another program` })
  taken.close()
})

const proxied = [
  {
    says: 'the named proxy, for a caller by https',
    header: 'X-Forwarded-Proto: https\r\nX-Forwarded-For: 203.0.113.9\r\n',
    status: 200,
    address: '203.0.113.9',
  },
  { says: 'the named proxy, for a caller by http', header: 'X-Forwarded-Proto: http\r\nX-Forwarded-For: 203.0.113.9\r\n', status: 403 },
  { says: 'the named proxy, without a word', header: '', status: 403 },
]
for (const { says, header, status, address } of proxied) {
  test(`OAUTH-6 behind a proxy that ends TLS: ${says}`, async () => {
    const { listener, presented } = await openListener({ ...production, trustedProxies: ['127.0.0.1'] }, { tlsEndedBy: 'nginx' })
    const [answer] = await exchange(listener.port, `GET / HTTP/1.1\r\nHost: ${name}\r\nConnection: close\r\n${header}\r\n`)
    assert.equal(answer?.status, status)
    if (status === 403) assert.equal(codeOf(answer), 'request.not_https')
    assert.equal(presented[0]?.address, address)
  })
}

test('OAUTH-6 whoever goes around the proxy is refused, whatever they write', async () => {
  const { listener } = await openListener({ ...production, trustedProxies: ['203.0.113.1'] }, { tlsEndedBy: 'nginx' })
  const [answer] = await exchange(listener.port, `GET / HTTP/1.1\r\nHost: ${name}\r\nConnection: close\r\nX-Forwarded-Proto: https\r\n\r\n`)
  assert.equal(codeOf(answer), 'request.not_https')
})

test('localhost is heard on IPv4, and on IPv6 where the machine has it', async () => {
  const { listener } = await openListener({}, { host: 'localhost' })
  const hear = (host: string) =>
    new Promise<string>((resolve) => {
      const socket = connect(listener.port, host)
      socket.once('connect', () => {
        resolve('heard')
        socket.destroy()
      })
      socket.once('error', (error: NodeJS.ErrnoException) => resolve(error.code ?? ''))
    })
  assert.equal(await hear('127.0.0.1'), 'heard')
  assert.match(await hear('::1'), /^(heard|EADDRNOTAVAIL|EAFNOSUPPORT)$/)
})

test('a port of localhost that is taken on IPv6 alone is not kept on IPv4', async (t) => {
  const other = createNetServer()
  const taken = await new Promise<boolean>((resolve) =>
    other.once('error', () => resolve(false)).listen({ host: '::1', port: 0, ipv6Only: true }, () => resolve(true)),
  )
  if (!taken) return t.skip('this machine has no IPv6')
  t.after(() => other.close())
  const { port } = other.address() as AddressInfo
  await assert.rejects(openListener({}, { host: 'localhost', port }), /^Error: Port \d+ of ::1 is taken by another program$/)
  const { listener } = await openListener({}, { host: '127.0.0.1', port })
  assert.equal(listener.port, port)
})

test('probes are answered whatever host they ask for, and without TLS of their own', async () => {
  const { listener } = await openListener({ ...production, trustedProxies: ['127.0.0.1'] }, { tlsEndedBy: 'nginx' })
  const [live] = await exchange(listener.port, 'GET /livez HTTP/1.1\r\nHost: 10.1.2.3:8080\r\nConnection: close\r\n\r\n')
  assert.deepEqual([live?.status, live?.body], [200, '{"status":"ok"}'])
})

test('draining finishes what is under way, closes what is idle, takes nothing new, and is not ready', async () => {
  let began = (): void => undefined
  let finish = (): void => undefined
  const started = new Promise<void>((resolve) => (began = resolve))
  const gate = new Promise<void>((resolve) => (finish = resolve))
  const { listener, served } = await openListener({}, {}, () => {
    began()
    return gate
  })
  const idle = connect(listener.port, '127.0.0.1')
  const idleClosed = new Promise((resolve) => idle.once('close', resolve))
  await new Promise((resolve) => idle.once('connect', resolve))
  const keepAlive = 'GET / HTTP/1.1\r\nHost: localhost:9000\r\n\r\n'
  const underWay = exchange(listener.port, keepAlive)
  await started
  const drained = listener.drain(10_000)
  await idleClosed
  await assert.rejects(exchange(listener.port, keepAlive), { code: 'ECONNREFUSED' })
  assert.deepEqual((await served.inject({ url: '/readyz' })).json(), { status: 'not ready', reasons: ['draining'] })
  assert.equal((await served.inject({ url: '/readyz' })).statusCode, 503)
  assert.equal((await served.inject({ url: '/livez' })).statusCode, 200)
  finish()
  const [answer] = await underWay
  assert.equal(answer?.status, 200)
  assert.equal(answer?.headers['connection'], 'close')
  assert.equal(await drained, true)
  assert.equal(served.server.underWay, 0)
})

test('draining cuts what does not end within the bound', async () => {
  let began = (): void => undefined
  const started = new Promise<void>((resolve) => (began = resolve))
  const { listener } = await openListener({}, {}, () => {
    began()
    return new Promise(() => undefined)
  })
  const underWay = exchange(listener.port, 'GET / HTTP/1.1\r\nHost: localhost:9000\r\n\r\n')
  await started
  assert.equal(await listener.drain(100), false)
  assert.deepEqual(await underWay, [])
})

test('an operation’s signal fires when its caller goes away', async () => {
  let aborted = (): void => undefined
  const gone = new Promise<void>((resolve) => (aborted = resolve))
  const edge = edgeWith()
  const [route] = edge.routes
  assert.ok(route)
  const served = await serve([
    {
      ...edge,
      routes: [
        {
          ...route,
          caller: 'anyone',
          handle: async (op) => {
            await new Promise<void>((resolve) => op.signal.addEventListener('abort', () => resolve()))
            aborted()
            return { status: 200, body: 'empty' }
          },
        },
      ],
    },
  ])
  const listener = await listen(served.server, { host: '127.0.0.1', port: 0 })
  drainAfterwards(listener)
  const socket = connect(listener.port, '127.0.0.1')
  socket.write('GET / HTTP/1.1\r\nHost: localhost:9000\r\n\r\n')
  while (served.server.underWay === 0) await new Promise((resolve) => setImmediate(resolve))
  socket.destroy()
  await gone
  assert.deepEqual(served.troubles, [])
})

test('one network cannot take all connections', async () => {
  const limits = { mostConnectionsPerNetwork: 2 }
  const { listener } = await openListener({}, { limits })
  const reach = async (): Promise<Socket> => {
    const socket = connect(listener.port, '127.0.0.1')
    socket.on('error', () => undefined)
    await new Promise((resolve) => socket.once('connect', resolve))
    return socket
  }
  const held = [await reach(), await reach()]
  const third = await reach()
  await new Promise((resolve) => third.once('close', resolve))
  held[0]?.destroy()
  let status: number | undefined
  while (status === undefined) {
    const [answer] = await exchange(listener.port, 'GET /livez HTTP/1.1\r\nHost: localhost:9000\r\nConnection: close\r\n\r\n')
    status = answer?.status
  }
  assert.equal(status, 200)
  held[1]?.destroy()
})

/** Two workers with a listener, started by a line of shell that is given Node and the program. */
async function crowdedWorkers(t: TestContext, line: string): Promise<number> {
  const program = fileURLToPath(new URL('../crowded-workers.ts', import.meta.url))
  const workers = spawn('/bin/sh', ['-c', line, process.execPath, program], { stdio: ['pipe', 'pipe', 'inherit'] })
  t.after(() => workers.kill('SIGKILL'))
  return new Promise((resolve) => workers.stdout.once('data', (said: Buffer) => resolve(Number(said.toString('utf8')))))
}

test('workers that may have few files open are handed connections again when a flood has passed (they never were)', async (t) => {
  const port = await crowdedWorkers(t, 'ulimit -n 80; exec "$0" "$1"')
  const flood = Array.from({ length: 400 }, () => connect(port, '127.0.0.1').on('error', () => undefined))
  t.after(() => flood.forEach((socket) => socket.destroy()))
  await Promise.race([Promise.all(flood.map(async (socket) => once(socket, 'connect').catch(() => undefined))), wait(3_000)])
  await wait(2_000)
  for (const socket of flood) socket.destroy()
  let body: string | undefined
  const end = performance.now() + 20_000
  while (body !== 'here' && performance.now() < end) {
    const [answer] = await exchange(port, 'GET / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n').catch(() => [])
    body = answer?.body
  }
  assert.equal(body, 'here')
})

test('what all of several workers are too full for is cut off, and not handed from one to the next without end', async (t) => {
  const port = await crowdedWorkers(t, 'exec "$0" "$1" 1')
  const open = new Set<Socket>()
  for (let times = 0; times < 6; times += 1) {
    const socket = connect(port, '127.0.0.1')
    open.add(socket)
    socket.on('error', () => undefined).once('close', () => open.delete(socket))
    t.after(() => socket.destroy())
  }
  const end = performance.now() + 8_000
  while (open.size > 2 && performance.now() < end) await new Promise((resolve) => setTimeout(resolve, 20))
  assert.equal(open.size, 2)
})
