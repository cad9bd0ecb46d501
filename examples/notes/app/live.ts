/**
 * Live updates: a WebSocket (RFC 6455) on which the app says that something
 * changed. What changed the page then asks for, as that person.
 *
 * It takes the part of the protocol that this needs: short text frames out, and of
 * what comes in only pings and the close.
 *
 * @module
 */

import { createHash } from 'node:crypto'
import type { IncomingMessage } from 'node:http'
import type { Duplex } from 'node:stream'

/** A browser tab each. */
const mostSockets = 1_000
const pingEveryMs = 30_000

/** Nothing that a page of ours sends is longer: control frames are at most 125 bytes, and 4 of mask. */
const longestFrame = 131

const opcodes = { text: 0x1, close: 0x8, ping: 0x9, pong: 0xa } as const

export class Live {
  readonly #sockets = new Set<Duplex>()
  readonly #pings: NodeJS.Timeout

  constructor() {
    this.#pings = setInterval(() => this.#toAll(opcodes.ping, ''), pingEveryMs)
    this.#pings.unref()
  }

  /** Takes over a connection whose request was verified. */
  welcome(request: IncomingMessage, socket: Duplex): void {
    const key = request.headers['sec-websocket-key']
    if (key === undefined || this.#sockets.size >= mostSockets) {
      refuse(socket, 503)
      return
    }
    const accept = createHash('sha1').update(`${key}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`).digest('base64')
    socket.write(`HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Accept: ${accept}\r\n\r\n`)
    this.#sockets.add(socket)
    socket.on('error', () => socket.destroy())
    socket.on('close', () => this.#sockets.delete(socket))
    listen(socket)
  }

  /** Tells every page that the list is another one now. */
  changed(): void {
    this.#toAll(opcodes.text, 'changed')
  }

  close(): void {
    clearInterval(this.#pings)
    for (const socket of this.#sockets) socket.destroy()
  }

  #toAll(opcode: number, text: string): void {
    for (const socket of this.#sockets) socket.write(frame(opcode, Buffer.from(text)))
  }
}

/** Answers a handshake that is not taken. */
export function refuse(socket: Duplex, status: 401 | 503): void {
  socket.end(`HTTP/1.1 ${status} Refused\r\nContent-Length: 0\r\nConnection: close\r\n\r\n`)
}

/** Section 5.2: what a server sends is not masked. */
function frame(opcode: number, payload: Buffer): Buffer {
  return Buffer.concat([Buffer.from([0x80 | opcode, payload.length]), payload])
}

function listen(socket: Duplex): void {
  let unread = Buffer.alloc(0)
  socket.on('data', (chunk: Buffer) => {
    unread = Buffer.concat([unread, chunk])
    while (unread.length >= 2) {
      const opcode = (unread[0] ?? 0) & 0x0f
      const length = (unread[1] ?? 0) & 0x7f
      const masked = ((unread[1] ?? 0) & 0x80) !== 0
      // Section 5.1: what a browser sends is masked; section 5.5: control frames are short, and nothing else is expected.
      if (!masked || length > 125 || unread.length > longestFrame * 64) return void socket.destroy()
      if (unread.length < 6 + length) return undefined
      const mask = unread.subarray(2, 6)
      const payload = Buffer.from(unread.subarray(6, 6 + length).map((byte, at) => byte ^ (mask[at % 4] ?? 0)))
      unread = unread.subarray(6 + length)
      if (opcode === opcodes.ping) socket.write(frame(opcodes.pong, payload))
      if (opcode === opcodes.close) return void socket.end(frame(opcodes.close, payload))
    }
    return undefined
  })
}
