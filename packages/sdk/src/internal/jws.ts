/**
 * The compact JWS of RFC 7515 section 7.1, as strictly as RFC 8725 asks.
 *
 * DIFFERS FROM RFC 7515 section 4: a header of anything but `alg`, `kid` and
 * `typ` is refused, not ignored. Every other member (`jwk`, `jku`, `x5u`, `x5c`,
 * `crit`, `b64`, …) lets a sender choose the key or changes what was signed, and
 * Countersign issues none of them.
 *
 * @module
 */

import { readBase64url } from './base64url.ts'
import { readJsonObject } from './json.ts'

/** Larger than anything that is issued, smaller than the header limits on the way. */
const maxTokenChars = 16_384
const maxHeaderBytes = 512

/** The parts of a token whose signature nobody has looked at yet. */
export interface Jws {
  readonly algorithm: string
  readonly keyId: string
  readonly type: string
  readonly payload: Uint8Array<ArrayBuffer>
  /** The bytes that the signature covers. */
  readonly signed: Uint8Array<ArrayBuffer>
  readonly signature: Uint8Array<ArrayBuffer>
}

/** Undefined for anything but the one spelling described above. */
export function readJws(token: string): Jws | undefined {
  if (token.length > maxTokenChars) return undefined
  const [head, body, tail, ...more] = token.split('.', 4)
  if (head === undefined || body === undefined || tail === undefined || more.length > 0) return undefined
  const header = readBase64url(head)
  const payload = readBase64url(body)
  const signature = readBase64url(tail)
  if (header === undefined || payload === undefined || signature === undefined || header.byteLength > maxHeaderBytes) return undefined
  const { alg, kid, typ, ...others } = readJsonObject(header) ?? {}
  if (typeof alg !== 'string' || typeof kid !== 'string' || typeof typ !== 'string' || Object.keys(others).length > 0) return undefined
  return { algorithm: alg, keyId: kid, type: typ, payload, signed: new TextEncoder().encode(`${head}.${body}`), signature }
}
