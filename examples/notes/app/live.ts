/**
 * Live updates: a WebSocket on which the app says that something changed. What
 * changed the page then asks for, as that person.
 *
 * Everything that a browser can make long is bounded: how many sockets there are,
 * what is read of it, what waits until it reads, and the time without an answer.
 *
 * @module
 */

import type { IncomingMessage } from 'node:http'
import type { Duplex } from 'node:stream'
import { closeCodes, closingFrame, opcodes, readFrame, readHandshake, writeFrame } from './websocket.ts'

/** A browser tab each. */
const mostSockets = 1_000

/** A peer that has not answered one ping by the next is gone. */
export const pingEveryMs = 30_000

/** Beyond what the machine itself keeps. A thousand changes that a page has not read: it will ask for the list once in any case. */
export const mostWaitingBytes: number = 16 * 1024

export class Live {
  readonly #publicOrigin: string
  readonly #peers = new Set<Peer>()
  readonly #pings: NodeJS.Timeout
  #isClosed = false

  constructor(publicOrigin: string) {
    this.#publicOrigin = publicOrigin
    this.#pings = setInterval(() => {
      for (const peer of this.#peers) peer.ping()
    }, pingEveryMs)
    this.#pings.unref()
  }

  /** Takes over a connection whose request was verified. */
  welcome(request: Pick<IncomingMessage, 'method' | 'headers'>, socket: Duplex): void {
    // It may have gone while its request was verified.
    if (socket.destroyed) return undefined
    const handshake = readHandshake(request, this.#publicOrigin)
    if (handshake.is === 'bad') return refuse(socket, handshake.status, handshake.why)
    if (this.#isClosed || this.#peers.size >= mostSockets) return refuse(socket, 503, 'Service Unavailable')
    const head = [
      'HTTP/1.1 101 Switching Protocols',
      'Connection: Upgrade',
      'Upgrade: websocket',
      `Sec-WebSocket-Accept: ${handshake.accept}`,
    ]
    socket.write(`${head.join('\r\n')}\r\n\r\n`)
    const peer = new Peer(socket)
    this.#peers.add(peer)
    socket.on('error', () => socket.destroy())
    socket.on('end', () => socket.destroy())
    socket.on('close', () => this.#peers.delete(peer))
  }

  /** Tells every page that the list is another one now. */
  changed(): void {
    for (const peer of this.#peers) peer.send(opcodes.text, Buffer.from('changed'))
  }

  close(): void {
    this.#isClosed = true
    clearInterval(this.#pings)
    for (const peer of this.#peers) peer.cut()
  }
}

/** Answers a handshake that is not taken. A 426 says what would be (RFC 6455 section 4.4). */
export function refuse(socket: Duplex, status: number, why: string): void {
  const version = status === 426 ? 'Sec-WebSocket-Version: 13\r\n' : ''
  socket.end(`HTTP/1.1 ${status} ${why}\r\n${version}Content-Length: 0\r\nConnection: close\r\n\r\n`)
}

/** One open connection. */
class Peer {
  readonly #socket: Duplex
  #unread: Buffer = Buffer.alloc(0)
  #hasAnswered = true

  constructor(socket: Duplex) {
    this.#socket = socket
    socket.on('data', (bytes: Buffer) => this.#read(bytes))
  }

  send(opcode: number, payload: Buffer): void {
    if (this.#socket.writableEnded) return
    this.#socket.write(writeFrame(opcode, payload))
    if (this.#socket.writableLength > mostWaitingBytes) this.#socket.destroy()
  }

  /** Cuts whoever did not answer the last one, or has not taken note of the end. */
  ping(): void {
    if (!this.#hasAnswered || this.#socket.writableEnded) this.#socket.destroy()
    else this.send(opcodes.ping, Buffer.alloc(0))
    this.#hasAnswered = false
  }

  /** Says that the app ends, to whoever still reads. */
  cut(): void {
    if (!this.#socket.writableEnded) this.#socket.write(closingFrame(closeCodes.goingAway))
    this.#socket.destroy()
  }

  #read(bytes: Buffer): void {
    if (this.#socket.writableEnded) return
    this.#unread = Buffer.concat([this.#unread, bytes])
    while (!this.#socket.writableEnded && !this.#socket.destroyed) {
      const frame = readFrame(this.#unread)
      if (frame.is === 'incomplete') return
      if (frame.is === 'refused') return void this.#socket.end(closingFrame(frame.code))
      this.#unread = this.#unread.subarray(frame.length)
      if (frame.opcode === opcodes.pong) this.#hasAnswered = true
      if (frame.opcode === opcodes.ping) this.send(opcodes.pong, frame.payload)
      // Section 5.5.1: the same code comes back.
      if (frame.opcode === opcodes.close) this.#socket.end(writeFrame(opcodes.close, frame.payload.subarray(0, 2)))
    }
  }
}
