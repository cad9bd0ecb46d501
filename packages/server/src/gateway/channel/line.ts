/**
 * One end of a connection that carries messages both ways.
 *
 * @module
 */

import type { Duplex } from 'node:stream'
import { FrameMistake, FrameReader, mostFrameBytes, mostGreetingBytes, writeFrame } from './frame.ts'

export interface LineListener {
  message(message: object): void
  /** Called once. `why` is undefined when the other end closed, or its process ended. */
  end(why: Error | undefined): void
}

/** What the other end has not read yet. One that reads nothing is cut off, and does not fill our memory. */
const mostUnreadBytes = 2 * mostFrameBytes

export class Line {
  readonly #stream: Duplex
  readonly #reader = new FrameReader(mostGreetingBytes)
  #listener: LineListener
  #ended = false
  #why: Error | undefined

  constructor(stream: Duplex, listener: LineListener) {
    this.#stream = stream
    this.#listener = listener
    stream.on('data', (chunk: Buffer) => this.#read(chunk))
    stream.on('error', (error) => this.end(isHangUp(error) ? undefined : error))
    stream.on('end', () => this.end())
    stream.on('close', () => this.end())
  }

  /** Both ends have proven themselves: long messages are read, and somebody else listens. */
  trust(listener: LineListener): void {
    this.#reader.allow(mostFrameBytes)
    this.#listener = listener
  }

  /** False when the line has ended. */
  send(message: object): boolean {
    if (this.#ended) return false
    if (this.#stream.writableLength > mostUnreadBytes) {
      this.end(new Error('the other end does not read'))
      return false
    }
    this.#stream.write(writeFrame(message))
    return true
  }

  end(why?: Error): void {
    if (this.#ended) return
    this.#ended = true
    this.#why = why
    this.#stream.destroy()
    this.#listener.end(this.#why)
  }

  #read(chunk: Buffer): void {
    this.#reader.add(chunk)
    try {
      while (!this.#ended) {
        const message = this.#reader.next()
        if (message === undefined) return
        this.#listener.message(message)
      }
    } catch (error) {
      if (error instanceof FrameMistake) this.end(error)
      else throw error
    }
  }
}

/** The other process is gone; whoever started it says so. */
function isHangUp(error: NodeJS.ErrnoException): boolean {
  return error.code === 'EPIPE' || error.code === 'ECONNRESET'
}
