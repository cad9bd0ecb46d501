/**
 * Keys of a restored system. What its earlier life gave out to browsers, apps
 * and clients must end, wherever it is: the keys that signed or sealed it are
 * forgotten. What lies in the database must still open, and old checkpoints of
 * the audit log must still verify.
 *
 * @module
 */

import type { Operation } from '#kernel'
import { generateSigningKey } from './algorithms.ts'
import type { PublicJwk } from './contract.ts'
import { makeKey, wrapPublicHalf, type Generate, type Maker } from './make-keys.ts'
import { KeyMistake } from './mistakes.ts'
import { isSealing, isSigning, readPurpose, sealingPurposes, signingPurposes, type Purpose } from './purposes.ts'
import { openRing, type Ring } from './ring.ts'
import type { PurposeKeyRow } from './store.ts'
import type { KeyVault } from './vault.ts'

export interface NewLifeKeys {
  readonly rows: readonly PurposeKeyRow[]
  /** The keys that signed checkpoints before: what they signed beyond the restored log is lost. */
  readonly earlierCheckpointKeys: readonly PublicJwk[]
}

/** What `rows`, all of one tenant, become. Throws a {@link KeyMistake} when one does not open with the root key. */
export async function keysForNewLife(
  op: Operation,
  vault: KeyVault,
  rows: readonly PurposeKeyRow[],
  generate: Generate = generateSigningKey,
): Promise<NewLifeKeys> {
  const ring = await opened(op, vault, rows)
  const maker = { vault, generate }
  const fresh: PurposeKeyRow[] = []
  for (const [purpose, own] of Map.groupBy(rows, (row) => row.purpose)) {
    fresh.push(...(await renewed(op, maker, ring, readPurpose(purpose), own)))
  }
  const earlier = ring.signing.get('audit-checkpoint') ?? []
  return { rows: fresh, earlierCheckpointKeys: earlier.map((key) => key.jwk) }
}

async function renewed(
  op: Operation,
  maker: Maker,
  ring: Ring,
  purpose: Purpose | undefined,
  rows: readonly PurposeKeyRow[],
): Promise<readonly PurposeKeyRow[]> {
  const version = Math.max(...rows.map((row) => row.version)) + 1
  const active = { version, state: 'active', activates_at_ms: op.nowMs } as const
  if (purpose !== undefined && isSigning(purpose)) {
    const pair = [active, { ...active, version: version + 1, state: 'next' as const }]
    const made = await Promise.all(pair.map(async (state) => makeKey(op, maker, purpose, state)))
    return signingPurposes[purpose].afterRestore === 'forgotten' ? made : [...(await retired(op, maker, ring, rows)), ...made]
  }
  const forgotten = purpose !== undefined && isSealing(purpose) && sealingPurposes[purpose].afterRestore === 'forgotten'
  return forgotten ? [await makeKey(op, maker, purpose, active)] : rows
}

/** Only their public halves remain. */
async function retired(op: Operation, { vault }: Maker, ring: Ring, rows: readonly PurposeKeyRow[]): Promise<readonly PurposeKeyRow[]> {
  const keys = [...ring.signing.values()].flat()
  return Promise.all(
    rows.map(async (row) => {
      const key = keys.find(({ jwk }) => jwk.kid === row.id)
      if (row.state === 'retired' || key === undefined) return row
      return {
        ...row,
        ...(await wrapPublicHalf(op, vault, key)),
        state: 'retired' as const,
        retired_at_ms: op.nowMs,
        usable_until_ms: null,
      }
    }),
  )
}

async function opened(op: Operation, vault: KeyVault, rows: readonly PurposeKeyRow[]): Promise<Ring> {
  try {
    return await openRing(op, vault, rows, undefined)
  } catch (error) {
    throw new KeyMistake('keys.damaged', 'A key in the file of keys cannot be opened with the root key.', error)
  }
}
