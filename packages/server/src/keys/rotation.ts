/**
 * Planned rotation. A signing key is published as `next` long before it signs,
 * signs as `active`, and as `retired` verifies for as long as what it signed may
 * live; then its row is deleted. Nothing that anybody holds stops working.
 *
 * @module
 */

import { refusals, Unavailable, type Operation, type Refusal } from '#kernel'
import type { Store, Transaction } from '#store'
import type { SealingPurpose, SigningPurpose } from './contract.ts'
import { makeKey, publishedFirstMs, wrapPublicHalf } from './make-keys.ts'
import { isSigning, sealingPurposes, signingPurposes } from './purposes.ts'
import { activeSigningKey, type Ring } from './ring.ts'
import { maxAgeMs, type Rings } from './rings.ts'
import { activatePurposeKey, deleteSpentKeys, keepPurposeKeys, retirePurposeKey, type PurposeKeyRow } from './store.ts'

const says = {
  'keys.rotated_too_recently': 'This key was rotated too recently; try again in a few minutes.',
} as const

export const rotationRefusals: Readonly<Record<keyof typeof says, string>> = says

const refuse = refusals(says)

/** When every server has read a change, with as much again for clocks that differ. */
const readEverywhereMs = 2 * maxAgeMs

/** A sweep is one short write. */
const mostSwept = 1000

export async function rotateKey(op: Operation, store: Store, rings: Rings, purpose: SigningPurpose | SealingPurpose): Promise<void> {
  const ring = await rings.reread(op)
  await (isSigning(purpose) ? rotateSigning(op, store, rings, ring, purpose) : rotateSealing(op, store, rings, ring, purpose))
  await rings.reread(op)
}

/** Deletes at most 1000 keys of the tenant that no longer verify or open anything; says how many. */
export async function sweep(op: Operation, store: Store): Promise<number> {
  return store.write(op, (tx) => deleteSpentKeys(tx, op.tenant, op.nowMs, mostSwept))
}

async function rotateSigning(op: Operation, store: Store, rings: Rings, ring: Ring, purpose: SigningPurpose): Promise<void> {
  const active = activeSigningKey(ring, purpose)
  const next = ring.signing.get(purpose)?.find((key) => key.state === 'next')
  if (next === undefined || op.nowMs < next.row.activates_at_ms) throw refuse('keys.rotated_too_recently', 'the next key is not ready')
  const fresh = await makeKey(op, rings.maker, purpose, {
    version: next.row.version + 1,
    state: 'next',
    activates_at_ms: op.nowMs + publishedFirstMs,
  })
  const retired = { ...active.row, ...(await wrapPublicHalf(op, rings.maker.vault, active)) }
  await store.write(op, async (tx) => {
    if (!(await retirePurposeKey(tx, retired, op.nowMs, endsAt(op, signingPurposes[purpose].verifiesForMs)))) return raced()
    if (!(await activatePurposeKey(tx, next.row, op.nowMs))) throw raced()
    return keep(tx, fresh, next.row.id, active.row.id)
  })
}

/** The older version goes on sealing until every server has read the new one. */
async function rotateSealing(op: Operation, store: Store, rings: Rings, ring: Ring, purpose: SealingPurpose): Promise<void> {
  const active = [...(ring.sealing.get(purpose)?.values() ?? [])].find((key) => key.state === 'active')
  if (active === undefined) throw new Unavailable('keys', new Error(`no active key for ${purpose}`))
  if (op.nowMs < active.row.activates_at_ms) throw refuse('keys.rotated_too_recently', 'the newest version has not begun to seal')
  const fresh = await makeKey(op, rings.maker, purpose, {
    version: active.version + 1,
    state: 'active',
    activates_at_ms: op.nowMs + readEverywhereMs,
  })
  await store.write(op, async (tx) => {
    if (!(await retirePurposeKey(tx, active.row, op.nowMs, endsAt(op, sealingPurposes[purpose].opensForMs)))) return raced()
    return keep(tx, fresh, fresh.id, active.row.id)
  })
}

async function keep(tx: Transaction, fresh: PurposeKeyRow, active: string, retired: string): Promise<void> {
  if ((await keepPurposeKeys(tx, [fresh])) !== 1) throw raced()
  tx.record({ what: 'key.rotated', about: active, outcome: 'done', facts: { purpose: fresh.purpose, retired } })
}

/** Another server keeps using the old key until it has read the change: that is part of its life. */
function endsAt(op: Operation, lifeMs: number | undefined): number | null {
  return lifeMs === undefined ? null : op.nowMs + readEverywhereMs + lifeMs
}

/** Two rotations at once: the first one did what both wanted. */
function raced(): Refusal {
  return refuse('keys.rotated_too_recently', 'somebody else rotated at the same time')
}
