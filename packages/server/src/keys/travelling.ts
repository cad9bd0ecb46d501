/**
 * Rows of keys as text, for the file in which they travel apart from the data.
 * All of it is wrapped: the file is of no use without the root key.
 *
 * @module
 */

import { base64url, readBase64url, readId, type TenantId, type UserId } from '#kernel'
import type { Reader } from '#store'
import { listPersonKeys, listPurposeKeys, type KeyState, type PersonKeyRow, type PurposeKeyRow } from './store.ts'

/** One line: JSON that begins with what it is. */
export type KeyLine = { readonly is: 'purpose'; readonly row: PurposeKeyRow } | { readonly is: 'person'; readonly row: PersonKeyRow }

const states: readonly string[] = ['next', 'active', 'retired'] satisfies readonly KeyState[]

export function writeKeyLine(line: KeyLine): string {
  if (line.is === 'person') {
    const { tenant, person, wrapped, created_at_ms: createdAtMs } = line.row
    return JSON.stringify(['person', tenant, person, base64url(wrapped), createdAtMs])
  }
  const { row } = line
  const times = [row.created_at_ms, row.activates_at_ms, row.retired_at_ms, row.usable_until_ms]
  return JSON.stringify([
    'purpose',
    row.tenant,
    row.purpose,
    row.id,
    row.algorithm,
    row.version,
    row.state,
    row.vault_key,
    base64url(row.wrapped),
    ...times,
  ])
}

/** Undefined when the line is none of ours. */
export function readKeyLine(text: string): KeyLine | undefined {
  const [is, tenant, ...rest] = readArray(text)
  const owner = typeof tenant === 'string' ? readId('ten', tenant) : undefined
  if (owner === undefined) return undefined
  if (is === 'person') return readPerson(owner, rest)
  return is === 'purpose' ? readPurposeRow(owner, rest) : undefined
}

function readPerson(tenant: TenantId, [person, wrapped, createdAtMs]: readonly unknown[]): KeyLine | undefined {
  const id = typeof person === 'string' ? readId('usr', person) : undefined
  const bytes = readBytes(wrapped)
  if (id === undefined || bytes === undefined || !isCount(createdAtMs)) return undefined
  return { is: 'person', row: { tenant, person: id, wrapped: bytes, created_at_ms: createdAtMs } }
}

function readPurposeRow(tenant: TenantId, fields: readonly unknown[]): KeyLine | undefined {
  const [purpose, id, algorithm, version, state, vaultKey, wrapped, createdAtMs, activatesAtMs, retiredAtMs, usableUntilMs] = fields
  const bytes = readBytes(wrapped)
  if (typeof purpose !== 'string' || typeof id !== 'string' || typeof algorithm !== 'string' || typeof vaultKey !== 'string')
    return undefined
  if (bytes === undefined || !isCount(version) || !isCount(createdAtMs) || !isCount(activatesAtMs)) return undefined
  if (typeof state !== 'string' || !states.includes(state) || !isCountOrNull(retiredAtMs) || !isCountOrNull(usableUntilMs)) return undefined
  return {
    is: 'purpose',
    row: {
      tenant,
      purpose,
      id,
      algorithm,
      version,
      state: state as KeyState,
      vault_key: vaultKey,
      wrapped: bytes,
      created_at_ms: createdAtMs,
      activates_at_ms: activatesAtMs,
      retired_at_ms: retiredAtMs,
      usable_until_ms: usableUntilMs,
    },
  }
}

const pageSize = 1_000

/** The keys of purposes, of a tenant, as lines. */
export async function purposeKeyLines(db: Reader, tenant: TenantId, nowMs: number): Promise<readonly string[]> {
  return (await listPurposeKeys(db, tenant, nowMs)).map((row) => writeKeyLine({ is: 'purpose', row }))
}

/** The keys of people, a page of lines after a person. `last` is undefined after the last page. */
export async function personKeyLines(
  db: Reader,
  tenant: TenantId,
  after: UserId | undefined,
): Promise<{ readonly lines: readonly string[]; readonly last: UserId | undefined }> {
  const rows = await listPersonKeys(db, tenant, after, pageSize)
  const lines = rows.map((row) => writeKeyLine({ is: 'person', row }))
  return { lines, last: rows.length === pageSize ? rows.at(-1)?.person : undefined }
}

function readArray(text: string): readonly unknown[] {
  try {
    const value: unknown = JSON.parse(text)
    return Array.isArray(value) ? (value as readonly unknown[]) : []
  } catch {
    return []
  }
}

function readBytes(value: unknown): Uint8Array | undefined {
  return typeof value === 'string' ? readBase64url(value) : undefined
}

function isCount(value: unknown): value is number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0
}

function isCountOrNull(value: unknown): value is number | null {
  return value === null || isCount(value)
}
