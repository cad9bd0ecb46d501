/**
 * From what was sent to what counts: the parameters as they are, or those of the
 * request object that stands among them (RFC 9101). The same at the authorization
 * endpoint and for what is pushed.
 *
 * @module
 */

import type { Client } from '../clients/client.ts'
import type { Asked } from './check.ts'
import { openRequestObject } from './request-object.ts'

type Sent = Readonly<Record<string, string | undefined>>

export interface Counting {
  readonly sent: Sent
  readonly object: Asked['object']
}

/** A request object is not looked at beside a `request_uri` (section 5): the request is refused for having both. */
export function countingParameters(sent: Sent, client: Client | undefined, issuer: string, nowMs: number): Counting {
  const { request = '', request_uri: requestUri = '' } = sent
  if (request === '' || requestUri !== '' || client === undefined) return { sent, object: undefined }
  const opened = openRequestObject(request, client, { issuer, nowMs, outside: sent })
  return opened.is === 'opened' ? { sent: opened.sent, object: 'held' } : { sent, object: opened.code }
}
