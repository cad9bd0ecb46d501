/**
 * A JWS that carries the public key which made it: DPoP proofs, RFC 9449 section
 * 4.2. It says who its sender is by nothing but that key, so the key's thumbprint
 * is all that it proves.
 *
 * @module
 */

import { verifyBytes, readPublicKey } from './algorithms.ts'
import { readClientKey, split } from './client-keys.ts'
import type { SigningAlgorithm } from './contract.ts'
import { readJsonObject } from './json.ts'

/** An RSA key of 4096 bits takes about 700 bytes. */
const maxHeaderBytes = 1_024

/** The key has to be the one in the header: `kid`, `jku`, `x5u` and `x5c` name another, `crit` and `b64` change what was signed. */
const headerMembers: readonly string[] = ['alg', 'jwk', 'typ']

export interface SelfSigned {
  readonly claims: Readonly<Record<string, unknown>>
  readonly algorithm: SigningAlgorithm
  /** SHA-256 of the key, RFC 7638. */
  readonly thumbprint: string
}

/** The claims of what its own key signed with this `typ`; undefined for everything else. Judge them. */
export function verifySelfSigned(type: string, text: string): SelfSigned | undefined {
  const parts = split(text, maxHeaderBytes)
  const header = parts && readJsonObject(parts.header)
  if (parts === undefined || header === undefined) return undefined
  if (header['typ'] !== type || Object.keys(header).some((member) => !headerMembers.includes(member))) return undefined
  const { alg, jwk } = header
  if (typeof alg !== 'string' || typeof jwk !== 'object' || jwk === null) return undefined
  const { alg: keyAlg = alg, ...members } = jwk as Readonly<Record<string, unknown>>
  // RFC 9864 gave EdDSA with this curve a second name; the key has to be for the one that the header says.
  const name = alg === 'Ed25519' ? 'EdDSA' : alg
  const key = keyAlg === alg ? readClientKey({ ...members, alg: name, kid: undefined }) : undefined
  const verifier = key && readPublicKey(key)
  if (key === undefined || verifier === undefined) return undefined
  if (!verifyBytes(verifier.algorithm, verifier.key, parts.signed, parts.signature)) return undefined
  const claims = readJsonObject(parts.payload)
  return claims && { claims, algorithm: verifier.algorithm, thumbprint: key.kid }
}
