/**
 * Fresh keys, wrapped and ready to be written. They are made before the write
 * that keeps them: it may run twice and must not wait for a generator.
 *
 * @module
 */

import type { KeyObject } from 'node:crypto'
import { newId, randomBytes, type Operation } from '#kernel'
import { publicJwk } from './algorithms.ts'
import type { SigningAlgorithm, SigningPurpose } from './contract.ts'
import { isMadeWhenAsked, isSealing, isSigning, purposes, signingPurposes, type Purpose } from './purposes.ts'
import { wrappingContext, type Ring, type SigningKey } from './ring.ts'
import type { PurposeKeyRow } from './store.ts'
import type { KeyVault } from './vault.ts'

/** Where private signing keys come from. Tests hand in keys made earlier, because an RSA key takes a quarter of a second. */
export type Generate = (algorithm: SigningAlgorithm) => Promise<KeyObject>

export interface Maker {
  readonly vault: KeyVault
  readonly generate: Generate
}

/** Longer than clients keep our key set, which they are told to for 5 minutes. */
export const publishedFirstMs = 600_000

type NewState = Pick<PurposeKeyRow, 'version' | 'state' | 'activates_at_ms'>

/**
 * Keys for every purpose of the operation's tenant that has none, and of those that wait to be asked for the one that is.
 *
 * A tenant's first next keys may sign at once, unlike those that come later: no
 * key set was ever published without them.
 */
export async function makeMissing(
  op: Operation,
  maker: Maker,
  ring: Ring | undefined,
  asked?: SigningPurpose,
): Promise<readonly PurposeKeyRow[]> {
  const readyAtMs = (ring?.signing.size ?? 0) === 0 ? op.nowMs : op.nowMs + publishedFirstMs
  const wanted = purposes.flatMap((purpose) => {
    if (has(ring, purpose) || (isMadeWhenAsked(purpose) && purpose !== asked)) return []
    const active = { purpose, version: 1, state: 'active' as const, activates_at_ms: op.nowMs }
    return isSigning(purpose) ? [active, { ...active, version: 2, state: 'next' as const, activates_at_ms: readyAtMs }] : [active]
  })
  return Promise.all(wanted.map(({ purpose, ...state }) => makeKey(op, maker, purpose, state)))
}

/** One key in its first state. */
export async function makeKey(op: Operation, maker: Maker, purpose: Purpose, state: NewState): Promise<PurposeKeyRow> {
  const { id, algorithm, bytes } = await draw(maker, purpose)
  const wrapped = await maker.vault.wrap(op, bytes, wrappingContext(op.tenant, purpose, id, 'whole'))
  bytes.fill(0)
  return {
    tenant: op.tenant,
    purpose,
    id,
    algorithm,
    version: state.version,
    state: state.state,
    vault_key: wrapped.vaultKey,
    wrapped: wrapped.bytes,
    created_at_ms: op.nowMs,
    activates_at_ms: state.activates_at_ms,
    retired_at_ms: null,
    usable_until_ms: null,
  }
}

/** What a signing key's row holds once it is retired: its public half, wrapped so that nobody can put another in its place. */
export async function wrapPublicHalf(
  op: Operation,
  vault: KeyVault,
  key: SigningKey,
): Promise<Pick<PurposeKeyRow, 'vault_key' | 'wrapped'>> {
  const spki = key.publicKey.export({ format: 'der', type: 'spki' })
  const wrapped = await vault.wrap(op, spki, wrappingContext(op.tenant, key.purpose, key.jwk.kid, 'public'))
  return { vault_key: wrapped.vaultKey, wrapped: wrapped.bytes }
}

async function draw(maker: Maker, purpose: Purpose): Promise<{ id: string; algorithm: string; bytes: Uint8Array }> {
  if (isSigning(purpose)) {
    const { algorithm } = signingPurposes[purpose]
    const key = await maker.generate(algorithm)
    return {
      id: publicJwk(algorithm, key).kid,
      algorithm,
      bytes: key.export({ format: 'der', type: 'pkcs8' }),
    }
  }
  return { id: newId('key'), algorithm: isSealing(purpose) ? 'XAES-256-GCM' : 'HMAC-SHA-256', bytes: randomBytes(32) }
}

function has(ring: Ring | undefined, purpose: Purpose): boolean {
  if (ring === undefined) return false
  if (isSigning(purpose)) return ring.signing.has(purpose)
  return isSealing(purpose) ? ring.sealing.has(purpose) : ring.hashing.has(purpose)
}
