/**
 * Stands between a server and its PostgreSQL and counts round trips: each ends
 * with ReadyForQuery, for which the driver waits before it asks again
 * (PostgreSQL documentation, "Frontend/Backend Protocol", section 54.7).
 *
 * @module
 */

import { connect, createServer, type AddressInfo } from 'node:net'

export interface CountingProxy {
  readonly port: number
  roundTrips(): number
  close(): void
}

export async function openCountingProxy(database: { readonly host: string; readonly port: number }): Promise<CountingProxy> {
  let count = 0
  const server = createServer((socket) => {
    const upstream = connect({ ...database, noDelay: true })
    const counter = new MessageCounter(() => (count += 1))
    socket.setNoDelay(true)
    socket.pipe(upstream)
    upstream.on('data', (chunk: Buffer) => counter.read(chunk)).pipe(socket)
    for (const [one, other] of [
      [socket, upstream],
      [upstream, socket],
    ] as const)
      one.on('error', () => other.destroy()).on('close', () => other.destroy())
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return { port: (server.address() as AddressInfo).port, roundTrips: () => count, close: () => server.close() }
}

/** One byte of type, then four of length, which count themselves. Messages may be cut anywhere. */
export class MessageCounter {
  readonly #ready: () => void
  readonly #head: number[] = []
  #left = 0

  constructor(ready: () => void) {
    this.#ready = ready
  }

  read(chunk: Uint8Array): void {
    let at = 0
    while (at < chunk.length) {
      if (this.#left > 0) {
        const step = Math.min(this.#left, chunk.length - at)
        this.#left -= step
        at += step
        continue
      }
      this.#head.push(chunk[at] ?? 0)
      at += 1
      if (this.#head.length < 5) continue
      const [type = 0, ...length] = this.#head
      this.#left = length.reduce((sum, byte) => sum * 256 + byte, 0) - 4
      this.#head.length = 0
      if (type === readyForQuery) this.#ready()
    }
  }
}

const readyForQuery = 'Z'.charCodeAt(0)
