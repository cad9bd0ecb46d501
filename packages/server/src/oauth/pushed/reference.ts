/** How a pushed request is referred to, RFC 9126 section 2.2: nobody can guess it, and the database knows its hash alone. @module */

import { base64url, randomBytes, readBase64url, sha256 } from '#kernel'

const prefix = 'urn:ietf:params:oauth:request_uri:'
const referenceBytes = 32

export function newReference(): { readonly requestUri: string; readonly hash: Uint8Array } {
  const bytes = randomBytes(referenceBytes)
  return { requestUri: `${prefix}${base64url(bytes)}`, hash: sha256(bytes) }
}

/** Whether a `request_uri` is one of pushed requests at all. */
export const isReference = (requestUri: string): boolean => requestUri.startsWith(prefix)

/** The hash of a reference; undefined unless it has the one spelling of ours. */
export function readReference(requestUri: string): Uint8Array | undefined {
  const bytes = isReference(requestUri) ? readBase64url(requestUri.slice(prefix.length)) : undefined
  return bytes?.byteLength === referenceBytes ? sha256(bytes) : undefined
}
