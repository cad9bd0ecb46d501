/**
 * Signs and verifies under the purpose keys of a tenant.
 *
 * @module
 */

import { hash } from 'node:crypto'
import type { Operation } from '#kernel'
import { signBytes, verifyBytes } from './algorithms.ts'
import type { Keys, PublicJwk, Signature, SigningPurpose } from './contract.ts'
import { readJsonObject } from './json.ts'
import { jwsHeader, maxTokenChars, readAgain, readJws, writeJws } from './jws.ts'
import { signingPurposes } from './purposes.ts'
import { activeSigningKey, isUsable, type Ring, type SigningKey } from './ring.ts'
import type { Rings } from './rings.ts'
import { VerifiedSignatures } from './verified.ts'

type Claims = Readonly<Record<string, unknown>>

/** The first in a key set is what a client without a rule of its own tries first. */
const publishedOrder = { active: 0, next: 1, retired: 2 } as const

const published = (Object.keys(signingPurposes) as SigningPurpose[]).filter((purpose) => signingPurposes[purpose].published)

export function createSigning(rings: Rings): Pick<Keys, 'sign' | 'signJwt' | 'prepare' | 'publicKeys' | 'verifyJwt'> {
  const verified = new VerifiedSignatures()

  return {
    async sign(op, purpose, bytes): Promise<Signature> {
      const key = activeSigningKey(await rings.having(op, purpose), purpose)
      return { keyId: key.jwk.kid, algorithm: key.algorithm, bytes: signBytes(key.algorithm, key.privateKey, bytes) }
    },

    async signJwt(op, purpose, type, claims): Promise<string> {
      const key = activeSigningKey(await rings.having(op, purpose), purpose)
      return writeJws(headerOf(key, type), claims, (bytes) => signBytes(key.algorithm, key.privateKey, bytes))
    },

    async prepare(op, purpose): Promise<void> {
      await rings.having(op, purpose)
    },

    async publicKeys(op, purposes = published): Promise<readonly PublicJwk[]> {
      const ring = await rings.current(op)
      return purposes
        .flatMap((purpose) => ring.signing.get(purpose) ?? [])
        .filter((key) => isUsable(key.row, op.nowMs))
        .sort((left, right) => publishedOrder[left.state] - publishedOrder[right.state])
        .map((key) => key.jwk)
    },

    async verifyJwt(op, given, type, token): Promise<Claims | undefined> {
      if (token.length > maxTokenChars) return undefined
      const purposes = typeof given === 'string' ? [given] : given
      const judged = `${op.tenant} ${purposes.join('|')} ${type} ${hash('sha256', token, 'base64url')}`
      const signer = verified.signerOf(judged)
      if (signer !== undefined) {
        return (await findUsable(op, rings, purposes, signer)) === undefined ? undefined : readAgain(token)
      }
      const jws = readJws(token)
      if (jws === undefined || jws.type !== type) return undefined
      const key = await findUsable(op, rings, purposes, jws.keyId)
      if (key === undefined || key.algorithm !== jws.algorithm) return undefined
      if (!verifyBytes(key.algorithm, key.publicKey, jws.signed, jws.signature)) return undefined
      const claims = readJsonObject(jws.payload)
      if (claims !== undefined) verified.remember(judged, jws.keyId)
      return claims
    },
  }
}

/** Headers are the same for every token of a key and a type, of which there are three. */
const headers = new WeakMap<PublicJwk, Map<string, string>>()

function headerOf({ algorithm, jwk }: SigningKey, type: string): string {
  const known = headers.get(jwk) ?? new Map<string, string>()
  let header = known.get(type)
  if (header === undefined) {
    header = jwsHeader(algorithm, jwk.kid, type)
    headers.set(jwk, known.set(type, header))
  }
  return header
}

type Purposes = readonly SigningPurpose[]

/** The key of these purposes and this name, read again when it is not known here, while it may verify. */
async function findUsable(op: Operation, rings: Rings, purposes: Purposes, keyId: string): Promise<SigningKey | undefined> {
  const key = findKey(await rings.current(op), purposes, keyId) ?? findKey(await rings.again(op), purposes, keyId)
  return key !== undefined && isUsable(key.row, op.nowMs) ? key : undefined
}

function findKey(ring: Ring, purposes: Purposes, keyId: string): SigningKey | undefined {
  for (const purpose of purposes) {
    const key = ring.signing.get(purpose)?.find(({ jwk }) => jwk.kid === keyId)
    if (key !== undefined) return key
  }
  return undefined
}
