/**
 * From what was sent to what counts: the parameters as they are, or those of the
 * request object that stands among them (RFC 9101). The same at the authorization
 * endpoint and for what is pushed.
 *
 * @module
 */

import type { Operation } from '#kernel'
import type { Client } from '../clients/client.ts'
import { keysOfClient, type RemoteKeys } from '../clients/remote-keys.ts'
import type { Asked } from './check.ts'
import { openRequestObject } from './request-object.ts'

type Sent = Readonly<Record<string, string | undefined>>

export interface Counting {
  readonly sent: Sent
  readonly object: Asked['object']
}

/** A request object is not looked at beside a `request_uri` (section 5): the request is refused for having both. */
export async function countingParameters(
  op: Operation,
  sent: Sent,
  client: Client | undefined,
  { issuer, remoteKeys }: { readonly issuer: string; readonly remoteKeys: RemoteKeys },
): Promise<Counting> {
  const { request = '', request_uri: requestUri = '' } = sent
  if (request === '' || requestUri !== '' || client === undefined) return { sent, object: undefined }
  const keys = await keysOfClient(op, client, request, remoteKeys)
  const opened = openRequestObject(request, client, { keys, issuer, nowMs: op.nowMs, outside: sent })
  return opened.is === 'opened' ? { sent: opened.sent, object: 'held' } : { sent, object: opened.code }
}
