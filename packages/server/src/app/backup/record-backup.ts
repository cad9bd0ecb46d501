/**
 * Puts into the record that a backup was made: who, what and when, and never
 * where on a disk. The server that runs here writes it, as asked by the machine's
 * owner; where none runs, this program does.
 *
 * @module
 */

import { isDeepStrictEqual } from 'node:util'
import type { AdminBackups, BackupMade } from '#admin'
import { createRecorder } from '#audit'
import { systemOperation, Unavailable, type AuditEvent, type InstanceId } from '#kernel'
import { apiOnSocket, ApiRefusal } from '#remote'
import { findInstanceFact, openStore, schemaOf, StoreMistake, type ReadingStore, type Store } from '#store'
import type { Config } from '../config.ts'
import { migrations, placeOf } from '../ground.ts'

/** What the admin API needs of the record of backups. */
export function adminBackups(store: Store): AdminBackups {
  return {
    record: async (op, made) => {
      const instance = await store.read(op, async (db) => findInstanceFact(db, 'id'))
      await store.record(op, eventOf(instance ?? '', made))
    },
  }
}

/** Resolves with why it could not be recorded, in a sentence; undefined when it was. The backup is good either way. */
export async function recordBackup(
  config: Config,
  live: ReadingStore,
  instance: InstanceId,
  made: BackupMade,
): Promise<string | undefined> {
  try {
    await apiOnSocket(config.dataDirectory).call('POST', '/backups', made)
    return undefined
  } catch (error) {
    if (error instanceof ApiRefusal) return `The server did not record the backup: ${error.message}`
    if (!(error instanceof Unavailable)) throw error
  }
  // Opening it would bring its tables up to this program, and a backup changes nothing.
  if (!isDeepStrictEqual(live.schema, schemaOf(migrations))) return 'The backup was not recorded: the database is of another version.'
  try {
    const store = await openStore({ ...placeOf(config), migrations, recorder: createRecorder(), expects: 'data' })
    const event = eventOf(instance, made)
    const op = systemOperation('backup', live.defaultTenant, () => {
      throw new Error('a backup is recorded in a write')
    })
    try {
      await store.record(op, event)
    } finally {
      await store.close()
    }
    return undefined
  } catch (error) {
    if (error instanceof StoreMistake || error instanceof Unavailable) return `The backup was not recorded: ${error.message}`
    throw error
  }
}

function eventOf(instance: string, { holds, name, keys }: BackupMade): AuditEvent {
  return { what: 'backup.made', about: instance, outcome: 'done', facts: { holds, keys, ...(name === undefined ? {} : { name }) } }
}
