/**
 * Real stores for tests: a fresh SQLite database in a folder of its own.
 *
 * @module
 */

import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after } from 'node:test'
import { systemOperation, type Operation, type TenantId } from '#kernel'
import { openStore, type ModuleMigrations, type Recorder, type Store } from '#store'

/** Forgets events. For tests that ask about something else; `recordingRecorder` keeps them. */
export const forgetful: Recorder = { append: () => Promise.resolve() }

/** A folder that is removed when the test file or the suite around the call has ended. */
export function temporaryDirectory(): string {
  const directory = mkdtempSync(join(tmpdir(), 'countersign-store-'))
  after(() => rmSync(directory, { recursive: true, force: true }))
  return directory
}

/** A fresh store on SQLite, closed and removed when the test file or the suite around the call has ended. */
export async function openTestStore(migrations: readonly ModuleMigrations[], recorder: Recorder = forgetful): Promise<Store> {
  const directory = temporaryDirectory()
  const store = await openStore({ kind: 'sqlite', directory, migrations, recorder })
  after(() => store.close())
  return store
}

/** An operation of the system, for tests that need just any. What it records outside a write is forgotten. */
export function testOperation(tenant: TenantId): Operation {
  return systemOperation('test', tenant, () => {})
}
