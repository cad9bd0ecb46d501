/**
 * Seals, opens and hashes under the purpose keys of a tenant.
 *
 * @module
 */

import { Unavailable, type TenantId } from '#kernel'
import { binding } from './binding.ts'
import type { Keys } from './contract.ts'
import type { InnerPurpose } from './purposes.ts'
import { isUsable, sealingKeyAt } from './ring.ts'
import type { Rings } from './rings.ts'
import { openWith, sealedVersion, sealWith } from './sealed.ts'

/** What every seal under a purpose key authenticates. */
export function purposeBinding(tenant: TenantId, purpose: InnerPurpose, context: string): Uint8Array {
  return binding('countersign purpose 1', tenant, purpose, context)
}

export function createSealing(rings: Rings): Pick<Keys, 'seal' | 'open' | 'hash'> {
  return {
    async seal(op, purpose, plain, context): Promise<Uint8Array> {
      const ring = await rings.current(op)
      return sealWith(sealingKeyAt(ring, purpose, op.nowMs), plain, purposeBinding(op.tenant, purpose, context))
    },

    async open(op, purpose, sealed, context): Promise<Uint8Array | undefined> {
      const version = sealedVersion(sealed)
      if (version === undefined) return undefined
      const key = (await rings.current(op)).sealing.get(purpose)?.get(version) ?? (await rings.again(op)).sealing.get(purpose)?.get(version)
      if (key === undefined || !isUsable(key.row, op.nowMs)) return undefined
      return openWith(key, sealed, purposeBinding(op.tenant, purpose, context))
    },

    async hash(op, purpose, bytes): Promise<Uint8Array> {
      const key = (await rings.current(op)).hashing.get(purpose)
      if (key === undefined) throw new Unavailable('keys', new Error(`no key for ${purpose}`))
      return key.tag(bytes)
    },
  }
}
