/**
 * Checkpoints: a signed note (C2SP tlog-checkpoint) that says how many events
 * the log holds and what their root is.
 *
 * Whoever keeps one can tell later whether the log still begins with those
 * events. A log never signs two checkpoints of which one does not continue the
 * other, so only committed trees are signed.
 *
 * @module
 */

import { Unavailable, utf8, type Operation, type TenantId } from '#kernel'
import type { Keys } from '#keys'
import { noteKey, openNote, readBase64, writeNote, type NoteKey } from './note.ts'
import { hashBytes } from './tree.ts'

export interface Checkpoint {
  /** Names the log, for instance `id.example/audit/ten_…`. */
  readonly origin: string
  /** How many events the tree holds. */
  readonly size: number
  readonly root: Uint8Array
}

/** The log of one tenant, named after the public address of this server, without its scheme. */
export function originOf(publicName: string, tenant: TenantId): string {
  return `${publicName}/audit/${tenant}`
}

/** The text that is signed: origin, size, root, a line each. */
export function writeCheckpoint({ origin, size, root }: Checkpoint): string {
  return `${origin}\n${size}\n${Buffer.from(root).toString('base64')}\n`
}

/** Reads a checkpoint's text. Extension lines are passed over, as the format asks; we write none. */
export function readCheckpoint(text: string): Checkpoint | undefined {
  const [origin = '', size = '', encoded = '', ...extensions] = text.split('\n')
  const root = readBase64(encoded)
  if (origin === '' || !/^(0|[1-9][0-9]{0,15})$/.test(size) || root?.byteLength !== hashBytes) return undefined
  if (extensions.pop() !== '' || extensions.includes('')) return undefined
  return Number.isSafeInteger(Number(size)) ? { origin, size: Number(size), root } : undefined
}

/** Signs with the key of purpose `audit-checkpoint`, which is kept outside the database's reach. */
export async function signCheckpoint(op: Operation, keys: Keys, checkpoint: Checkpoint): Promise<string> {
  const text = writeCheckpoint(checkpoint)
  const signature = await keys.sign(op, 'audit-checkpoint', utf8(text))
  const key = (await verifierKeys(op, keys, checkpoint.origin)).find((key) => key.jwk.kid === signature.keyId)
  if (key === undefined) throw new Unavailable('keys', new Error('the key that signed a checkpoint is not among its public keys'))
  return writeNote(text, key, signature.bytes)
}

/** The keys that ever signed checkpoints of this log, under the log's name. */
export async function verifierKeys(op: Operation, keys: Keys, origin: string): Promise<readonly NoteKey[]> {
  const jwks = await keys.publicKeys(op, ['audit-checkpoint'])
  return jwks.map((jwk) => noteKey(origin, jwk)).filter((key) => key !== undefined)
}

/** What is wrong with a note that should be a checkpoint of this log, or the checkpoint. */
export type OpenedCheckpoint =
  | { readonly is: 'checkpoint'; readonly checkpoint: Checkpoint; /** Of the key that signed it. */ readonly keyId: string }
  | { readonly is: 'malformed' }
  | { readonly is: 'of another log' }
  | { readonly is: 'not signed by this log' }

/** Opens a note as a checkpoint of the log `origin`, signed by one of its keys. */
export function openCheckpoint(note: string, origin: string, keys: readonly NoteKey[]): OpenedCheckpoint {
  const opened = openNote(note, keys)
  const checkpoint = opened === undefined ? undefined : readCheckpoint(opened.text)
  if (opened === undefined || checkpoint === undefined) return { is: 'malformed' }
  if (checkpoint.origin !== origin) return { is: 'of another log' }
  if (opened.signedBy === undefined) return { is: 'not signed by this log' }
  return { is: 'checkpoint', checkpoint, keyId: opened.signedBy.jwk.kid }
}
