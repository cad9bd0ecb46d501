/**
 * Bodies in crumbs: a chunked body (RFC 9112 section 7.1) may come in chunks of
 * one byte, and each costs Node's parser a call into JavaScript. 64 KiB of them
 * took 120 ms, before anybody had decided to read a byte of it.
 *
 * What the parser was handed in one read, it parses to its end; nothing in
 * Node's interface stops it. So the callback for bodies is taken from it, which
 * it allows for, and what remains of the read costs a tenth of a microsecond a chunk.
 *
 * @module
 */

import type { IncomingMessage, ServerResponse } from 'node:http'

/** Pieces that come at once and whose size does not matter: a body of lines that a program wrote in one go. */
const freePieces = 256

/** What each piece beyond them holds on average at least. A read is at most 64 KiB, so no more than 1,700 of these come at once. */
const leastBytes = 32

/** The place of the callback for bodies in Node's parser (`HTTPParser.kOnBody`). */
const onBody = 3

/** The part of Node's parser that is used here. */
interface Parser {
  [onBody]?: unknown
  pause?(): void
}

/**
 * Calls back, once, when the chunks of this body are crumbs. Nothing of the connection is parsed from then on; the
 * caller closes it. Nor is what remains of a body after the last answer of its connection.
 */
export function watchForCrumbs(request: IncomingMessage, response: ServerResponse, found: () => void): void {
  if (request.headers['transfer-encoding'] === undefined) return
  response.once('finish', () => {
    if (!request.complete && request.socket.writableEnded) silence(request)
  })
  const push = request.push.bind(request)
  let pieces = 0
  let bytes = 0
  let isOver = false
  const begin = (): void => {
    pieces = 0
    bytes = 0
  }
  request.push = (chunk: unknown, encoding) => {
    if (isOver) return false
    if (!(chunk instanceof Uint8Array)) return push(chunk, encoding)
    // What one read brought is parsed in one turn of the event loop.
    if (pieces === 0) setImmediate(begin)
    pieces += 1
    bytes += chunk.byteLength
    if (pieces <= freePieces || bytes >= pieces * leastBytes) return push(chunk, encoding)
    isOver = true
    silence(request)
    found()
    return false
  }
}

/** The parser goes back to Node's pool when the connection closes, so it gets its callback back then. */
function silence({ socket }: IncomingMessage): void {
  const { parser } = socket as unknown as { readonly parser?: Parser | null }
  if (parser === undefined || parser === null || typeof parser[onBody] !== 'function') return
  const taken = parser[onBody]
  parser[onBody] = undefined
  socket.once('close', () => {
    parser[onBody] = taken
  })
  parser.pause?.()
}
