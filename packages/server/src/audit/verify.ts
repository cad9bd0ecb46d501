/**
 * Verifies the whole log: every event against its hash, every hash against the
 * tree, the tree against every signed checkpoint, numbers without gaps.
 *
 * It reads 256 leaves at a time and remembers two tree edges, so a long log
 * costs time and no memory. It asks the database for nothing but rows: whoever
 * may write there may have changed any of them, and only signatures are believed.
 *
 * What it cannot see by itself: a tail that was cut off with everything that
 * tells of it. For that, give it a checkpoint that was kept elsewhere.
 *
 * @module
 */

import { setImmediate } from 'node:timers/promises'
import type { Operation } from '#kernel'
import type { Keys } from '#keys'
import type { Reader, Store } from '#store'
import { openCheckpoint, verifierKeys, type OpenedCheckpoint } from './checkpoint.ts'
import { isAsItsRowSays, readEvent, type RecordedEvent } from './event.ts'
import { Findings, type Finding } from './findings.ts'
import { Judge } from './judge.ts'
import { readVerifierKey, type NoteKey } from './note.ts'
import { NumberCheck } from './number-check.ts'
import { refuse } from './refusals.ts'
import { readRestore, type Restore } from './restores.ts'
import { Roots } from './roots.ts'
import { readSlice, type Slot } from './slice.ts'
import { findTile, findTree, latestCheckpoint } from './store.ts'
import type { AuditTables } from './tables.ts'
import { hashBytes, leafHash, tileWidth } from './tree.ts'
import { listWaiting, verifyWaiting } from './verify-writers.ts'

export interface VerifyRequest {
  /** A checkpoint that was kept elsewhere, the whole signed note. */
  readonly checkpoint?: string | undefined
  /** The key that it must be signed with, `name+id+key`; one of this server's own when absent. */
  readonly verifierKey?: string | undefined
}

/** What was found. `intact` means that there are no findings. */
export interface Verification {
  readonly is: 'intact' | 'damaged'
  /** Events that were read. */
  readonly events: number
  /** Leaves of the tree. */
  readonly treeSize: number
  /** Leaves that a stored checkpoint covers. */
  readonly checkpointSize: number
  /** Events that committed too recently to be in the tree. */
  readonly notYetInTree: number
  readonly findings: readonly Finding[]
  /** Findings beyond those named. */
  readonly moreFindings: number
}

export async function verifyLog(op: Operation, store: Store, keys: Keys, origin: string, request: VerifyRequest): Promise<Verification> {
  const findings = new Findings()
  const ours = await verifierKeys(op, keys, origin)
  // One snapshot says what is verified: whatever was committed before it is either among the leaves or waits for them. The log
  // grows meanwhile, and what moves into the tree would otherwise be looked at by neither pass.
  const { size, waiting } = await store.read(op, async (db) => ({
    size: await sizeOfLog(db, op, findings),
    waiting: await listWaiting(db, op, findings),
  }))
  const given = openGiven(request, origin, ours, findings)
  const roots = new Roots({ op, store, origin, keys: ours, given: given?.checkpoint, findings })
  const { events, restores, contradictsGiven } = await walkLeaves(op, store, size, roots, findings)
  await checkLatest(op, store, size, findings)
  // A system that has just been restored says so in an event that still waits for the tree.
  const waitingRestores: Restore[] = []
  const pending = await verifyWaiting(op, store, waiting, findings, (event) => {
    const restore = readRestore(event)
    if (restore !== undefined) waitingRestores.push(restore)
  })
  if (given !== undefined) judgeGiven(given, size, [...restores, ...waitingRestores], contradictsGiven, findings)
  return {
    is: findings.all.length === 0 ? 'intact' : 'damaged',
    events: events + pending,
    treeSize: size,
    checkpointSize: roots.coveredSize,
    notYetInTree: pending,
    findings: findings.all,
    moreFindings: findings.more,
  }
}

/** How many leaves there are: the tree's own row and the list of leaves must say the same. */
async function sizeOfLog(db: Reader, op: Operation, findings: Findings): Promise<number> {
  const grown = (await findTree(db, op.tenant))?.size ?? 0
  const last = await db
    .withTables<AuditTables>()
    .selectFrom('audit_run')
    .select(['position', 'count'])
    .where('tenant', '=', op.tenant)
    .orderBy('position', 'desc')
    .limit(1)
    .executeTakeFirst()
  const listed = last === undefined ? 0 : last.position + last.count
  if (grown === listed) return grown
  findings.add({ code: 'order_broken', index: Math.min(grown, listed) })
  return Math.min(...[grown, listed].filter((size) => size > 0))
}

function openGiven(
  { checkpoint, verifierKey }: VerifyRequest,
  origin: string,
  ours: readonly NoteKey[],
  findings: Findings,
): Given | undefined {
  const key = verifierKey === undefined ? undefined : readVerifierKey(verifierKey)
  if (verifierKey !== undefined && key === undefined) throw refuse('audit.unreadable_key')
  if (checkpoint === undefined) return undefined
  const opened = openCheckpoint(checkpoint, origin, key === undefined ? ours : [key])
  if (opened.is === 'checkpoint') return opened
  findings.add({ code: 'given_refused', because: opened.is })
  return undefined
}

type Given = Extract<OpenedCheckpoint, { is: 'checkpoint' }>

/**
 * A checkpoint that this log does not hold was signed either before a restore
 * that went further back, by a key that has only verified since, or by nobody who
 * may be believed about this log.
 */
function judgeGiven(
  { checkpoint: { size }, keyId }: Given,
  left: number,
  restores: readonly Restore[],
  contradicts: Judge['contradictsGiven'],
  findings: Findings,
): void {
  if (size <= left && contradicts === undefined) return
  const restore = restores.find(({ logSize, earlierKeys }) => logSize < size && earlierKeys.includes(keyId))
  if (restore !== undefined) findings.add({ code: 'lost_in_restore', size, left: restore.logSize, epoch: restore.epoch })
  else if (contradicts === undefined) findings.add({ code: 'tail_cut', size, whose: 'given', left })
  else findings.add({ code: 'log_rewritten', size, whose: 'given', heldUpTo: contradicts.heldUpTo })
}

interface Walked {
  /** How many were there. */
  readonly events: number
  readonly restores: readonly Restore[]
  readonly contradictsGiven: Judge['contradictsGiven']
}

/** Goes through all leaves in order. */
async function walkLeaves(op: Operation, store: Store, size: number, roots: Roots, findings: Findings): Promise<Walked> {
  const judge = new Judge(findings)
  const numbers = new NumberCheck(findings)
  const storedTile = async (level: number, number: number): Promise<Uint8Array | undefined> =>
    store.read(op, async (db) => findTile(db, op.tenant, level, number))
  let events = 0
  const restores: Restore[] = []
  for (const root of await roots.of(0)) judge.check(root)
  for (let first = 0; first < size; first += tileWidth) {
    const end = Math.min(size, first + tileWidth)
    const { slots, tile } = await store.read(op, async (db) => {
      return { slots: await readSlice(db, op.tenant, first, end), tile: await findTile(db, op.tenant, 0, first / tileWidth) }
    })
    numbers.check(slots)
    for (const slot of slots) {
      if (slot.row !== undefined) events += 1
      const event = slot.row === undefined ? undefined : readEvent(slot.row.content)
      takeSlot(judge, op, slot, event, hashIn(tile, slot.index - first), findings)
      const restore = event && readRestore(event)
      if (restore !== undefined) restores.push(restore)
      for (const root of await roots.of(slot.index + 1)) judge.check(root)
      roots.passLeaf(slot)
    }
    await judge.checkTiles(storedTile)
    await setImmediate() // others are served between
  }
  await judge.close(storedTile)
  return { events, restores, contradictsGiven: judge.contradictsGiven }
}

function takeSlot(
  judge: Judge,
  op: Operation,
  { index, place, row, claimedTwice }: Slot,
  event: RecordedEvent | undefined,
  inTile: Uint8Array | undefined,
  findings: Findings,
): void {
  if (place === undefined || claimedTwice) findings.add({ code: 'order_broken', index })
  else if (row === undefined) findings.add({ code: 'event_missing', index, ...place })
  const honest = row !== undefined && (event === undefined || isAsItsRowSays(event, op.tenant, row))
  judge.take({
    index,
    writer: place?.writer ?? '',
    number: place?.number ?? 0,
    what: event?.what,
    fromContent: row === undefined ? undefined : leafHash(row.content),
    besideEvent: honest ? row.hash : undefined,
    inTile,
  })
}

function hashIn(tile: Uint8Array | undefined, place: number): Uint8Array | undefined {
  const hash = tile?.subarray(place * hashBytes, (place + 1) * hashBytes)
  return hash?.byteLength === hashBytes ? hash : undefined
}

/** No stored checkpoint may count more events than there are. Asked last, of one snapshot: the log grows meanwhile. */
async function checkLatest(op: Operation, store: Store, size: number, findings: Findings): Promise<void> {
  await store.read(op, async (db) => {
    const latest = await latestCheckpoint(db, op.tenant)
    const left = Math.max(size, (await findTree(db, op.tenant))?.size ?? 0)
    if (latest !== undefined && latest.size > left) findings.add({ code: 'tail_cut', size: latest.size, whose: 'kept', left })
  })
}
