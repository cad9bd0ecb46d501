import type { Operation } from '#kernel'
import type { ListedKey, SigningPurpose } from './contract.ts'
import { signingPurposes } from './purposes.ts'
import { isUsable, type SigningKey } from './ring.ts'
import type { Rings } from './rings.ts'

const byState = { active: 0, next: 1, retired: 2 } as const

/** The signing keys that still do something: of each purpose the one that signs first, the longest retired last. */
export async function listKeys(op: Operation, rings: Rings): Promise<readonly ListedKey[]> {
  const ring = await rings.reread(op)
  return (Object.keys(signingPurposes) as SigningPurpose[]).flatMap((purpose) =>
    (ring.signing.get(purpose) ?? [])
      .filter(({ row }) => isUsable(row, op.nowMs))
      .toSorted((left, right) => byState[left.state] - byState[right.state] || right.row.version - left.row.version)
      .map(listed),
  )
}

function listed({ purpose, algorithm, state, jwk, row }: SigningKey): ListedKey {
  const key = { purpose, keyId: jwk.kid, algorithm, state }
  if (state === 'next') return { ...key, sinceMs: row.created_at_ms, readyAtMs: row.activates_at_ms }
  if (state === 'active') return { ...key, sinceMs: row.activates_at_ms }
  const { usable_until_ms: until, retired_at_ms: retired } = row
  return { ...key, sinceMs: retired ?? row.activates_at_ms, ...(until === null ? {} : { verifiesUntilMs: until }) }
}
