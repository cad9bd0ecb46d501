import assert from 'node:assert/strict'
import { createHmac, randomBytes } from 'node:crypto'
import { mkdtempSync, rmSync, statSync } from 'node:fs'
import { connect, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { serveChannel, startGateway, type ChannelServer } from '#gateway'
import { newId, Secret, systemClock } from '#kernel'
import { FakeServer, until } from './gateway-house.ts'

const secret = randomBytes(32)
const server = new FakeServer()
const quiet = { info: () => undefined, warn: () => undefined, error: () => undefined }
const folder = mkdtempSync(join(tmpdir(), 'countersign-channel-'))
const path = join(folder, 'channel.sock')
let channel: ChannelServer

before(async () => {
  channel = await serveChannel(path, { secret: new Secret(secret), ports: server.ports, clock: systemClock, log: quiet })
})
after(async () => {
  await channel.close()
  rmSync(folder, { recursive: true, force: true })
})

type Message = Readonly<Record<string, unknown>>

/** A gateway made by hand, that can do what ours never would. */
interface Guest {
  readonly socket: Socket
  readonly heard: Message[]
  isClosed(): boolean
  send(message: object): void
  next(is: string): Promise<Message>
}

async function connectGuest(at: string): Promise<Guest> {
  const socket = connect(at)
  const heard: Message[] = []
  let buffered = Buffer.alloc(0)
  let closed = false
  socket.on('data', (chunk: Buffer) => {
    buffered = Buffer.concat([buffered, chunk])
    while (buffered.length >= 4 && buffered.length >= 4 + buffered.readUInt32BE()) {
      const end = 4 + buffered.readUInt32BE()
      heard.push(JSON.parse(buffered.subarray(4, end).toString()) as Message)
      buffered = buffered.subarray(end)
    }
  })
  socket.on('error', () => undefined)
  socket.on('close', () => (closed = true))
  const next = async (is: string): Promise<Message> => {
    await until(() => heard.some((message) => message['is'] === is))
    return heard.find((message) => message['is'] === is) ?? {}
  }
  return { socket, heard, isClosed: () => closed, send: (message) => void socket.write(framed(message)), next }
}

function framed(message: object): Buffer {
  const json = Buffer.from(JSON.stringify(message))
  const head = Buffer.alloc(4)
  head.writeUInt32BE(json.length)
  return Buffer.concat([head, json])
}

function proofOf(key: Buffer, who: string, serverNonce: unknown, gatewayNonce: string): string {
  return createHmac('sha256', key)
    .update(`countersign channel 2 ${who}\n${String(serverNonce)}\n${gatewayNonce}`)
    .digest('base64url')
}

const nonce = randomBytes(32).toString('base64url')

async function proven(at: string = path): Promise<Guest> {
  const guest = await connectGuest(at)
  const { nonce: serverNonce } = await guest.next('challenge')
  guest.send({ is: 'proof', version: 2, nonce, proof: proofOf(secret, 'gateway', serverNonce, nonce) })
  const { proof } = await guest.next('welcome')
  assert.equal(proof, proofOf(secret, 'server', serverNonce, nonce))
  return guest
}

test('the socket can be opened by its owner alone', () => {
  assert.equal(statSync(path).mode & 0o777, 0o600)
})

test('who holds the secret is given keys, policies and routes, and the server proves that it holds it too', async () => {
  const guest = await proven()
  await until(() => guest.heard.filter(({ is }) => is === 'push').length === 3)
  assert.deepEqual(
    guest.heard.map(({ is, what }) => what ?? is),
    ['challenge', 'welcome', 'secrets', 'policies', 'routes'],
  )
  guest.socket.destroy()
})

for (const [says, answer] of [
  ['another secret', (serverNonce: unknown) => ({ version: 2, nonce, proof: proofOf(randomBytes(32), 'gateway', serverNonce, nonce) })],
  [
    'the proof of an earlier connection',
    () => ({ version: 2, nonce, proof: proofOf(secret, 'gateway', randomBytes(32).toString('base64url'), nonce) }),
  ],
  ["the server's own proof", (serverNonce: unknown) => ({ version: 2, nonce, proof: proofOf(secret, 'server', serverNonce, nonce) })],
  ['another version', (serverNonce: unknown) => ({ version: 1, nonce, proof: proofOf(secret, 'gateway', serverNonce, nonce) })],
  ['no nonce', (serverNonce: unknown) => ({ version: 2, nonce: '', proof: proofOf(secret, 'gateway', serverNonce, '') })],
  ['no proof', () => ({ version: 2, nonce })],
] as const) {
  test(`a stranger with ${says} is told nothing`, async () => {
    const guest = await connectGuest(path)
    const { nonce: serverNonce } = await guest.next('challenge')
    guest.send({ is: 'proof', ...answer(serverNonce) })
    await until(() => guest.isClosed())
    assert.deepEqual(
      guest.heard.map(({ is }) => is),
      ['challenge'],
    )
  })
}

test('a stranger who asks before proving anything, sends long things or nothing at all is cut off', async () => {
  const asks = await connectGuest(path)
  asks.send({ is: 'ask', number: 1, what: 'session', value: { id: newId('ses'), purpose: 'use' } })
  const long = await connectGuest(path)
  const head = Buffer.alloc(4)
  head.writeUInt32BE(1_025)
  long.socket.write(head)
  const silent = await connectGuest(path)
  await until(() => asks.isClosed() && long.isClosed())
  await until(() => silent.isClosed(), 3_000)
  for (const guest of [asks, long, silent])
    assert.deepEqual(
      guest.heard.map(({ is }) => is),
      ['challenge'],
    )
})

test('a gateway that says what is no message of the channel is cut off', async () => {
  for (const message of [
    { is: 'ask', number: 1, what: 'everything' },
    { is: 'ask', number: 1, what: 'session', value: { id: '*', purpose: 'use' } },
    { is: 'ask', number: 1, what: 'record', value: [{ event: { what: 'session.ended' } }] },
    { is: 'ask', number: -1, what: 'session' },
    { is: 'shout', number: 1 },
    { number: 1 },
  ]) {
    const guest = await proven()
    guest.send(message)
    await until(() => guest.isClosed())
  }
  assert.equal(server.events.length, 0)
})

test('a refusal travels with its code and sentence, an outage without its causes', async () => {
  const guest = await proven()
  const exchange = { requestId: newId('req'), clientId: 'c', code: 'c', verifier: 'v', redirectUri: 'http://a.test/' }
  guest.send({ is: 'ask', number: 1, what: 'exchange', value: exchange })
  const refused = await guest.next('refused')
  assert.deepEqual([refused['number'], refused['code']], [1, 'grant.unknown_code'])
  server.recording = Promise.reject(new Error('secret words'))
  server.recording.catch(() => undefined)
  guest.send({ is: 'ask', number: 2, what: 'record', value: [] })
  assert.deepEqual(await guest.next('unavailable'), { number: 2, is: 'unavailable', what: 'server', retryAfterSeconds: 1 })
  server.recording = Promise.resolve()
  guest.socket.destroy()
})

test('pings are answered only while the server itself knows everything', async () => {
  const guest = await proven()
  guest.send({ is: 'ping', number: 7 })
  assert.deepEqual(await guest.next('pong'), { is: 'pong', number: 7, ageMs: 0 })
  server.ageMs = 1_001
  guest.send({ is: 'ping', number: 8 })
  guest.send({ is: 'ask', number: 9, what: 'session', value: { id: newId('ses'), purpose: 'look' } })
  await guest.next('answer')
  assert.equal(guest.heard.filter(({ is }) => is === 'pong').length, 1)
  server.ageMs = 0
  guest.socket.destroy()
})

test('no ping is answered before keys, policies and routes were told (who came back decided by the policies of before)', async () => {
  const { promise: held, resolve: letGo } = Promise.withResolvers<void>()
  const { ports } = server
  const slow = { ...ports, secrets: async () => held.then(async () => ports.secrets()) }
  const other = await serveChannel(`${path}.slow`, { secret: new Secret(secret), ports: slow, clock: systemClock, log: quiet })
  const guest = await proven(`${path}.slow`)
  guest.send({ is: 'ping', number: 1 })
  guest.send({ is: 'ask', number: 2, what: 'session', value: { id: newId('ses'), purpose: 'look' } })
  await guest.next('answer')
  assert.equal(guest.heard.filter(({ is }) => is === 'pong').length, 0)
  letGo()
  await until(() => guest.heard.filter(({ is }) => is === 'push').length === 3)
  guest.send({ is: 'ping', number: 3 })
  assert.equal((await guest.next('pong'))['number'], 3)
  guest.socket.destroy()
  await other.close()
})

test('a revocation is acknowledged when the gateway says so, and not before', async () => {
  const guest = await proven()
  guest.send({ is: 'ping', number: 1 })
  await guest.next('pong')
  let done = false
  const announced = server.announce([{ kind: 'session', id: newId('ses') }]).then(() => (done = true))
  await until(() => guest.heard.some(({ what }) => what === 'revoked'))
  await new Promise((resolve) => setTimeout(resolve, 20))
  assert.equal(done, false)
  const { number } = guest.heard.find(({ what }) => what === 'revoked') ?? {}
  guest.send({ is: 'heard', number })
  await announced
  guest.socket.destroy()
})

test('a gateway that leaves counts as one that has not heard for as long as it may believe what it knew', async () => {
  const guest = await proven()
  guest.send({ is: 'ping', number: 1 })
  await guest.next('pong')
  guest.socket.destroy()
  await until(() => channel.connected === 0)
  const began = performance.now()
  await server.announce([{ kind: 'session', id: newId('ses') }])
  const tookMs = performance.now() - began
  assert.ok(tookMs > 700 && tookMs < 2_000, `${tookMs} ms`)
})

test('a gateway is given new policies and keys, and the caller waits until they are in effect', async () => {
  const guest = await proven()
  await until(() => guest.heard.filter(({ is }) => is === 'push').length === 3)
  let done = false
  const published = channel.publishPolicies().then(() => (done = true))
  await until(() => guest.heard.filter(({ what }) => what === 'policies').length === 2)
  assert.equal(done, false)
  guest.send({ is: 'heard', number: guest.heard.at(-1)?.['number'] })
  await published
  guest.socket.destroy()
})

test('a gateway does not start for a server that does not hold the secret', async () => {
  const started = startGateway({
    config: { issuer: 'http://localhost:9000', listen: { host: '127.0.0.1', port: 0 }, hosts: [] },
    channel: { path, secret: new Secret<Uint8Array>(randomBytes(32)) },
    ports: { clock: systemClock, log: quiet, signer: () => never(), sealer: () => never(), renderPage: () => '', stylesheet: '' },
    limits: { furnishMs: 300 },
  })
  await assert.rejects(started, { name: 'Unavailable' })
})

function never(): never {
  throw new Error('it was given keys')
}
