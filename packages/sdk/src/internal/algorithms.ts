/**
 * The signature algorithms that are accepted, and what a key for each must look
 * like. A key is for one algorithm, named by its own `alg`: a token cannot have
 * it used in another way (RFC 8725 section 3.1).
 *
 * @module
 */

import { readBase64url } from './base64url.ts'

export type Algorithm = 'ES256' | 'RS256' | 'PS256' | 'EdDSA'

/** A public key, ready for use, and how its signatures are verified. */
export interface VerifyingKey {
  readonly algorithm: Algorithm
  verify(signed: Uint8Array<ArrayBuffer>, signature: Uint8Array<ArrayBuffer>): Promise<boolean>
}

type Jwk = Readonly<Record<string, unknown>>

interface Scheme {
  readonly imports: Parameters<SubtleCrypto['importKey']>[2]
  readonly verifies: Parameters<SubtleCrypto['verify']>[0]
  /** The public members alone, or undefined when they are not those of such a key. */
  readonly publicPart: (jwk: Jwk) => Readonly<Record<string, string>> | undefined
}

const schemes: Readonly<Record<Algorithm, Scheme>> = {
  ES256: {
    imports: { name: 'ECDSA', namedCurve: 'P-256' },
    verifies: { name: 'ECDSA', hash: 'SHA-256' },
    publicPart: ({ kty, crv, x, y }) =>
      kty === 'EC' && crv === 'P-256' && isBytes(x, 32) && isBytes(y, 32) ? { kty, crv, x, y } : undefined,
  },
  EdDSA: {
    imports: { name: 'Ed25519' },
    verifies: { name: 'Ed25519' },
    publicPart: ({ kty, crv, x }) => (kty === 'OKP' && crv === 'Ed25519' && isBytes(x, 32) ? { kty, crv, x } : undefined),
  },
  RS256: {
    imports: { name: 'RSASSA-PKCS1-v1_5', hash: 'SHA-256' },
    verifies: { name: 'RSASSA-PKCS1-v1_5' },
    publicPart: rsaPart,
  },
  PS256: {
    imports: { name: 'RSA-PSS', hash: 'SHA-256' },
    verifies: { name: 'RSA-PSS', saltLength: 32 },
    publicPart: rsaPart,
  },
}

/** 65537, the exponent of every key that Countersign makes; a small one makes forgery easier, a large one verification slow. */
const usualExponent = 'AQAB'

/** 2048 bits is the least that RFC 7518 section 3.3 allows; above 4096 verification is slow for its own sake. */
const modulusBytes = { least: 256, most: 512 } as const

function rsaPart({ kty, n, e }: Jwk): Readonly<Record<string, string>> | undefined {
  if (kty !== 'RSA' || typeof n !== 'string' || e !== usualExponent) return undefined
  const bytes = readBase64url(n)
  const isSized = bytes !== undefined && bytes.byteLength >= modulusBytes.least && bytes.byteLength <= modulusBytes.most
  return isSized && (bytes[0] ?? 0) > 127 ? { kty, n, e } : undefined
}

function isBytes(value: unknown, count: number): value is string {
  return typeof value === 'string' && readBase64url(value)?.byteLength === count
}

export function isAlgorithm(name: unknown): name is Algorithm {
  return typeof name === 'string' && Object.hasOwn(schemes, name)
}

/** Makes a key of a JWK's public members. Undefined when they are no such key, or this runtime cannot use it. */
export async function importKey(algorithm: Algorithm, jwk: Jwk): Promise<VerifyingKey | undefined> {
  const { imports, verifies, publicPart } = schemes[algorithm]
  const part = publicPart(jwk)
  const key = part && (await usableKey(part, imports, verifies).catch(notAKey))
  if (key === undefined) return undefined
  return {
    algorithm,
    verify: (signed, signature) => crypto.subtle.verify(verifies, key, signature, signed),
  }
}

/** Some runtimes look at a point when they import it, others when they first verify with it: a key that cannot is found out here. */
async function usableKey(
  part: Readonly<Record<string, string>>,
  imports: Scheme['imports'],
  verifies: Scheme['verifies'],
): Promise<CryptoKey> {
  const key = await crypto.subtle.importKey('jwk', { ...part }, imports, false, ['verify'])
  await crypto.subtle.verify(verifies, key, new Uint8Array(64), new Uint8Array(0))
  return key
}

/** The parameters are ours, so what WebCrypto complains of is the key, or an algorithm that it does not know. */
function notAKey(error: unknown): undefined {
  if (error instanceof Error) return undefined
  throw error
}
