/**
 * An app that is guarded, moved and left by the command line alone, on the product
 * as it is started, with its gateway's own process: each change is in force with
 * the first request after its answer.
 *
 * @module
 */

import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { createServer, request as ask, type IncomingMessage } from 'node:http'
import type { AddressInfo, Socket } from 'node:net'
import { hostname } from 'node:os'
import type { Duplex } from 'node:stream'
import { after, test } from 'node:test'
import { makeMember, startProduction } from '../production.ts'
import { runCommand, type Ran } from '../terminal.ts'
import { Traveller } from '../traveller.ts'

/** An app that says its name, never ends `/endless`, and echoes WebSockets. */
async function openApp(name: string): Promise<string> {
  const app = createServer((request, response) => {
    if (request.url === '/endless') response.write('begun')
    else response.end(name)
  })
  app.on('upgrade', (request: IncomingMessage, socket: Duplex) => {
    const accept = createHash('sha1').update(`${request.headers['sec-websocket-key'] ?? ''}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`)
    const head = ['HTTP/1.1 101 Switching Protocols', 'Connection: Upgrade', 'Upgrade: websocket']
    socket.write(`${[...head, `Sec-WebSocket-Accept: ${accept.digest('base64')}`].join('\r\n')}\r\n\r\n`)
    socket.on('error', () => undefined).pipe(socket)
  })
  app.unref()
  await new Promise<void>((resolve) => app.listen(0, '127.0.0.1', resolve))
  return `http://127.0.0.1:${(app.address() as AddressInfo).port}`
}

const production = await startProduction({ app: (_request, response) => response.end('the first app') })
const { product, admin, gatewayPort } = production
after(async () => product.stop('SIGKILL'))
const origin = `http://wiki.localhost:${gatewayPort}`
const on = async (...words: readonly string[]): Promise<Ran> => runCommand([...words, '--data', product.dataDir])
const made = async (...words: readonly string[]): Promise<Readonly<Record<string, unknown>>> => {
  const { code, out, err } = await on(...words, '--json')
  assert.equal(code, 0, err)
  return JSON.parse(out) as Readonly<Record<string, unknown>>
}

interface OpenConnection {
  readonly ended: Promise<void>
  isEnded(): boolean
}

const handshake = {
  connection: 'Upgrade',
  upgrade: 'websocket',
  'sec-websocket-version': '13',
  'sec-websocket-key': 'dGhlIHNhbXBsZSBub25jZQ==',
}

/** A WebSocket, or a download that has begun. */
async function open(path: string, headers: Readonly<Record<string, string>>): Promise<OpenConnection> {
  return new Promise((resolve, reject) => {
    const out = ask({ host: '127.0.0.1', port: gatewayPort, path, agent: false, headers: { host: new URL(origin).host, ...headers } })
    const opened = (stream: Socket | IncomingMessage): void => {
      let isEnded = false
      const ended = new Promise<void>((end) => stream.once('close', end)).then(() => void (isEnded = true))
      stream.on('error', () => undefined).resume()
      resolve({ ended, isEnded: () => isEnded })
    }
    out.on('upgrade', (_answer, socket: Socket) => opened(socket)).on('response', opened)
    out.on('error', reject).end()
  })
}

test('what cannot be served is said by member, and what is there already is a conflict', async () => {
  const words = ['--name', 'X', '--policy-store', 'none', '--upstream', 'http://169.254.169.254', '--path', '/* use']
  const wrong = await on('routes', 'create', `http://x.localhost:${gatewayPort}`, ...words)
  assert.equal(wrong.code, 1)
  assert.match(wrong.err, /^upstream: .*\npolicyStore: .*\nNo gateway can serve this route\. Nothing was changed\. \(routes\.mistaken\)/)
  const taken = await on('routes', 'create', `http://notes.localhost:${gatewayPort}`, ...words.with(3, 'app').with(5, 'http://127.0.0.1:1'))
  assert.deepEqual([taken.code, /routes\.configured_origin/.test(taken.err)], [7, true])
  const odd = await on('routes', 'create', `http://x.localhost:${gatewayPort}`, ...words.with(7, 'use /*'))
  assert.deepEqual([odd.code, /--path is written as/.test(odd.err)], [2, true])
})

test('a route by the name of the machine, which leads to loopback on most, reaches no listener of the server', async () => {
  const house = `http://house.localhost:${gatewayPort}`
  const words = ['--name', 'House', '--policy-store', 'app', '--upstream', `http://${hostname()}:${production.port}`]
  const { id } = await made('routes', 'create', house, ...words, '--path', '/* open:anyone')
  assert.equal((await new Traveller().ask(`${house}/livez`)).status, 502)
  await admin('DELETE', `/routes/${String(id)}`)
})

test('an app is guarded, moved and left by the command line', { timeout: 120_000 }, async () => {
  const [first, second] = [await openApp('the wiki'), await openApp('the new wiki')]
  const alice = { username: 'alice', password: 'a long enough passphrase of hers' }
  await admin('POST', '/users', alice)
  await makeMember(production, alice.username)
  const hers = new Traveller()
  assert.equal((await hers.ask(origin)).status, 421, 'nobody has said so yet')

  const words = ['--name', 'Wiki', '--policy-store', 'app', '--upstream', first, '--path', '/* use', '--path', '/endless open:anyone']
  const { id, configured, served } = await made('routes', 'create', origin, ...words)
  assert.deepEqual([configured, served], [false, true])
  assert.equal((await hers.ask(origin)).status, 303, 'from the first request on')
  assert.equal((await hers.open(origin, alice)).text, 'the wiki')
  assert.equal((await new Traveller().open(origin, { ...alice, username: 'mallory' })).status, 401)

  const cookie = hers.cookiesOf(new URL(origin).host)
  const socket = async (): Promise<OpenConnection> => open('/live', { cookie, origin, 'sec-fetch-site': 'same-origin', ...handshake })
  const [before, stranger] = [await socket(), await open('/endless', {})]
  await made('routes', 'update', String(id), '--upstream', second)
  assert.equal((await hers.ask(origin)).text, 'the new wiki')
  await Promise.all([before.ended, stranger.ended])

  assert.equal((await new Traveller().ask(`${origin}/feed`)).status, 303)
  await made('routes', 'update', origin, '--add-path', 'GET /feed open:anyone')
  assert.equal((await new Traveller().ask(`${origin}/feed`)).text, 'the new wiki', 'by its origin, and the other paths are what they were')
  await made('routes', 'update', origin, '--remove-path', 'GET /feed open:anyone')
  assert.equal((await new Traveller().ask(`${origin}/feed`)).status, 303)

  const later = await Promise.all([socket(), open('/endless', {})])
  assert.deepEqual(
    later.map((one) => one.isEnded()),
    [false, false],
  )
  const asked = await on('routes', 'delete', String(id))
  assert.equal(asked.code, 2)
  assert.match(asked.err, new RegExp(`Nobody reaches ${origin} any more: 2 paths, 1 of them for strangers`))
  assert.equal((await hers.ask(origin)).status, 200, 'only asked')
  await made('routes', 'delete', String(id), '--yes')
  assert.equal((await hers.ask(origin)).status, 421)
  assert.equal((await hers.ask(`${origin}/endless`)).status, 421)
  await Promise.all(later.map(async ({ ended }) => ended))
  const { items } = (await admin('GET', '/clients?limit=200')) as { readonly items: readonly { readonly clientId: string }[] }
  assert.ok(!items.some(({ clientId }) => clientId === `gateway ${new URL(origin).host}`), 'its client went with it')
  assert.equal((await hers.open(`http://notes.localhost:${gatewayPort}/`, alice)).text, 'the first app')
})
