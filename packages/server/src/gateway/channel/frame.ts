/**
 * Whole messages over a stream of bytes: four bytes of length, big-endian, then
 * that many bytes of JSON in UTF-8. Version 1 of the channel's format.
 *
 * @module
 */

import { readUtf8 } from '#kernel'

/** The policy sets of all apps in one message: at most 1 MiB a set and little more than that compiled, and thirty apps of that size do not share one gateway. */
export const mostFrameBytes: number = 64 * 1024 * 1024

/** Before both ends have proven themselves nothing long is said. */
export const mostGreetingBytes = 1024

const headBytes = 4

/** What arrived is no message of ours: the connection ends. */
export class FrameMistake extends Error {
  override readonly name = 'FrameMistake'
}

export function writeFrame(message: object): Uint8Array {
  const json = JSON.stringify(message)
  const length = Buffer.byteLength(json)
  if (length > mostFrameBytes) throw new FrameMistake('a message is too long to be sent')
  const frame = Buffer.allocUnsafe(headBytes + length)
  frame.writeUInt32BE(length)
  frame.write(json, headBytes, 'utf8')
  return frame
}

/** Puts messages together again. What is kept is never more than one message. */
export class FrameReader {
  #mostBytes: number
  #chunks: Buffer[] = []
  #length = 0

  constructor(mostBytes: number) {
    this.#mostBytes = mostBytes
  }

  /** From the next message on. */
  allow(mostBytes: number): void {
    this.#mostBytes = mostBytes
  }

  add(chunk: Buffer): void {
    this.#chunks.push(chunk)
    this.#length += chunk.length
  }

  /** The next whole message; undefined while it is incomplete. Throws {@link FrameMistake}. */
  next(): object | undefined {
    if (this.#length < headBytes) return undefined
    const expected = this.#join(headBytes).readUInt32BE(0)
    if (expected > this.#mostBytes) throw new FrameMistake('a message is too long')
    if (this.#length < headBytes + expected) return undefined
    const all = this.#join(headBytes + expected)
    this.#chunks = [all.subarray(headBytes + expected)]
    this.#length -= headBytes + expected
    return readMessage(all.subarray(headBytes, headBytes + expected))
  }

  /** The first chunk holds at least so many bytes. Chunks are joined once for each message and not once for each chunk. */
  #join(bytes: number): Buffer {
    const first = this.#chunks[0]
    if (first !== undefined && first.length >= bytes) return first
    const all = Buffer.concat(this.#chunks)
    this.#chunks = [all]
    return all
  }
}

function readMessage(bytes: Uint8Array): object {
  const text = readUtf8(bytes)
  if (text === undefined) throw new FrameMistake('a message is not UTF-8')
  try {
    const value: unknown = JSON.parse(text)
    if (typeof value === 'object' && value !== null) return value
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error
  }
  throw new FrameMistake('a message is not a JSON object')
}
