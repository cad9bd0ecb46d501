/**
 * What backups and restores ask of a log without running it.
 *
 * @module
 */

import { sameBytes, type TenantId } from '#kernel'
import type { PublicJwk } from '#keys'
import type { Reader } from '#store'
import { openCheckpoint, originOf } from './checkpoint.ts'
import { noteKey } from './note.ts'
import { findTree, latestCheckpoint } from './store.ts'
import { rootAt } from './tree-reader.ts'

/** The latest stored checkpoint, as it was signed. Undefined before there is one. */
export async function latestCheckpointOf(
  db: Reader,
  tenant: TenantId,
): Promise<{ readonly size: number; readonly note: string } | undefined> {
  const row = await latestCheckpoint(db, tenant)
  return row === undefined ? undefined : { size: row.size, note: row.note }
}

/** How many events the stored tree holds. */
export async function treeSizeOf(db: Reader, tenant: TenantId): Promise<number> {
  return (await findTree(db, tenant))?.size ?? 0
}

/** How a log stands to a checkpoint of it. */
export type Standing =
  /** The log begins with the events of the checkpoint. */
  | { readonly is: 'held'; readonly size: number }
  /** The checkpoint counts more events than there are. */
  | { readonly is: 'ahead'; readonly size: number }
  /** It is not the log of the checkpoint. */
  | { readonly is: 'contradicted'; readonly size: number }
  /** The text is no checkpoint of this log that one of the keys signed. */
  | { readonly is: 'refused' }

/** Holds a stored log against a checkpoint that was kept elsewhere. */
export async function compareWithCheckpoint(
  db: Reader,
  tenant: TenantId,
  publicName: string,
  keys: readonly PublicJwk[],
  note: string,
): Promise<Standing> {
  const origin = originOf(publicName, tenant)
  const noteKeys = keys.map((jwk) => noteKey(origin, jwk)).filter((key) => key !== undefined)
  const opened = openCheckpoint(note, origin, noteKeys)
  if (opened.is !== 'checkpoint') return { is: 'refused' }
  const { size, root } = opened.checkpoint
  if (size > (await treeSizeOf(db, tenant))) return { is: 'ahead', size }
  const stored = await rootAt(db, tenant, size)
  return { is: stored !== undefined && sameBytes(stored, root) ? 'held' : 'contradicted', size }
}
