/**
 * Verification with a key at hand, without a database: for a gateway's process,
 * for a checkpoint that somebody kept, for tests.
 *
 * @module
 */

import { verifyBytes as verifyWith, readPublicKey } from './algorithms.ts'
import type { PublicJwk } from './contract.ts'
import { readJsonObject } from './json.ts'
import { readJws } from './jws.ts'

/**
 * The claims of a compact JWS that this key signed with this `typ`; undefined
 * for everything else. `exp`, `aud` and the like are the caller's to judge.
 */
export function verifyJws(jwk: PublicJwk, type: string, token: string): Readonly<Record<string, unknown>> | undefined {
  const jws = readJws(token)
  const verifier = readPublicKey(jwk)
  if (jws === undefined || verifier === undefined) return undefined
  if (jws.algorithm !== verifier.algorithm || jws.keyId !== jwk.kid || jws.type !== type) return undefined
  return verifyWith(verifier.algorithm, verifier.key, jws.signed, jws.signature) ? readJsonObject(jws.payload) : undefined
}

/** Whether this key made the bare signature, as `Keys.sign` makes it. */
export function verifySignature(jwk: PublicJwk, bytes: Uint8Array, signature: Uint8Array): boolean {
  const verifier = readPublicKey(jwk)
  return verifier !== undefined && verifyWith(verifier.algorithm, verifier.key, bytes, signature)
}
