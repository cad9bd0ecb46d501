/**
 * The public keys of clients, and what they sign with them: assertions of who
 * they are, and their authorization requests.
 *
 * Unlike the tokens that we sign ourselves, these come from any JWT
 * library: `typ` may be absent and `kid` too. Whatever lets the sender choose
 * the key or changes what was signed (`jwk`, `jku`, `x5c`, `crit`, `b64`, …) is
 * refused, as are `none`, HMAC and every algorithm that the key is not for.
 *
 * @module
 */

import { hmacSha256, readBase64url, sameBytes, utf8, type Secret } from '#kernel'
import { publicJwk, readPublicKey, verifyBytes } from './algorithms.ts'
import type { PublicJwk, SigningAlgorithm } from './contract.ts'
import { readJsonObject } from './json.ts'
import { readKeyCertificate } from './x509/client-certificate.ts'

type Claims = Readonly<Record<string, unknown>>

/** A dozen short claims; more is somebody trying something. */
export const maxAssertionChars: number = 4_096

/** What a request may hold, and as much again for its encoding; with it, an address stays what browsers pass on. */
export const maxRequestObjectChars: number = 8_192

const maxHeaderBytes = 512

/** RFC 7523 leaves `typ` open; `client-authentication+jwt` is what its revision asks for. */
const assertionTypes: readonly unknown[] = [undefined, 'JWT', 'client-authentication+jwt']

/** RFC 9101 section 10.8. What is typed as something else is something else. */
const requestTypes: readonly unknown[] = [undefined, 'JWT', 'oauth-authz-req+jwt']

const headerMembers: readonly string[] = ['alg', 'kid', 'typ']

const privateMembers = ['d', 'p', 'q', 'dp', 'dq', 'qi', 'oth', 'k'] as const

const keyMembers = ['crv', 'x', 'y', 'n', 'e'] as const

/**
 * Reads a public key that somebody registers: its `alg` is one of ours and the key is for it. Its own `kid` is kept, or it gets
 * its thumbprint. Of `x5c` its own certificate is kept, and what is no certificate is left out. Undefined for everything else, a private key above all: it would no longer be one.
 */
export function readClientKey(jwk: Claims): PublicJwk | undefined {
  const { alg, kid, kty, use = 'sig', key_ops: operations } = jwk
  if (typeof alg !== 'string' || typeof kty !== 'string' || use !== 'sig' || !isForVerifying(operations)) return undefined
  if (privateMembers.some((member) => member in jwk)) return undefined
  if (kid !== undefined && (typeof kid !== 'string' || !/^[\x21-\x7e]{1,128}$/.test(kid))) return undefined
  const read = readPublicKey({ ...jwk, kty, alg, kid: '', use })
  if (read === undefined) return undefined
  const plain = publicJwk(read.algorithm, read.key)
  // RFC 7518 section 6: each member has one spelling. In another one the key would have another thumbprint elsewhere.
  if (keyMembers.some((member) => plain[member] !== jwk[member])) return undefined
  const certificate = jwk['x5c'] === undefined ? undefined : readKeyCertificate(jwk['x5c'], (shown) => shown.publicKey.equals(read.key))
  if (certificate === 'another') return undefined
  const written = { ...plain, ...(certificate === undefined ? {} : { x5c: [certificate] }) }
  return kid === undefined ? written : { ...written, kid }
}

/** RFC 7517 section 4.3: a key that may do anything else is meant for something else. */
function isForVerifying(operations: unknown): boolean {
  return operations === undefined || (Array.isArray(operations) && operations.length === 1 && operations[0] === 'verify')
}

/** What a client signed, and with which of its keys. */
export interface ClientSigned {
  readonly claims: Claims
  readonly keyId: string
  readonly algorithm: SigningAlgorithm
}

/** The claims of an assertion that one of these keys signed; undefined for everything else. Judge them. */
export function verifyAssertion(keys: readonly PublicJwk[], assertion: string): ClientSigned | undefined {
  return verifyBy(keys, assertionTypes, split(assertion))
}

/** The claims of a request object (RFC 9101) that one of these keys signed; undefined for everything else. Judge them. */
export function verifyRequestObject(keys: readonly PublicJwk[], object: string): ClientSigned | undefined {
  return verifyBy(keys, requestTypes, split(object, maxHeaderBytes, maxRequestObjectChars))
}

function verifyBy(keys: readonly PublicJwk[], types: readonly unknown[], parts: Parts | undefined): ClientSigned | undefined {
  const header = parts && readHeader(types, parts)
  if (parts === undefined || header === undefined) return undefined
  for (const jwk of keys) {
    if (header['alg'] !== jwk.alg || (header['kid'] !== undefined && header['kid'] !== jwk.kid)) continue
    const verifier = readPublicKey(jwk)
    if (verifier === undefined || !verifyBytes(verifier.algorithm, verifier.key, parts.signed, parts.signature)) continue
    const claims = readJsonObject(parts.payload)
    return claims && { claims, keyId: jwk.kid, algorithm: verifier.algorithm }
  }
  return undefined
}

function readHeader(types: readonly unknown[], parts: Parts): Claims | undefined {
  const header = readJsonObject(parts.header)
  if (header === undefined || !types.includes(header['typ'])) return undefined
  return Object.keys(header).some((member) => !headerMembers.includes(member)) ? undefined : header
}

/** A secret that a client signs with, and what it is called. */
export interface SharedSecret {
  readonly name: string
  readonly secret: Secret<Uint8Array>
}

/** RFC 7518 section 3.2: a key of HS256 is as long as what comes out of it, or longer. */
const shortestSecretBytes = 32

/**
 * The claims of an assertion that was signed with one of these secrets (`client_secret_jwt`), and its name. HS256 and nothing else,
 * whatever the header says. Undefined for everything else.
 */
export function verifySharedAssertion(
  secrets: readonly SharedSecret[],
  assertion: string,
): { readonly claims: Claims; readonly name: string } | undefined {
  const parts = split(assertion)
  const header = parts && readHeader(assertionTypes, parts)
  if (parts === undefined || header?.['alg'] !== 'HS256') return undefined
  for (const { name, secret } of secrets) {
    const key = secret.reveal()
    if (key.byteLength < shortestSecretBytes || !sameBytes(hmacSha256(key, parts.signed), parts.signature)) continue
    const claims = readJsonObject(parts.payload)
    return claims && { claims, name }
  }
  return undefined
}

/** Whom an assertion speaks of, before anything about it was verified: good for finding the keys and for nothing else. */
export function assertedSubject(assertion: string): string | undefined {
  const parts = split(assertion)
  const subject = parts && readJsonObject(parts.payload)?.['sub']
  return typeof subject === 'string' ? subject : undefined
}

/** The `kid` of an assertion or a request object, as unverified: good for finding the key. */
export function assertedKeyId(signed: string): string | undefined {
  const parts = split(signed, maxHeaderBytes, maxRequestObjectChars)
  const keyId = parts && readJsonObject(parts.header)?.['kid']
  return typeof keyId === 'string' ? keyId : undefined
}

/** The parts of a compact JWS of somebody else, decoded and nothing more. */
export interface Parts {
  readonly header: Uint8Array
  readonly payload: Uint8Array
  readonly signed: Uint8Array
  readonly signature: Uint8Array
}

/** Three parts of canonical base64url (RFC 7515 section 7.1), within bounds. Undefined for everything else. */
export function split(jws: string, mostHeaderBytes: number = maxHeaderBytes, mostChars: number = maxAssertionChars): Parts | undefined {
  if (jws.length > mostChars) return undefined
  const [head, body, tail, ...more] = jws.split('.', 4)
  if (head === undefined || body === undefined || tail === undefined || more.length > 0) return undefined
  const [header, payload, signature] = [readBase64url(head), readBase64url(body), readBase64url(tail)]
  if (header === undefined || payload === undefined || signature === undefined || header.byteLength > mostHeaderBytes) return undefined
  return { header, payload, signed: utf8(`${head}.${body}`), signature }
}
