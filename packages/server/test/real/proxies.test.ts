/**
 * The production shape behind each reverse proxy of `deploy/`: people sign in
 * over https, addresses are right, what strangers say of themselves is not
 * believed, WebSockets and streams go through.
 *
 * @module
 */

import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { createServer, type IncomingHttpHeaders } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { connect as connectTls } from 'node:tls'
import { readFileSync, writeFileSync } from 'node:fs'
import { parse, stringify } from 'yaml'
import { call } from '#remote'
import { proxies, startProxy, type RunningProxy } from '../front-proxy.ts'
import { makeAuthority } from '../http-certificates.ts'
import { until } from '../metrics.ts'
import { missing } from '../parts.ts'
import { goodPassword } from '../people.ts'
import { countersign, freePort, startProduct, temporaryFolder, type Product } from '../product.ts'
import { makeMember } from '../production.ts'
import { Traveller } from '../traveller.ts'

const authority = makeAuthority()
const certificate = authority.issue({ hosts: ['id.example.test', 'notes.example.test'] })
const ports = { plain: await freePort(), encrypted: await freePort() }
const behind = { server: await freePort(), gateway: await freePort() }
const issuer = `https://id.example.test:${ports.encrypted}`
const app = `https://notes.example.test:${ports.encrypted}`
const ada = { username: 'ada', password: goodPassword }

/** Lets the second half of a stream go. */
let release: () => void = () => {}

/** The app: tells what it was told, streams in two halves, and echoes WebSockets byte by byte. */
const upstream = createServer((request, response) => {
  if (request.url === '/stream') {
    response.writeHead(200, { 'content-type': 'text/event-stream' })
    response.write('data: first\n\n')
    release = () => response.end('data: second\n\n')
  } else {
    let bytes = 0
    request.on('data', (chunk: Buffer) => (bytes += chunk.length))
    request.on('end', () => response.end(JSON.stringify({ headers: request.headers, url: request.url, bytes })))
  }
})
upstream.on('upgrade', (request, socket) => {
  // RFC 6455 section 4.2.2.
  const accept = createHash('sha1')
    .update(`${request.headers['sec-websocket-key'] ?? ''}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`)
    .digest('base64')
  const head = ['HTTP/1.1 101 Switching Protocols', 'Connection: Upgrade', 'Upgrade: websocket', `Sec-WebSocket-Accept: ${accept}`]
  socket.write(`${head.join('\r\n')}\r\n\r\n`)
  socket.pipe(socket)
})
let product: Product
let folder: string

before(async () => {
  await new Promise<void>((resolve) => upstream.listen(0, '127.0.0.1', resolve))
  upstream.unref()
  folder = temporaryFolder('behind-a-proxy')
  const { port } = upstream.address() as AddressInfo
  const asked = {
    issuer,
    folder,
    listen: `127.0.0.1:${behind.server}`,
    app: `${app}=http://127.0.0.1:${port}`,
    'gateway-listen': `127.0.0.1:${behind.gateway}`,
    'tls-ended-by': 'a proxy',
    'proxy-address': '127.0.0.1',
    'link-file': join(folder, 'link'),
  }
  const made = await countersign(['init', ...Object.entries(asked).flatMap(([name, value]) => [`--${name}`, value])])
  assert.equal(made.code, 0, made.err)
  const config = join(folder, 'countersign.yaml')
  const more = { passwords: { memoryKibibytes: 19_456, passes: 1 }, log: { level: 'info', addresses: true } }
  writeFileSync(config, stringify({ ...(parse(readFileSync(config, 'utf8')) as object), ...more }))
  product = await startProduct(['--config', config])
  const created = await countersign(
    ['users', 'create', ada.username, '--password-stdin', '--data', join(folder, 'data')],
    `${ada.password}\n`,
  )
  assert.equal(created.code, 0, created.err)
  const socket = join(folder, 'data', 'admin.sock')
  await makeMember({ admin: async (method, path) => (await call({ socket }, { method, path: `/admin/v1${path}` })).json }, ada.username)
})
after(async () => product.stop('SIGKILL'))

interface Told {
  readonly headers: IncomingHttpHeaders
  readonly bytes: number
}

const told = (text: string): Told => JSON.parse(text) as Told
const lines = (): readonly Readonly<Record<string, unknown>>[] =>
  product
    .log()
    .split('\n')
    .filter((line) => line.startsWith('{'))
    .map((line) => JSON.parse(line) as Readonly<Record<string, unknown>>)

for (const [turn, name] of (Object.keys(proxies) as (keyof typeof proxies)[]).entries()) {
  describe(`behind ${name}`, { skip: missing(name) }, () => {
    /** Where the person of this turn connects from. */
    const from = `127.0.1.${turn + 1}`
    const person = new Traveller({ authority: authority.certificate, from })
    let proxy: RunningProxy

    before(async () => {
      proxy = await startProxy(name, { ports, behind, certificate })
    })
    after(async () => proxy.stop())

    test('a person signs in over https and reaches the app, and both know where from', async () => {
      const found = await person.open(`${app}/hello`, ada)
      assert.equal(found.status, 200, found.text)
      const { headers } = told(found.text)
      assert.equal(headers['x-forwarded-for'], from)
      assert.equal(headers['x-forwarded-proto'], 'https')
      assert.equal(headers['x-forwarded-host'], new URL(app).host)
      assert.ok(headers['countersign-assertion'])
      assert.equal(found.headers['strict-transport-security'], undefined, 'what the app says is the app’s')
      for (const part of ['server', 'gateway'])
        await until(`a line of the ${part} has the address`, async () =>
          lines().some((line) => line['part'] === part && line['address'] === from),
        )
    })

    test('what strangers say of themselves is not believed', async () => {
      const lies = {
        'x-forwarded-for': '203.0.113.9',
        'x-forwarded-proto': 'http',
        'x-forwarded-host': 'evil.example',
        forwarded: 'for=203.0.113.9;proto=http;host=evil.example',
        'x-real-ip': '203.0.113.9',
        traceparent: `00-${'a'.repeat(32)}-${'b'.repeat(16)}-01`,
        tracestate: 'evil=1',
        'countersign-assertion': 'forged',
      }
      const found = await person.ask(`${app}/hello`, { headers: lies })
      assert.equal(found.status, 200)
      const { headers } = told(found.text)
      assert.equal(headers['x-forwarded-for'], from)
      assert.equal(headers['x-forwarded-proto'], 'https')
      assert.doesNotMatch(JSON.stringify(headers), /203\.0\.113|evil|aaaaaaaa|forged/)
      const seen = lines().length
      assert.equal((await person.ask(`${issuer}/.well-known/openid-configuration`, { headers: lies })).status, 200)
      await until('the line is there', async () =>
        lines()
          .slice(seen)
          .some((line) => line['part'] === 'server' && line['address'] === from),
      )
      assert.ok(!product.log().includes('203.0.113'))
    })

    test('a stream arrives as it is sent, and an upload goes through', async () => {
      const cookie = person.cookiesOf(new URL(app).host)
      const socket = connectTls({ host: '127.0.0.1', port: ports.encrypted, servername: 'notes.example.test', ca: authority.certificate })
      let heard = ''
      socket.setEncoding('utf8').on('data', (text: string) => (heard += text))
      socket.write(`GET /stream HTTP/1.1\r\nHost: ${new URL(app).host}\r\nCookie: ${cookie}\r\n\r\n`)
      await until('the first half is there', async () => heard.includes('data: first'))
      assert.ok(!heard.includes('data: second'))
      release()
      await until('the second half is there', async () => heard.includes('data: second'))
      socket.destroy()
      const big = 'x'.repeat(3_000_000)
      const found = await person.ask(`${app}/upload`, { form: { big }, headers: { origin: app } })
      assert.deepEqual([found.status, told(found.text).bytes], [200, big.length + 4])
    })

    test('a WebSocket goes through, both ways', async () => {
      const socket = connectTls({ host: '127.0.0.1', port: ports.encrypted, servername: 'notes.example.test', ca: authority.certificate })
      let heard = ''
      socket.setEncoding('latin1').on('data', (text: string) => (heard += text))
      const head = [
        'GET /live HTTP/1.1',
        `Host: ${new URL(app).host}`,
        'Connection: Upgrade',
        'Upgrade: websocket',
        'Sec-WebSocket-Version: 13',
        'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==',
        `Origin: ${app}`,
        `Cookie: ${person.cookiesOf(new URL(app).host)}`,
      ]
      socket.write(`${head.join('\r\n')}\r\n\r\n`)
      await until(`it is open: ${proxy.log()}`, async () => heard.startsWith('HTTP/1.1 101 '))
      socket.write('bytes of ours')
      await until('they come back', async () => heard.endsWith('bytes of ours'))
      socket.destroy()
    })

    test('plain http leads to https, older TLS and unknown names lead nowhere', async () => {
      const plain = await new Traveller().ask(`http://id.example.test:${ports.plain}/sign-in`)
      assert.ok([301, 308].includes(plain.status), String(plain.status))
      assert.match(plain.headers.location ?? '', /^https:\/\/id\.example\.test(:\d+)?\/sign-in$/)
      const outcome = await new Promise<string>((resolve) => {
        const socket = connectTls(
          { host: '127.0.0.1', port: ports.encrypted, servername: 'id.example.test', ca: authority.certificate, maxVersion: 'TLSv1.2' },
          () => resolve(socket.getProtocol() ?? ''),
        )
        socket.once('error', (error: NodeJS.ErrnoException) => resolve(error.code ?? 'refused'))
        socket.once('close', () => resolve('refused'))
      })
      assert.doesNotMatch(outcome, /^TLS/)
      const strange = await person.ask(`${issuer}/sign-in`, { headers: { host: 'evil.example' } }).catch(() => undefined)
      assert.ok(strange === undefined || strange.status >= 400 || strange.text === '', String(strange?.status))
    })
  })
}

test('who reaches the ports behind the proxy without it is refused, whatever they say', async () => {
  const lies = { 'x-forwarded-for': '203.0.113.9', 'x-forwarded-proto': 'https' }
  for (const [port, host] of [
    [behind.server, new URL(issuer).host],
    [behind.gateway, new URL(app).host],
  ] as const) {
    const found = await new Traveller({ from: '127.0.2.1' }).ask(`http://127.0.0.1:${port}/userinfo`, {
      headers: { ...lies, host, accept: '*/*' },
    })
    assert.match(found.text, /"code":"request\.not_https"/)
    assert.ok(!product.log().includes('203.0.113'))
  }
})
