/**
 * Load at a rate that does not wait for the server: a request is due at its time
 * whether earlier ones were answered or not, and its latency counts from then, so
 * that a server which stops for a second is seen to.
 *
 * @module
 */

import { connect, type Socket } from 'node:net'
import { endOfAnswer } from './load.ts'

export interface PacedLoad {
  readonly port: number
  readonly request: string
  readonly perSecond: number
  readonly seconds: number
  readonly connections: number
}

export interface PacedResult {
  readonly p50Ms: number
  readonly p99Ms: number
  readonly answered: number
  /** Answers with another status than 200. */
  readonly bad: number
}

/** Sends at the rate for so many seconds, and waits for what is under way. */
export async function pacedLoad({ port, request, perSecond, seconds, connections }: PacedLoad): Promise<PacedResult> {
  const bytes = Buffer.from(request)
  const due: number[] = []
  const tookMs: number[] = []
  let bad = 0
  const lines = await Promise.all(
    Array.from({ length: connections }, async () =>
      openLine(port, bytes, (dueAtMs, isGood) => {
        tookMs.push(performance.now() - dueAtMs)
        if (!isGood) bad += 1
      }),
    ),
  )
  const beganMs = performance.now()
  const total = Math.floor(perSecond * seconds)
  for (let made = 0; tookMs.length < total;) {
    const nowMs = performance.now() - beganMs
    for (; made < total && made * (1000 / perSecond) <= nowMs; made += 1) due.push(beganMs + made * (1000 / perSecond))
    for (const line of lines) {
      if (due.length === 0) break
      if (line.isFree()) line.ask(due.shift() ?? beganMs)
    }
    if (nowMs > (seconds + 30) * 1000) throw new Error('the server did not answer everything')
    await new Promise((resolve) => setImmediate(resolve))
  }
  for (const line of lines) line.close()
  const sorted = Float64Array.from(tookMs).sort()
  const at = (share: number): number => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN
  return { p50Ms: at(0.5), p99Ms: at(0.99), answered: tookMs.length, bad }
}

interface Line {
  readonly isFree: () => boolean
  readonly ask: (dueAtMs: number) => void
  readonly close: () => void
}

async function openLine(port: number, bytes: Buffer, answered: (dueAtMs: number, isGood: boolean) => void): Promise<Line> {
  return new Promise((resolve, reject) => {
    const socket: Socket = connect({ host: '127.0.0.1', port, noDelay: true })
    let held: Buffer = Buffer.alloc(0)
    let asked: number | undefined
    socket.once('error', reject)
    socket.once('connect', () =>
      resolve({
        isFree: () => asked === undefined,
        ask: (dueAtMs) => {
          asked = dueAtMs
          socket.write(bytes)
        },
        close: () => socket.destroy(),
      }),
    )
    socket.on('data', (chunk: Buffer) => {
      held = held.length === 0 ? chunk : Buffer.concat([held, chunk])
      const end = endOfAnswer(held)
      if (end === undefined || asked === undefined) return
      const isGood = held.subarray(9, 12).toString('latin1') === '200'
      const dueAtMs = asked
      asked = undefined
      held = held.subarray(end)
      answered(dueAtMs, isGood)
    })
  })
}
