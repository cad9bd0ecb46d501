/**
 * The part of the WebSocket protocol (RFC 6455) that Notes needs, as judgements on
 * bytes: the opening handshake, and the frames that a page of ours can send, which
 * are control frames alone. The page is told something; it has nothing to say.
 *
 * @module
 */

import { createHash } from 'node:crypto'
import type { IncomingMessage } from 'node:http'

export const opcodes = { text: 0x1, close: 0x8, ping: 0x9, pong: 0xa } as const

/** Section 7.4.1. */
export const closeCodes = { goingAway: 1001, protocolError: 1002, noData: 1003 } as const

export type Handshake =
  { readonly is: 'good'; readonly accept: string } | { readonly is: 'bad'; readonly status: 400 | 403 | 426; readonly why: string }

/** Section 4.2.1, in the order in which a stranger learns least: whose page it is comes first. */
export function readHandshake({ method, headers }: Pick<IncomingMessage, 'method' | 'headers'>, publicOrigin: string): Handshake {
  // Section 10.2. Browsers always say it, so there is no reading without it.
  if (headers.origin !== publicOrigin) return { is: 'bad', status: 403, why: 'Forbidden' }
  if (method !== 'GET' || headers.upgrade?.toLowerCase() !== 'websocket') return { is: 'bad', status: 400, why: 'Bad Request' }
  if (headers['sec-websocket-version'] !== '13') return { is: 'bad', status: 426, why: 'Upgrade Required' }
  const key = headers['sec-websocket-key'] ?? ''
  // 16 bytes in base64.
  if (!/^[A-Za-z0-9+/]{22}==$/.test(key)) return { is: 'bad', status: 400, why: 'Bad Request' }
  return { is: 'good', accept: createHash('sha1').update(`${key}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`).digest('base64') }
}

export type ReadFrame =
  | { readonly is: 'control'; readonly opcode: number; readonly payload: Buffer; /** Bytes that it took. */ readonly length: number }
  | { readonly is: 'incomplete' }
  | { readonly is: 'refused'; readonly code: (typeof closeCodes)['protocolError' | 'noData'] }

const controls: ReadonlySet<number> = new Set([opcodes.close, opcodes.ping, opcodes.pong])

/** Reads the first frame of what came, section 5.2. The first two bytes tell whether the rest, 129 bytes at most, is worth waiting for. */
export function readFrame(bytes: Buffer): ReadFrame {
  const [first, second] = bytes
  if (first === undefined || second === undefined) return { is: 'incomplete' }
  const opcode = first & 0x0f
  const length = second & 0x7f
  const [isLast, isExtended, isMasked] = [(first & 0x80) !== 0, (first & 0x70) !== 0, (second & 0x80) !== 0]
  // Section 5.1: what a browser sends is masked. No extension was agreed on.
  if (!isMasked || isExtended) return { is: 'refused', code: closeCodes.protocolError }
  if (opcode <= 0x2) return { is: 'refused', code: closeCodes.noData }
  // Section 5.5: control frames are whole and short.
  if (!controls.has(opcode) || !isLast || length > 125) return { is: 'refused', code: closeCodes.protocolError }
  const end = 6 + length
  if (bytes.length < end) return { is: 'incomplete' }
  const mask = bytes.subarray(2, 6)
  const payload = Buffer.from(bytes.subarray(6, end).map((byte, at) => byte ^ (mask[at % 4] ?? 0)))
  return { is: 'control', opcode, payload, length: end }
}

/** A whole frame of a server, which is not masked. The payload has 125 bytes at most. */
export function writeFrame(opcode: number, payload: Buffer): Buffer {
  return Buffer.concat([Buffer.from([0x80 | opcode, payload.length]), payload])
}

/** A frame that says why the connection ends. */
export function closingFrame(code: number): Buffer {
  const payload = Buffer.alloc(2)
  payload.writeUInt16BE(code)
  return writeFrame(opcodes.close, payload)
}
