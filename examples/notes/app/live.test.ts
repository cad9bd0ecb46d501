import assert from 'node:assert/strict'
import { Duplex } from 'node:stream'
import { setImmediate } from 'node:timers/promises'
import { test, type TestContext } from 'node:test'
import { Live, mostWaitingBytes, pingEveryMs } from './live.ts'

const origin = 'http://notes.localhost:9001'
const key = 'dGhlIHNhbXBsZSBub25jZQ=='
const headers = { origin, upgrade: 'websocket', 'sec-websocket-version': '13', 'sec-websocket-key': key }

/** The app's end of a connection; a slow one takes the handshake and then nothing more. */
class Connection extends Duplex {
  readonly #isSlow: boolean
  #taken = ''

  constructor(isSlow = false) {
    super()
    this.#isSlow = isSlow
  }

  override _read(): void {
    // What comes is pushed.
  }

  override _write(chunk: Buffer, _encoding: string, done: () => void): void {
    const isFirst = this.#taken === ''
    this.#taken += chunk.toString('latin1')
    if (isFirst || !this.#isSlow) done()
  }

  /** In hexadecimal digits, what was sent since this was last asked. */
  sent(): string {
    const [head = '', ...rest] = this.#taken.split('\r\n\r\n')
    const frames = head.startsWith('HTTP/') ? rest.join('\r\n\r\n') : head
    this.#taken = ' '
    return Buffer.from(frames.trimStart(), 'latin1').toString('hex')
  }

  async receive(frame: string): Promise<void> {
    this.push(Buffer.from(frame, 'hex'))
    await setImmediate()
    await setImmediate()
  }
}

function open(t: TestContext, isSlow = false): { readonly live: Live; readonly connection: Connection } {
  t.mock.timers.enable({ apis: ['setInterval'] })
  const live = new Live(origin)
  t.after(() => live.close())
  const connection = new Connection(isSlow)
  live.welcome({ method: 'GET', headers }, connection)
  return { live, connection }
}

const changed = `8107${Buffer.from('changed').toString('hex')}`
const ping = '8900'
const pong = '8a8000000000'

test('a page hears of changes, and its pings are answered', async (t) => {
  const { live, connection } = open(t)
  live.changed()
  assert.equal(connection.sent(), changed)
  await connection.receive('8982 00000000 6162'.replaceAll(' ', ''))
  assert.equal(connection.sent(), '8a026162')
})

test('a peer that answers is kept, one that does not is cut at the next ping', async (t) => {
  const { connection } = open(t)
  t.mock.timers.tick(pingEveryMs)
  assert.equal(connection.sent(), ping)
  await connection.receive(pong)
  t.mock.timers.tick(pingEveryMs - 1)
  assert.equal(connection.sent(), '')
  t.mock.timers.tick(1)
  assert.equal(connection.sent(), ping)
  // A ping of its own is not an answer.
  await connection.receive('898000000000')
  t.mock.timers.tick(pingEveryMs - 1)
  assert.equal(connection.destroyed, false)
  t.mock.timers.tick(1)
  assert.equal(connection.destroyed, true)
})

test('what waits for a slow reader is bounded', (t) => {
  const { live, connection } = open(t, true)
  const frameBytes = changed.length / 2
  const most = Math.floor(mostWaitingBytes / frameBytes)
  for (let count = 0; count < most; count += 1) live.changed()
  assert.equal(connection.destroyed, false)
  live.changed()
  assert.equal(connection.destroyed, true)
  live.changed()
})

for (const [says, frame, answer] of [
  ['text', '818100000000 61', '880203eb'],
  ['an unmasked frame', '8900', '880203ea'],
  ['a ping that is too long', '89fe', '880203ea'],
  ['the end, with a reason', '8884 00000000 03e86162', '880203e8'],
  ['the end', '8880 00000000', '8800'],
] as const) {
  test(`a peer that sends ${says} is answered with the end, and nothing more`, async (t) => {
    const { live, connection } = open(t)
    connection.sent()
    await connection.receive(`${frame}8980 00000000`.replaceAll(' ', ''))
    live.changed()
    assert.equal(connection.sent(), answer)
    assert.equal(connection.writableEnded, true)
    t.mock.timers.tick(pingEveryMs)
    assert.equal(connection.destroyed, true)
  })
}

test('who is gone before the welcome is not kept, and who comes after the end is refused', (t) => {
  const { live } = open(t)
  const gone = new Connection()
  gone.destroy()
  live.welcome({ method: 'GET', headers }, gone)
  assert.equal(gone.sent(), '')
  live.close()
  const late = new Connection()
  live.welcome({ method: 'GET', headers }, late)
  assert.equal(late.writableEnded, true)
})
