/**
 * What Node's strict parser leaves to us: it refuses a length beside chunks, two
 * lengths, folded lines and bare line feeds; a second Host header, a transfer
 * coding that it does not undo and a chunked message of HTTP/1.0 are refused here.
 *
 * @module
 */

import type { IncomingMessage } from 'node:http'
import type { Socket } from 'node:net'
import { refuse } from '../refusals.ts'

/** Connections on which nobody can say any more where a request begins. */
const lost = new WeakSet<Socket>()

/**
 * Refuses with `gateway.ambiguous_head`, RFC 9112 sections 3.2 and 6.1, RFC 9110 section 8.6. Once it did, every
 * later request of the connection is refused: it may be the rest of this one (request smuggling).
 */
export function checkHead({ rawHeaders, headers, httpVersion, socket }: IncomingMessage): void {
  const why = lost.has(socket) ? 'connection' : ambiguity(rawHeaders, headers, httpVersion)
  if (why === undefined) return
  lost.add(socket)
  throw refuse('gateway.ambiguous_head', why)
}

function ambiguity(rawHeaders: readonly string[], headers: IncomingMessage['headers'], httpVersion: string): string | undefined {
  const coding = headers['transfer-encoding']
  if (count(rawHeaders, 'host') !== 1) return 'host'
  if (coding === undefined) return undefined
  if (coding.toLowerCase() !== 'chunked' || httpVersion !== '1.1') return 'transfer-encoding'
  return headers['content-length'] === undefined ? undefined : 'content-length'
}

function count(rawHeaders: readonly string[], name: string): number {
  return rawHeaders.filter((text, at) => at % 2 === 0 && text.toLowerCase() === name).length
}
