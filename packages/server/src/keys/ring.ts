/**
 * The keys of one tenant, opened and ready, as this server last read them.
 *
 * @module
 */

import { createPrivateKey, createPublicKey, type KeyObject } from 'node:crypto'
import { Unavailable, type Operation, type TenantId } from '#kernel'
import { publicJwk, readAlgorithm } from './algorithms.ts'
import type { HashingPurpose, PublicJwk, SigningAlgorithm, SigningPurpose } from './contract.ts'
import { HmacKey } from './primitives.ts'
import { isSealing, isSigning, readPurpose, type InnerPurpose, type Purpose } from './purposes.ts'
import { sealingKey, type SealingKey } from './sealed.ts'
import type { KeyState, PurposeKeyRow } from './store.ts'
import type { KeyVault } from './vault.ts'

export interface SigningKey {
  readonly purpose: SigningPurpose
  readonly algorithm: SigningAlgorithm
  readonly state: KeyState
  /** Absent once the key is retired. */
  readonly privateKey: KeyObject | undefined
  readonly publicKey: KeyObject
  readonly jwk: PublicJwk
  readonly row: PurposeKeyRow
}

export interface OpenedSealingKey extends SealingKey {
  readonly state: KeyState
  readonly row: PurposeKeyRow
}

/** A snapshot; a re-read makes a new one. */
export interface Ring {
  readonly signing: ReadonlyMap<SigningPurpose, readonly SigningKey[]>
  readonly sealing: ReadonlyMap<InnerPurpose, ReadonlyMap<number, OpenedSealingKey>>
  readonly hashing: ReadonlyMap<HashingPurpose, HmacKey>
}

/** What is authenticated with a wrapped key, so that no row can pose as another. None of the parts can hold a space. */
export function wrappingContext(tenant: TenantId, purpose: Purpose, id: string, half: 'whole' | 'public'): string {
  return `purpose-key ${tenant} ${purpose} ${id} ${half}`
}

/**
 * Opens the rows of a tenant; keys that `before` holds are taken from there.
 *
 * Throws `Unavailable` when a row does not open: rows were checked at the start,
 * so this one was damaged or put there since.
 */
export async function openRing(op: Operation, vault: KeyVault, rows: readonly PurposeKeyRow[], before: Ring | undefined): Promise<Ring> {
  const signing = new Map<SigningPurpose, SigningKey[]>()
  const sealing = new Map<InnerPurpose, Map<number, OpenedSealingKey>>()
  const hashing = new Map<HashingPurpose, HmacKey>()
  for (const row of rows) {
    const purpose = readPurpose(row.purpose)
    if (purpose === undefined) continue
    if (isSigning(purpose)) {
      const key = knownSigningKey(before, purpose, row) ?? (await openSigningKey(op, vault, purpose, row))
      signing.set(purpose, [...(signing.get(purpose) ?? []), key])
    } else if (isSealing(purpose)) {
      const known = before?.sealing.get(purpose)?.get(row.version)
      const key = known ?? (await openWrapped(op, vault, purpose, row, (bytes) => sealingKey(row.version, bytes)))
      const versions = sealing.get(purpose) ?? new Map<number, OpenedSealingKey>()
      sealing.set(purpose, versions.set(row.version, { ...key, state: row.state, row }))
    } else {
      const known = before?.hashing.get(purpose)
      hashing.set(purpose, known ?? (await openWrapped(op, vault, purpose, row, (bytes) => new HmacKey(bytes))))
    }
  }
  return { signing, sealing, hashing }
}

/** The key that signs now. */
export function activeSigningKey(ring: Ring, purpose: SigningPurpose): SigningKey & { readonly privateKey: KeyObject } {
  const key = ring.signing.get(purpose)?.find((one) => one.state === 'active')
  if (key?.privateKey === undefined) throw new Unavailable('keys', new Error(`no active key for ${purpose}`))
  return { ...key, privateKey: key.privateKey }
}

/**
 * The version that seals now: the newest one whose time has come, so that all
 * servers have read a new version before any of them seals with it. The first
 * version has always had its time, also for an operation that began before it.
 */
export function sealingKeyAt(ring: Ring, purpose: InnerPurpose, nowMs: number): OpenedSealingKey {
  const newestFirst = [...(ring.sealing.get(purpose)?.values() ?? [])].sort((left, right) => right.version - left.version)
  const key = newestFirst.find((one) => one.row.activates_at_ms <= nowMs) ?? newestFirst.at(-1)
  if (key === undefined) throw new Unavailable('keys', new Error(`no key for ${purpose}`))
  return key
}

/** Whether a key may still verify or open. Rows that are over leave the ring only at the next re-read. */
export function isUsable(row: PurposeKeyRow, nowMs: number): boolean {
  return row.usable_until_ms === null || nowMs < row.usable_until_ms
}

function knownSigningKey(before: Ring | undefined, purpose: SigningPurpose, row: PurposeKeyRow): SigningKey | undefined {
  const known = before?.signing.get(purpose)?.find((key) => key.jwk.kid === row.id)
  if (known === undefined) return undefined
  return { ...known, state: row.state, row, privateKey: row.state === 'retired' ? undefined : known.privateKey }
}

/** The public half comes out of the wrapped bytes and never out of a column: whoever writes to the database must not add a key that verifies. */
async function openSigningKey(op: Operation, vault: KeyVault, purpose: SigningPurpose, row: PurposeKeyRow): Promise<SigningKey> {
  const algorithm = readAlgorithm(row.algorithm)
  if (algorithm === undefined) throw new Unavailable('keys', new Error(`key ${row.id} has an unknown algorithm`))
  const { privateKey, publicKey } = await openWrapped(op, vault, purpose, row, (bytes) => {
    const key = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
    if (row.state === 'retired') return { privateKey: undefined, publicKey: createPublicKey({ key, format: 'der', type: 'spki' }) }
    const privateKey = createPrivateKey({ key, format: 'der', type: 'pkcs8' })
    return { privateKey, publicKey: createPublicKey(privateKey) }
  })
  const jwk = publicJwk(algorithm, publicKey)
  if (jwk.kid !== row.id) throw new Unavailable('keys', new Error(`key ${row.id} is not what its id says`))
  return { purpose, algorithm, state: row.state, privateKey, publicKey, jwk, row }
}

/** Unwraps a row's key, hands the bytes to `take` and wipes them. */
async function openWrapped<Opened>(
  op: Operation,
  vault: KeyVault,
  purpose: Purpose,
  row: PurposeKeyRow,
  take: (bytes: Uint8Array) => Opened,
): Promise<Opened> {
  const half = isSigning(purpose) && row.state === 'retired' ? 'public' : 'whole'
  const bytes = await unwrap(op, vault, row, wrappingContext(row.tenant, purpose, row.id, half))
  try {
    return take(bytes)
  } finally {
    bytes.fill(0)
  }
}

async function unwrap(op: Operation, vault: KeyVault, row: PurposeKeyRow, context: string): Promise<Uint8Array> {
  try {
    return await vault.unwrap(op, { vaultKey: row.vault_key, bytes: row.wrapped }, context)
  } catch (error) {
    throw new Unavailable('keys', error)
  }
}
