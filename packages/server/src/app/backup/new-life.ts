/**
 * Turns a database that was brought back into a system that may run: with its
 * keys, without whoever was erased since, and in a new life (epoch), in which
 * nothing that was given out before is worth anything.
 *
 * INVARIANT (one write begins the life): the keys of purposes come with the
 * epoch, the empty tables and the event, in one transaction. Before it the
 * database does not open, because its keys are missing; a restore that was
 * interrupted there may be run again.
 *
 * @module
 */

import { compareWithCheckpoint, treeSizeOf, type Standing } from '#audit'
import { deleteAgain, listLiving, whoLives } from '#identity'
import type { Operation, UserId } from '#kernel'
import {
  keysForNewLife,
  openKeys,
  peopleWithoutKey,
  putPersonKeys,
  putPurposeKeys,
  type KeyVault,
  type NewLifeKeys,
  type PersonKeyRow,
  type PurposeKeyRow,
} from '#keys'
import { emptyTables, replaceInstanceFact, tableFates, type Store } from '#store'
import { migrations } from '../ground.ts'
import { StartMistake } from '../mistake.ts'
import type { KeyFile } from './key-file.ts'
import type { Manifest } from './manifest.ts'
import { takeAgain } from './take-again.ts'

export interface NewLife {
  readonly op: Operation
  readonly store: Store
  readonly vault: KeyVault
  readonly manifest: Manifest
  readonly keyFile: KeyFile
  /** Names the log. */
  readonly publicName: string
  /** A checkpoint that was kept elsewhere, the signed note. */
  readonly checkpoint: string | undefined
}

/** What a restore did. */
export interface Restored {
  readonly epoch: number
  /** Events that are in the restored log's tree. */
  readonly events: number
  /** How many events the later checkpoint counts, where one was given: those beyond `events` are lost. */
  readonly checkpointSize: number | undefined
  /** People who were deleted after the backup, and are again. */
  readonly erasedAgain: number
  /** Roles, memberships, passwords, clients and the like that had been taken away after the backup, and are again. */
  readonly takenAgain: number
}

/** People at once in one write. */
const batch = 200

/** Begins the new life. Throws a `StartMistake`, before anything that matters has changed, when the parts do not fit each other. */
export async function beginNewLife(life: NewLife): Promise<Restored> {
  const { op, store, vault, manifest, keyFile } = life
  const { purposes, people } = await bringKeys(life)
  if (purposes.length === 0) throw new StartMistake('The file of keys holds no keys.')
  const keys = await keysForNewLife(op, vault, purposes)
  const { events, checkpointSize } = await checkLog(life, keys)
  const erasedAgain = await eraseAgain(life)
  const takenAgain = await takeAgain(op, store, keyFile)
  const epoch = Math.max(manifest.epoch, keyFile.origin.epoch) + 1
  const began = await store.write(op, async (tx) => {
    if (!(await replaceInstanceFact(tx, 'epoch', String(manifest.epoch), String(epoch)))) return false
    if (!(await putPurposeKeys(tx, op.tenant, keys.rows))) return false
    await emptyTables(tx, tableFates(migrations).leftOut)
    tx.record({
      what: 'instance.restored',
      about: manifest.instance,
      outcome: 'done',
      facts: {
        epoch,
        from_epoch: manifest.epoch,
        made_at_ms: manifest.madeAtMs,
        keys_at_ms: keyFile.origin.madeAtMs,
        log_size: events,
        earlier_keys: keys.earlierCheckpointKeys.map(({ kid }) => kid).join(' '),
        people,
        erased_again: erasedAgain,
        taken_again: takenAgain,
        ...(checkpointSize === undefined ? {} : { checkpoint_size: checkpointSize }),
      },
    })
    return true
  })
  if (!began) throw new StartMistake('Somebody else has restored this database meanwhile.')
  await openKeys(op, { store, vault })
  return { epoch, events, checkpointSize, erasedAgain, takenAgain }
}

/** Puts the keys of people who are there, and collects those of purposes. The MAC of the whole file holds when this returns. */
async function bringKeys({
  op,
  store,
  keyFile,
}: NewLife): Promise<{ readonly purposes: readonly PurposeKeyRow[]; readonly people: number }> {
  const purposes: PurposeKeyRow[] = []
  let waiting: PersonKeyRow[] = []
  let people = 0
  const put = async (): Promise<void> => {
    const rows = waiting
    waiting = []
    if (rows.length === 0) return
    people += await store.write(op, async (tx) => {
      const living = await whoLives(
        tx,
        op,
        rows.map(({ person }) => person),
      )
      const own = rows.filter(({ person }) => living.has(person))
      await putPersonKeys(tx, own)
      return own.length
    })
  }
  for await (const line of keyFile.lines()) {
    if (!('row' in line)) continue
    if (line.row.tenant !== op.tenant) throw new StartMistake('The file of keys is of another tenant.')
    if (line.is === 'purpose') purposes.push(line.row)
    else waiting.push(line.row)
    if (waiting.length === batch) await put()
  }
  await put()
  return { purposes, people }
}

/** The log must be the one of the backup, and of the checkpoint that was kept elsewhere. */
async function checkLog(
  { op, store, manifest, publicName, checkpoint }: NewLife,
  { earlierCheckpointKeys: jwks }: NewLifeKeys,
): Promise<{ readonly events: number; readonly checkpointSize: number | undefined }> {
  return store.read(op, async (db) => {
    const compare = async (note: string): Promise<Standing> => compareWithCheckpoint(db, op.tenant, publicName, jwks, note)
    if (manifest.checkpoint !== undefined && (await compare(manifest.checkpoint.note)).is !== 'held') {
      throw new StartMistake('The log in the database is not the one that the backup tells of.')
    }
    const events = await treeSizeOf(db, op.tenant)
    if (checkpoint === undefined) return { events, checkpointSize: undefined }
    const kept = await compare(checkpoint)
    if (kept.is === 'refused') throw new StartMistake('The given checkpoint is not one of this instance’s log.')
    if (kept.is === 'contradicted')
      throw new StartMistake('The given checkpoint contradicts the log of the backup: one of them was forged.')
    return { events, checkpointSize: kept.size }
  })
}

/** Whoever has no key in the file was erased before it was written. */
async function eraseAgain({ op, store, keyFile }: NewLife): Promise<number> {
  let erased = 0
  let after: UserId | undefined
  for (;;) {
    const { living, gone } = await store.read(op, async (db) => {
      const living = await listLiving(db, op, after, batch)
      const ids = living.map(({ id }) => id)
      return { living, gone: new Set(await peopleWithoutKey(db, op.tenant, ids)) }
    })
    if (living.some(({ id, createdAtMs }) => gone.has(id) && createdAtMs > keyFile.origin.madeAtMs)) {
      throw new StartMistake('The file of keys is older than the data: give the one that was written after it.')
    }
    await store.write(op, async (tx) => {
      for (const id of gone) await deleteAgain(tx, op, id)
    })
    erased += gone.size
    after = living.at(-1)?.id
    if (living.length < batch) return erased
  }
}
