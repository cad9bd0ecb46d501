/** Proofs of possession as clients make them, RFC 9449 section 4.2, and as nobody should. @module */

import { generateKeyPairSync, sign, type KeyObject } from 'node:crypto'
import { base64url, randomBytes, sha256, utf8 } from '#kernel'

export interface ProofKey {
  readonly privateKey: KeyObject
  readonly jwk: Readonly<Record<string, unknown>>
}

export function proofKey(): ProofKey {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  return { privateKey, jwk: { ...publicKey.export({ format: 'jwk' }) } }
}

export interface ProofSaid {
  readonly header?: Readonly<Record<string, unknown>>
  readonly claims?: Readonly<Record<string, unknown>>
  readonly accessToken?: string
  readonly nonce?: string | undefined
  readonly nowMs: number
}

export function proofBy({ privateKey, jwk }: ProofKey, method: string, url: string, said: ProofSaid): string {
  const { header = {}, claims = {}, accessToken, nonce, nowMs } = said
  const ath = accessToken === undefined ? undefined : base64url(sha256(accessToken))
  const usual = { jti: base64url(randomBytes(12)), htm: method, htu: url, iat: Math.floor(nowMs / 1000), ath, nonce }
  const part = (value: object): string => base64url(utf8(JSON.stringify(value)))
  const signed = `${part({ typ: 'dpop+jwt', alg: 'ES256', jwk, ...header })}.${part({ ...usual, ...claims })}`
  return `${signed}.${base64url(sign('sha256', utf8(signed), { key: privateKey, dsaEncoding: 'ieee-p1363' }))}`
}
