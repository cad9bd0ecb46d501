/**
 * A load generator that is cheap enough not to be what is measured: it writes
 * one fixed request over keep-alive connections and counts whole answers.
 *
 * @module
 */

import { connect, type Socket } from 'node:net'

export interface Load {
  readonly port: number
  /** The whole request: head and body. */
  readonly request: string
  readonly connections: number
  readonly seconds: number
}

export interface LoadResult {
  readonly perSecond: number
  /** Answers that were not 200. */
  readonly bad: number
}

/** Loads a server on loopback for a bounded time. */
export async function load({ port, request, connections, seconds }: Load): Promise<LoadResult> {
  const counts = { good: 0, bad: 0 }
  const endsAt = performance.now() + seconds * 1000
  const began = performance.now()
  await Promise.all(Array.from({ length: connections }, async () => keepAsking(port, request, endsAt, counts)))
  return { perSecond: counts.good / ((performance.now() - began) / 1000), bad: counts.bad }
}

async function keepAsking(port: number, request: string, endsAt: number, counts: { good: number; bad: number }): Promise<void> {
  const bytes = Buffer.from(request)
  await new Promise<void>((resolve, reject) => {
    const socket: Socket = connect({ host: '127.0.0.1', port, noDelay: true })
    let held: Buffer = Buffer.alloc(0)
    socket.once('connect', () => socket.write(bytes))
    socket.once('error', reject)
    socket.once('close', () => resolve())
    socket.on('data', (chunk: Buffer) => {
      held = held.length === 0 ? chunk : Buffer.concat([held, chunk])
      const end = endOfAnswer(held)
      if (end === undefined) return
      if (held.subarray(9, 12).toString('latin1') === '200') counts.good += 1
      else counts.bad += 1
      held = held.subarray(end)
      if (performance.now() < endsAt) socket.write(bytes)
      else socket.destroy()
    })
  })
}

/** Where the first answer ends, by Content-Length or by the last chunk; undefined while it is not whole. */
export function endOfAnswer(bytes: Buffer): number | undefined {
  const head = bytes.indexOf('\r\n\r\n')
  if (head === -1) return undefined
  const fields = bytes.subarray(0, head).toString('latin1').toLowerCase()
  const length = /\r\ncontent-length: (\d+)/.exec(fields)
  if (length !== null) {
    const end = head + 4 + Number(length[1])
    return bytes.length >= end ? end : undefined
  }
  const last = bytes.indexOf('0\r\n\r\n', head + 4)
  return last === -1 ? undefined : last + 5
}
