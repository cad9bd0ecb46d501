/**
 * What Node's strict parser leaves to us: it refuses a length beside chunks, two
 * lengths, folded lines and bare line feeds; a second Host header, a transfer
 * coding that it does not undo and a chunked message of HTTP/1.0 are refused here.
 *
 * @module
 */

import type { IncomingMessage } from 'node:http'
import { refuse } from '../refusals.ts'

/** Refuses with `gateway.ambiguous_head`. RFC 9112 sections 3.2 and 6.1, RFC 9110 section 8.6. */
export function checkHead({ rawHeaders, headers, httpVersion }: IncomingMessage): void {
  const coding = headers['transfer-encoding']
  if (count(rawHeaders, 'host') !== 1) throw refuse('gateway.ambiguous_head', 'host')
  if (coding === undefined) return
  if (coding.toLowerCase() !== 'chunked' || httpVersion !== '1.1') throw refuse('gateway.ambiguous_head', 'transfer-encoding')
  if (headers['content-length'] !== undefined) throw refuse('gateway.ambiguous_head', 'content-length')
}

function count(rawHeaders: readonly string[], name: string): number {
  return rawHeaders.filter((text, at) => at % 2 === 0 && text.toLowerCase() === name).length
}
