/** Answers that are streams: whoever takes nothing, leaves, or breaks. @module */

import assert from 'node:assert/strict'
import { connect, type Socket } from 'node:net'
import { Readable } from 'node:stream'
import { test } from 'node:test'
import { listen, type Answer } from '#http'
import { drainAfterwards, edgeWith } from '../listener.ts'
import { serve } from '../serve.ts'

test('a stream of which nobody takes anything is cut off and let go, and so is one whose reader had gone before', async () => {
  const route = edgeWith().routes[0]
  assert.ok(route)
  let letGo = 0
  const answering = Promise.withResolvers<void>()
  const handle = async (): Promise<Answer> => {
    const stream = new Readable({ read: () => void stream.push('x'.repeat(65_536)), destroy: (_error, done) => done(void (letGo += 1)) })
    await answering.promise
    return { status: 200, body: { stream, type: 'text/plain', mostSilenceMs: 300 } }
  }
  const served = await serve([{ name: 'streams', refusals: {}, routes: [{ ...route, caller: 'anyone', handle }] }])
  const listener = await listen(served.server, { host: '127.0.0.1', port: 0 })
  drainAfterwards(listener)
  const ask = async (): Promise<Socket> => {
    const socket = connect(listener.port, '127.0.0.1').on('error', () => undefined)
    const before = served.server.underWay
    socket.write('GET / HTTP/1.1\r\nHost: localhost:9000\r\n\r\n')
    while (served.server.underWay === before) await new Promise((resolve) => setImmediate(resolve))
    return socket
  }
  const [reader, goner] = [await ask(), await ask()]
  reader.pause()
  goner.destroy()
  while ((await listener.connections()) > 1) await new Promise((resolve) => setImmediate(resolve))
  answering.resolve()
  while (served.server.underWay > 0) await new Promise((resolve) => setTimeout(resolve, 10))
  assert.equal(letGo, 2)
  reader.destroy()
  assert.deepEqual(served.troubles, [])
})

test('a stream that breaks cuts its answer short and is reported; one whose reader leaves is not', async () => {
  const route = edgeWith().routes[0]
  assert.ok(route)
  let broken = true
  const endless = (): Readable =>
    Readable.from(
      (async function* () {
        for (;;) {
          yield 'x'.repeat(65_536)
          await new Promise((resolve) => setImmediate(resolve))
          if (broken) throw new Error('the source broke')
        }
      })(),
    )
  const served = await serve([
    {
      name: 'streams',
      refusals: {},
      routes: [
        { ...route, caller: 'anyone', handle: () => Promise.resolve({ status: 200, body: { stream: endless(), type: 'text/plain' } }) },
      ],
    },
  ])
  const listener = await listen(served.server, { host: '127.0.0.1', port: 0 })
  drainAfterwards(listener)
  const read = (leave: boolean) =>
    new Promise<void>((resolve) => {
      const socket = connect(listener.port, '127.0.0.1')
      socket.write('GET / HTTP/1.1\r\nHost: localhost:9000\r\n\r\n')
      socket.on('data', () => leave && socket.destroy())
      socket.on('error', () => undefined)
      socket.once('close', () => resolve())
    })
  await read(false)
  assert.deepEqual(
    served.troubles.map(({ causes }) => causes),
    [['Error: the source broke']],
  )
  broken = false
  await read(true)
  while (served.server.underWay > 0) await new Promise((resolve) => setImmediate(resolve))
  assert.equal(served.troubles.length, 1)
})
