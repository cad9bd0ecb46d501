/**
 * Signs and verifies under the purpose keys of a tenant.
 *
 * @module
 */

import { base64url, sha256 } from '#kernel'
import { signBytes, verifyBytes } from './algorithms.ts'
import type { Keys, PublicJwk, Signature, SigningPurpose } from './contract.ts'
import { readJsonObject } from './json.ts'
import { jwsHeader, maxTokenChars, readJws, writeJws } from './jws.ts'
import { signingPurposes } from './purposes.ts'
import { activeSigningKey, isUsable, type Ring, type SigningKey } from './ring.ts'
import type { Rings } from './rings.ts'
import { VerifiedSignatures } from './verified.ts'

type Signing = Pick<Keys, 'sign' | 'signJwt' | 'publicKeys' | 'verifyJwt'>

/** The first in a key set is what a client without a rule of its own tries first. */
const publishedOrder = { active: 0, next: 1, retired: 2 } as const

const published = (Object.keys(signingPurposes) as SigningPurpose[]).filter((purpose) => signingPurposes[purpose].published)

export function createSigning(rings: Rings): Signing {
  const verified = new VerifiedSignatures()

  return {
    async sign(op, purpose, bytes): Promise<Signature> {
      const key = activeSigningKey(await rings.current(op), purpose)
      return { keyId: key.jwk.kid, algorithm: key.algorithm, bytes: signBytes(key.algorithm, key.privateKey, bytes) }
    },

    async signJwt(op, purpose, type, claims): Promise<string> {
      const key = activeSigningKey(await rings.current(op), purpose)
      return writeJws(jwsHeader(key.algorithm, key.jwk.kid, type), claims, (bytes) => signBytes(key.algorithm, key.privateKey, bytes))
    },

    async publicKeys(op, purposes = published): Promise<readonly PublicJwk[]> {
      const ring = await rings.current(op)
      return purposes
        .flatMap((purpose) => ring.signing.get(purpose) ?? [])
        .filter((key) => isUsable(key.row, op.nowMs))
        .sort((left, right) => publishedOrder[left.state] - publishedOrder[right.state])
        .map((key) => key.jwk)
    },

    async verifyJwt(op, purpose, type, token): Promise<Readonly<Record<string, unknown>> | undefined> {
      if (token.length > maxTokenChars) return undefined
      const jws = readJws(token)
      if (jws?.type !== type) return undefined
      let ring = await rings.current(op)
      let key = findKey(ring, purpose, jws.keyId)
      if (key === undefined) {
        ring = await rings.again(op)
        key = findKey(ring, purpose, jws.keyId)
      }
      if (key === undefined || key.algorithm !== jws.algorithm || !isUsable(key.row, op.nowMs)) return undefined
      const remembered = `${op.tenant} ${purpose} ${key.jwk.kid} ${base64url(sha256(token))}`
      if (!verified.has(remembered)) {
        if (!verifyBytes(key.algorithm, key.publicKey, jws.signed, jws.signature)) return undefined
        verified.remember(remembered)
      }
      return readJsonObject(jws.payload)
    },
  }
}

function findKey(ring: Ring, purpose: SigningPurpose, keyId: string): SigningKey | undefined {
  return ring.signing.get(purpose)?.find((key) => key.jwk.kid === keyId)
}
