/** Keys of clients, and what clients sign with them: as they should, and as nobody should. @module */

import assert from 'node:assert/strict'
import { generateKeyPairSync, type KeyObject } from 'node:crypto'
import { exportJWK, SignJWT, type JWTHeaderParameters } from 'jose'
import { readClientKey, type PublicJwk, type SigningAlgorithm } from '#keys'

export interface ClientPair {
  readonly alg: SigningAlgorithm
  readonly jwk: PublicJwk
  readonly privateKey: KeyObject
}

const generate = (alg: SigningAlgorithm): { readonly publicKey: KeyObject; readonly privateKey: KeyObject } => {
  if (alg === 'ES256') return generateKeyPairSync('ec', { namedCurve: 'P-256' })
  return alg === 'EdDSA' ? generateKeyPairSync('ed25519') : generateKeyPairSync('rsa', { modulusLength: 2048 })
}

export async function clientPair(alg: SigningAlgorithm): Promise<ClientPair> {
  const { publicKey, privateKey } = generate(alg)
  const jwk = readClientKey({ ...(await exportJWK(publicKey)), alg, kid: `key-${alg}` })
  assert.ok(jwk)
  return { alg, jwk, privateKey }
}

type Members = Readonly<Record<string, unknown>>

/** What is `undefined` is left out. */
export async function signedBy({ alg, jwk, privateKey }: ClientPair, claims: Members, header: Members = {}): Promise<string> {
  const said = (members: Members) => Object.fromEntries(Object.entries(members).filter(([, value]) => value !== undefined))
  const members = said({ alg, kid: jwk.kid, ...header }) as unknown as JWTHeaderParameters
  return new SignJWT(said(claims)).setProtectedHeader(members).sign(privateKey)
}
