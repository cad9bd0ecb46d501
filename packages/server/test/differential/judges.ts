/** What our readers say of a token, and what `jose` says. @module */

import { calculateJwkThumbprint, compactVerify, EmbeddedJWK, type CompactVerifyResult, type JWK } from 'jose'
import { verifyAssertion, verifyJws, verifySelfSigned } from '#keys'
import type { Case } from './cases.ts'

/** The claims as JSON, which is how they are compared; undefined when the token was refused. */
export type Judgement = string | undefined

const algorithms = ['RS256', 'PS256', 'ES256', 'EdDSA', 'Ed25519']

export function ours({ form, given, token }: Case): Judgement {
  const claims = {
    own: () => verifyJws(given.signer.jwk, 'JWT', token),
    assertion: () => (given.registered === undefined ? undefined : verifyAssertion([given.registered], token)?.claims),
    proof: () => verifySelfSigned('dpop+jwt', token)?.claims,
  }[form]()
  return claims && JSON.stringify(claims)
}

/** What it refuses it says in errors of its own, or of the platform below it. Only what is signed is compared: times and audiences are judged elsewhere. */
export async function theirs({ form, given, token }: Case): Promise<Judgement> {
  let verified: CompactVerifyResult
  try {
    verified =
      form === 'proof'
        ? await compactVerify(token, EmbeddedJWK, { algorithms })
        : await compactVerify(token, (form === 'own' ? given.signer.jwk : given.jwk) as JWK, { algorithms })
  } catch {
    return undefined
  }
  return readLeniently(verified.payload)
}

/** A payload that is no JSON is still signed. */
function readLeniently(payload: Uint8Array): string {
  try {
    return JSON.stringify(JSON.parse(Buffer.from(payload).toString()))
  } catch {
    return 'no JSON'
  }
}

/** The thumbprint of the key in a proof, where both took it. */
export async function sameThumbprint({ form, given, token }: Case): Promise<boolean> {
  if (form !== 'proof') return true
  return verifySelfSigned('dpop+jwt', token)?.thumbprint === (await calculateJwkThumbprint(given.jwk))
}
