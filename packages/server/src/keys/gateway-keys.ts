/**
 * The two keys that the gateway's process holds, and the functions that use
 * them there, without a database.
 *
 * A gateway that is broken into can assert any user to every app behind it, and
 * make any session of its own, until `gateway-assertion` and `gateway-session`
 * are rotated. It cannot make tokens, open columns, or read people's data. The
 * keys go over its authenticated channel only and are never written to disk.
 *
 * @module
 */

import { base64url, readBase64url, Secret, type TenantId } from '#kernel'
import { privateJwk, readPrivateKey, signBytes } from './algorithms.ts'
import type { GatewayKeys, PrivateJwk, SealingKeyExport } from './contract.ts'
import { jwsHeader, writeJws } from './jws.ts'
import { activeSigningKey, isUsable, sealingKeyAt } from './ring.ts'
import type { Rings } from './rings.ts'
import { openWith, sealedVersion, sealingKey, sealWith } from './sealed.ts'
import { purposeBinding } from './sealing.ts'

/** Signs assertions in the gateway's process. */
export interface AssertionSigner {
  readonly keyId: string
  /** A compact JWS over the claims. */
  sign(type: string, claims: Readonly<Record<string, unknown>>): string
}

/** Seals the gateway's own cookies in its process. */
export interface StateSealer {
  seal(plain: Uint8Array, context: string): Uint8Array
  /** Undefined when the bytes were not sealed under one of these keys for this context. */
  open(sealed: Uint8Array, context: string): Uint8Array | undefined
}

export function createGatewayKeys(rings: Rings): GatewayKeys {
  return {
    async exportAssertionKey(op): Promise<Secret<PrivateJwk>> {
      const key = activeSigningKey(await rings.current(op), 'gateway-assertion')
      return new Secret(privateJwk(key.algorithm, key.privateKey))
    },
    async exportSessionKeys(op): Promise<Secret<readonly SealingKeyExport[]>> {
      const ring = await rings.current(op)
      const first = sealingKeyAt(ring, 'gateway-session', op.nowMs)
      const others = [...(ring.sealing.get('gateway-session')?.values() ?? [])].filter((key) => key.version !== first.version)
      const usable = others.filter((key) => isUsable(key.row, op.nowMs))
      return new Secret([first, ...usable].map(({ version, key }) => ({ version, key: base64url(key.export()) })))
    },
  }
}

/** Throws a TypeError when the JWK is not a private key of its `alg`. */
export function createAssertionSigner(jwk: PrivateJwk): AssertionSigner {
  const key = readPrivateKey(jwk)
  if (key === undefined) throw new TypeError(`not a private key for ${jwk.alg}`)
  const { alg, kid } = jwk
  return Object.freeze({
    keyId: kid,
    sign: (type: string, claims: Readonly<Record<string, unknown>>) =>
      writeJws(jwsHeader(alg, kid, type), claims, (bytes) => signBytes(alg, key, bytes)),
  })
}

/** The first key seals, all of them open. Bytes are the same as those of `Keys.seal(op, 'gateway-session', …)`. */
export function createStateSealer(tenant: TenantId, exported: readonly SealingKeyExport[]): StateSealer {
  const keys = exported.map(({ version, key }) => {
    const bytes = readBase64url(key)
    if (bytes === undefined) throw new TypeError('not a sealing key')
    const opened = sealingKey(version, bytes)
    bytes.fill(0)
    return opened
  })
  const [first] = keys
  if (first === undefined) throw new TypeError('no sealing key')
  return Object.freeze({
    seal: (plain: Uint8Array, context: string) => sealWith(first, plain, purposeBinding(tenant, 'gateway-session', context)),
    open(sealed: Uint8Array, context: string) {
      const key = keys.find((one) => one.version === sealedVersion(sealed))
      return key === undefined ? undefined : openWith(key, sealed, purposeBinding(tenant, 'gateway-session', context))
    },
  })
}
