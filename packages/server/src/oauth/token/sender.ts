/**
 * To whom the tokens of a request will be bound: whoever proves a key with it
 * (RFC 9449 section 5), or has the certificate of its connection (RFC 8705 section 3). The proof is checked before the client is authenticated,
 * so that asking for a nonce costs no assertion, and counts afterwards.
 *
 * @module
 */

import type { Answer, RouteInput } from '#http'
import { refusals, type Operation, type Refuse } from '#kernel'
import type { Confirmation } from '#tokens'
import type { Client } from '../clients/client.ts'
import { profileAlgorithms } from '../clients/profile.ts'
import { certificateOf } from './certificate.ts'
import { askForNonce, checkProof, refuse, spend, type DpopPorts, type Proof } from '../dpop/dpop.ts'
import type { Places } from '../issuer.ts'

export const certificateSays = {
  'certificate.missing': 'This client has to show its certificate with each token request.',
} as const

export type CertificateRefusalCode = keyof typeof certificateSays

const refuseCertificate: Refuse<CertificateRefusalCode> = refusals(certificateSays)

export interface SenderPorts extends DpopPorts {
  readonly places: Pick<Places, 'url'>
}

/** The proof of a request, none where none was sent, or the answer that asks for it once more. Throws `dpop.proof`. */
export async function readProof(
  op: Operation,
  { headers }: RouteInput,
  endpoint: `/${string}`,
  ports: SenderPorts,
): Promise<Proof | Answer | undefined> {
  const text = headers['dpop']
  if (text === undefined) return undefined
  const checked = await checkProof(op, text, { method: 'POST', url: ports.places.url(endpoint), nonce: 'needed' }, ports)
  if (checked.is === 'wrong') throw refuse('dpop.proof', checked.detail)
  return checked.is === 'proof' ? checked : askForNonce(op, 400, ports)
}

/** Throws `dpop.proof` for a proof that was used before, or that is signed as the client's profile forbids (FAPI 2.0 section 5.4.1). */
export async function spendProofOf(
  op: Operation,
  client: Pick<Client, 'securityProfile'>,
  proof: Proof,
  ports: SenderPorts,
): Promise<void> {
  if (client.securityProfile !== undefined && !profileAlgorithms.includes(proof.algorithm)) throw refuse('dpop.proof', 'algorithm')
  if (!(await spend(op, proof, ports))) throw refuse('dpop.proof', 'used before')
}

/** What the tokens are bound to. Throws `dpop.proof` for a proof that was used before, `dpop.missing` and `certificate.missing` where the client needs one. */
export async function senderOf(
  op: Operation,
  client: Pick<Client, 'dpopBoundAccessTokens' | 'securityProfile' | 'tlsClientCertificateBoundAccessTokens'>,
  input: Pick<RouteInput, 'peerCertificate'>,
  proof: Proof | undefined,
  ports: SenderPorts,
): Promise<Confirmation | undefined> {
  if (client.tlsClientCertificateBoundAccessTokens) {
    if (proof !== undefined) throw refuse('dpop.proof', 'its tokens are bound to its certificate')
    const certificate = certificateOf(input)
    if (certificate === undefined) throw refuseCertificate('certificate.missing')
    return { 'x5t#S256': certificate.thumbprint }
  }
  if (proof === undefined) {
    if (client.dpopBoundAccessTokens) throw refuse('dpop.missing')
    return undefined
  }
  await spendProofOf(op, client, proof, ports)
  return { jkt: proof.jkt }
}
