/**
 * The compact JWS of RFC 7515 section 7.1: one writer and one strict reader.
 *
 * The reader takes exactly what RFC 8725 leaves over: three parts of canonical
 * base64url, a header of `alg`, `kid` and `typ` and nothing else. Whatever else
 * a header can carry (`jwk`, `jku`, `x5u`, `x5c`, `crit`, `b64`, …) either lets
 * the sender choose the key or changes what was signed.
 *
 * DIFFERS FROM RFC 7515 section 4: unknown header members are refused, not
 * ignored. We read only what we or our gateway signed.
 *
 * @module
 */

import { base64url, readBase64url, utf8 } from '#kernel'
import { readJsonObject } from './json.ts'

/** The largest token that is looked at: larger than any of ours, smaller than the header limit of any server between. */
export const maxTokenChars: number = 16_384

/** `alg`, a `kid` of 43 characters and a `typ` take about 100 bytes; more is somebody trying something. */
const maxHeaderBytes = 512

/** What the reader guarantees about a token before any signature was looked at. Trust none of it yet. */
export interface ReadJws {
  readonly algorithm: string
  readonly keyId: string
  readonly type: string
  readonly payload: Uint8Array
  /** The bytes that the signature covers. */
  readonly signed: Uint8Array
  readonly signature: Uint8Array
}

/** The first part of a token. */
export function jwsHeader(algorithm: string, keyId: string, type: string): string {
  return base64url(utf8(JSON.stringify({ alg: algorithm, kid: keyId, typ: type })))
}

/** Puts a token together; `sign` is given the bytes of the first two parts. */
export function writeJws(header: string, claims: Readonly<Record<string, unknown>>, sign: (bytes: Uint8Array) => Uint8Array): string {
  const signed = `${header}.${base64url(utf8(JSON.stringify(claims)))}`
  const token = `${signed}.${base64url(sign(utf8(signed)))}`
  if (token.length > maxTokenChars) throw new RangeError(`a token has at most ${maxTokenChars} characters`)
  return token
}

/** Reads a compact JWS. Undefined for anything but the one spelling described above. */
export function readJws(token: string): ReadJws | undefined {
  if (token.length > maxTokenChars) return undefined
  const [head, body, tail, ...more] = token.split('.', 4)
  if (head === undefined || body === undefined || tail === undefined || more.length > 0) return undefined
  const header = readBase64url(head)
  const payload = readBase64url(body)
  const signature = readBase64url(tail)
  if (header === undefined || payload === undefined || signature === undefined || header.byteLength > maxHeaderBytes) return undefined
  const members = readJsonObject(header)
  if (members === undefined || Object.keys(members).length !== 3) return undefined
  const { alg, kid, typ } = members
  if (typeof alg !== 'string' || typeof kid !== 'string' || typeof typ !== 'string') return undefined
  return { algorithm: alg, keyId: kid, type: typ, payload, signed: utf8(`${head}.${body}`), signature }
}

/** The claims of a token of which these very bytes were read strictly and verified before; for nothing else. */
export function readAgain(token: string): Readonly<Record<string, unknown>> {
  const payload = token.slice(token.indexOf('.') + 1, token.lastIndexOf('.'))
  return JSON.parse(Buffer.from(payload, 'base64url').toString('utf8')) as Record<string, unknown>
}
