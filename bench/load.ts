/**
 * A load generator that is cheap enough not to be what is measured: it writes
 * requests over keep-alive connections and counts whole answers.
 *
 * @module
 */

import { connect, type Socket } from 'node:net'

export interface Load {
  readonly port: number
  /** The whole request, head and body; or what makes each of them, from the number of the connection and the answer before. */
  readonly request: string | ((connection: number, before: string | undefined) => string)
  readonly connections: number
  readonly seconds: number
  /** The address that it comes from; the usual one of this machine when absent. */
  readonly from?: string
  /** 200 when absent. */
  readonly goodStatuses?: readonly number[]
}

export interface LoadResult {
  readonly perSecond: number
  /** Answers with another status. */
  readonly bad: number
  readonly good: number
}

/** Loads a server on loopback for a bounded time. */
export async function load({ port, request, connections, seconds, from, goodStatuses = [200] }: Load): Promise<LoadResult> {
  const counts = { good: 0, bad: 0 }
  const endsAt = performance.now() + seconds * 1000
  const began = performance.now()
  const fixed = typeof request === 'string' ? Buffer.from(request) : undefined
  const next = typeof request === 'string' ? undefined : request
  await Promise.all(
    Array.from({ length: connections }, async (_, at) =>
      keepAsking(port, (before) => fixed ?? Buffer.from(next?.(at, before?.toString('latin1')) ?? ''), endsAt, goodStatuses, counts, from),
    ),
  )
  return { perSecond: counts.good / ((performance.now() - began) / 1000), ...counts }
}

async function keepAsking(
  port: number,
  next: (before: Buffer | undefined) => Buffer,
  endsAt: number,
  goodStatuses: readonly number[],
  counts: { good: number; bad: number },
  from: string | undefined,
): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    const socket: Socket = connect({ host: '127.0.0.1', port, noDelay: true, ...(from === undefined ? {} : { localAddress: from }) })
    let held: Buffer = Buffer.alloc(0)
    socket.once('connect', () => socket.write(next(undefined)))
    socket.once('error', reject)
    socket.once('close', () => resolve())
    socket.on('data', (chunk: Buffer) => {
      held = held.length === 0 ? chunk : Buffer.concat([held, chunk])
      const end = endOfAnswer(held)
      if (end === undefined) return
      if (goodStatuses.includes(Number(held.subarray(9, 12).toString('latin1')))) counts.good += 1
      else counts.bad += 1
      const answer = held.subarray(0, end)
      held = held.subarray(end)
      // Asked in any case: what the last answer gave out is where the next run begins.
      const bytes = next(answer)
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
