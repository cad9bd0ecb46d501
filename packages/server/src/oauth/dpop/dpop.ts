/**
 * Proof of possession by DPoP, RFC 9449. The steps: verify the signature by the
 * key in the proof, judge the claims, look at the nonce, and, once it is known
 * that the sender may be here at all, spend the `jti`. It is spent last, so that
 * no stranger fills the table and no refused request burns a proof.
 *
 * @module
 */

import { refusals, type Operation, type Refuse } from '#kernel'
import { verifySelfSigned, type Keys, type SigningAlgorithm } from '#keys'
import type { Store } from '#store'
import type { Answer } from '#http'
import { crossOrigin } from '../cross-origin.ts'
import { isNonce, newNonce } from './nonce.ts'
import { judgeProof, type ExpectedProof } from './proof.ts'
import { spendProof } from './store.ts'

export const dpopSays = {
  'dpop.proof': 'The DPoP proof is not valid.',
  'dpop.missing': 'This client needs a DPoP proof with each token request.',
} as const

export type DpopRefusalCode = keyof typeof dpopSays

export const refuse: Refuse<DpopRefusalCode> = refusals(dpopSays)

export const dpopAlgorithms = ['ES256', 'PS256', 'RS256', 'EdDSA', 'Ed25519'] as const

export interface DpopPorts {
  readonly keys: Keys
  readonly store: Store
}

/** A proof whose signature and claims hold. It counts once {@link spend} has said so. */
export interface Proof {
  readonly is: 'proof'
  /** The thumbprint of the key. */
  readonly jkt: string
  readonly algorithm: SigningAlgorithm
  readonly jti: string
  readonly overAtMs: number
}

export type CheckedProof =
  | Proof
  /** The sender has to send it once more with a nonce of ours, section 8. */
  | { readonly is: 'needs-nonce' }
  | { readonly is: 'wrong'; readonly detail: string }

/** `nonce` says whether one has to be there; one that is there has to be good. */
export async function checkProof(
  op: Operation,
  text: string,
  expected: Omit<ExpectedProof, 'nowMs'> & { readonly nonce: 'needed' | 'welcome' },
  { keys }: Pick<DpopPorts, 'keys'>,
): Promise<CheckedProof> {
  const verified = verifySelfSigned('dpop+jwt', text)
  if (verified === undefined) return { is: 'wrong', detail: 'signature, key or type' }
  const judged = judgeProof(verified.claims, { ...expected, nowMs: op.nowMs })
  if (typeof judged === 'string') return { is: 'wrong', detail: judged }
  const { nonce, jti, overAtMs } = judged
  if (nonce === undefined ? expected.nonce === 'needed' : !(await isNonce(op, keys, nonce))) return { is: 'needs-nonce' }
  return { is: 'proof', jkt: verified.thumbprint, algorithm: verified.algorithm, jti, overAtMs }
}

/** False when the proof was used before, here or on another server. */
export async function spend(op: Operation, { jkt, jti, overAtMs }: Proof, { store }: Pick<DpopPorts, 'store'>): Promise<boolean> {
  return store.write(op, async (tx) => spendProof(tx, op.tenant, { thumbprint: jkt, jti, overAtMs }))
}

/** With every answer to a proof comes the nonce for the next one, section 8.2. */
export async function nonceHeader(op: Operation, { keys }: Pick<DpopPorts, 'keys'>): Promise<Readonly<Record<string, string>>> {
  return { 'dpop-nonce': await newNonce(op, keys) }
}

/** Asks for the proof once more with a nonce, section 8 and 9. That is no refusal but a part of the protocol. */
export async function askForNonce(op: Operation, status: 400 | 401, ports: Pick<DpopPorts, 'keys'>): Promise<Answer> {
  const error = { error: 'use_dpop_nonce', error_description: 'The DPoP proof needs the nonce of this answer.' }
  const challenge = status === 401 ? { 'www-authenticate': challengeOf('use_dpop_nonce', error.error_description) } : {}
  return { status, headers: { ...crossOrigin, ...challenge, ...(await nonceHeader(op, ports)) }, body: { json: error } }
}

/** The challenge of a resource, section 7.1. */
export function challengeOf(error: string, description: string): string {
  return `DPoP error="${error}", error_description="${description}", algs="${dpopAlgorithms.join(' ')}"`
}
