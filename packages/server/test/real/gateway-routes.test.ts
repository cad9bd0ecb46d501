/**
 * Hosts that the server tells a gateway of while it runs: in force when that is
 * acknowledged, gone when they are taken away, and not believed when the server is silent.
 *
 * @module
 */

import assert from 'node:assert/strict'
import { createServer, type IncomingMessage } from 'node:http'
import type { AddressInfo } from 'node:net'
import { after, before, test } from 'node:test'
import type { GatewayHost } from '#gateway'
import { authority, get, open, openHouse, origin, problemOf, until, type House } from './gateway-house.ts'

const wiki = 'wiki.localhost:9001'
const app = createServer((request, response) => {
  if (request.url === '/assets/endless') response.write('begun')
  else response.end(`the app, asked as ${request.headers.host ?? ''}`)
})
const other = createServer((_request, response) => response.end('the other app'))
let house: House
let told: GatewayHost
let moved: GatewayHost

before(async () => {
  house = await openHouse({ app })
  await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve))
  const { port } = app.address() as AddressInfo
  told = {
    origin: `http://${wiki}`,
    name: 'Wiki',
    policyStore: 'notes',
    upstream: `http://127.0.0.1:${port}`,
    clientId: 'gateway wiki',
    routes: [
      { path: '/*', action: 'read', resource: { type: 'Collection', id: 'notes' } },
      { path: '/assets/*', open: 'anyone' },
    ],
  }
  moved = { ...told, upstream: `http://127.0.0.1:${(other.address() as AddressInfo).port}` }
})
after(async () => {
  await house.close()
  other.close()
})

const tell = async (...hosts: readonly GatewayHost[]): Promise<void> => {
  house.server.hosts = hosts
  await house.channel.publishRoutes()
}
const ask = async (host: string, path = '/assets/x') => get(house.port, path, { headers: { host } })

/** A download that goes on, and whether it does. */
async function download(host: string): Promise<() => boolean> {
  const answer: IncomingMessage = await open(house.port, '/assets/endless', { headers: { host } })
  let isCut = false
  answer.on('error', () => undefined).once('close', () => (isCut = true))
  answer.resume()
  return () => isCut
}

test('a host is served when its telling is acknowledged, moved with its next request, and gone when it was taken away', async () => {
  assert.equal((await ask(wiki)).status, 421)
  await tell(told)
  assert.equal((await ask(wiki)).body, `the app, asked as ${wiki}`)
  assert.equal((await ask(wiki, '/page')).status, 401, 'what is not open asks who it is')
  const [theirs, ours] = [await download(wiki), await download(authority)]
  await tell(told)
  assert.deepEqual([theirs(), ours()], [false, false], 'what did not change goes on')
  await tell(moved)
  assert.equal((await ask(wiki)).body, 'the other app')
  await until(theirs)
  await tell()
  assert.equal((await ask(wiki)).status, 421)
  assert.equal(ours(), false, 'nobody else lost anything')
  assert.equal((await ask(authority)).status, 200)
})

test('a host of the configuration is never replaced, and one that cannot be guarded takes no other with it', async () => {
  const wrong = [
    { ...moved, origin },
    { ...moved, origin: 'http://blog.localhost:9001', upstream: 'http://169.254.169.254' },
    { ...moved, origin: 'http://shop.localhost:9001', routes: [{ path: '/*', open: 'everybody' }] },
    { ...moved, origin: 'http://a.localhost:9001', routes: [{ path: '/*' }] },
    { ...moved, origin: 'http://B.localhost:9001' },
    { ...moved, origin: 'http://c.localhost.:9001' },
    { ...moved, name: 7 },
    { ...moved, origin: 'http://shop.localhost:9001' },
    { ...told, origin: 'http://shop.localhost:9001' },
  ] as readonly GatewayHost[]
  await tell(...wrong, told)
  assert.equal((await ask(authority)).body, `the app, asked as ${authority}`)
  assert.equal((await ask(wiki)).body, `the app, asked as ${wiki}`)
  assert.equal((await ask('shop.localhost:9001')).body, 'the other app', 'the first of two')
  for (const host of ['blog', 'a', 'b', 'c.']) assert.equal((await ask(`${host}.localhost:9001`)).status, 421, host)
  await tell()
})

test('a gateway that comes back serves what stands then, and what it knew before only as long as it may believe it', async () => {
  await tell(told)
  const [theirs, ours] = [await download(wiki), await download(authority)]
  await house.stopServer()
  house.server.hosts = [{ ...moved, origin: 'http://blog.localhost:9001' }]
  await until(theirs, 3_000)
  const refused = await ask(wiki)
  assert.deepEqual([refused.status, problemOf(refused)], [503, 'server.unavailable'], 'open to strangers, and still not believed')
  assert.equal(ours(), false, 'what the configuration opens to strangers needs no server')
  assert.equal((await ask(authority)).status, 200)
  await house.startServer()
  await until(() => house.channel.connected === 1)
  for (let tries = 0; tries < 100 && (await ask('blog.localhost:9001')).status !== 200; tries += 1)
    await new Promise((resolve) => setTimeout(resolve, 20))
  assert.equal((await ask('blog.localhost:9001')).body, 'the other app')
  assert.equal((await ask(wiki)).status, 421)
  await tell()
})

test('no host that was told of leads to a listener of ours, by number, by a name that leads there, or over a WebSocket', async () => {
  const asked: (string | undefined)[] = []
  const ours = createServer((request, response) => response.end(void asked.push(request.url)))
  ours.on('upgrade', (request, socket) => socket.end(void asked.push(request.url)))
  const theirs = createServer((_request, response) => response.end('an app'))
  for (const server of [ours, theirs]) await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const [own, free] = [ours, theirs].map((server) => (server.address() as AddressInfo).port)
  const guard = await openHouse({
    app: (_request, response) => response.end('of the configuration'),
    ownListeners: [{ host: '127.0.0.1', port: own ?? 0 }],
    moreHosts: () => [{ ...told, origin: 'http://ours.localhost:9001', upstream: `http://127.0.0.1:${own}` }],
  })
  after(async () => {
    await guard.close()
    ours.close()
    theirs.close()
  })
  guard.server.hosts = [
    { ...told, origin: 'http://number.localhost:9001', upstream: `http://127.0.0.2:${own}` },
    { ...told, origin: 'http://name.localhost:9001', upstream: `http://localhost:${own}` },
    { ...told, origin: 'http://app.localhost:9001', upstream: `http://localhost:${free}` },
    { ...told, origin: 'https://secure.localhost:9001', upstream: `http://localhost:${free}` },
  ]
  await guard.channel.publishRoutes()
  const at = async (host: string, headers: Readonly<Record<string, string>> = {}): Promise<number> =>
    (await get(guard.port, '/assets/x', { headers: { host: `${host}.localhost:9001`, ...headers } })).status
  const handshake = {
    connection: 'upgrade',
    upgrade: 'websocket',
    'sec-websocket-version': '13',
    'sec-websocket-key': 'A'.repeat(22) + '==',
  }
  assert.deepEqual([await at('number'), await at('name'), await at('name', handshake), await at('app')], [421, 502, 502, 200])
  assert.equal(await at('secure'), 421, 'what is of another scheme than the configured hosts is not served')
  assert.deepEqual(asked, [])
  assert.equal(await at('ours'), 200, 'what the configuration says is meant')
})
