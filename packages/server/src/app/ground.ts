/**
 * What everything else stands on: the database, the keys and the record, opened
 * in this order and closed in the other.
 *
 * @module
 */

import { mkdirSync } from 'node:fs'
import { createRecorder, migrations as auditMigrations } from '#audit'
import { migrations as identityMigrations } from '#identity'
import { migrations as keysMigrations, openKeys, openRootKeyFile, readRootKey, type OpenedKeys } from '#keys'
import { systemClock, systemOperation, type Clock, type Operation, type TenantId } from '#kernel'
import { migrations as oauthMigrations } from '#oauth'
import { migrations as routingMigrations } from '#routing'
import { migrations as rulebookMigrations } from '#rulebook'
import { migrations as sessionsMigrations } from '#sessions'
import { migrations as setupMigrations } from '#setup'
import { holdsDatabase, openStore, type Expected, type ModuleMigrations, type Store } from '#store'
import { migrations as tokensMigrations } from '#tokens'
import type { Config } from './config.ts'
import { settlePurpose, type Stamp } from './instance.ts'
import { sayingMistakes, sayingOutage, StartMistake } from './mistake.ts'

/** The order in which tables are made. */
export const migrations: readonly ModuleMigrations[] = [
  keysMigrations,
  auditMigrations,
  identityMigrations,
  sessionsMigrations,
  tokensMigrations,
  oauthMigrations,
  rulebookMigrations,
  setupMigrations,
  routingMigrations,
]

export interface Ground extends OpenedKeys {
  readonly store: Store
  readonly clock: Clock
  readonly tenant: TenantId
  /** An operation of our own; what it records outside a write is a mistake. */
  readonly operation: (task: string) => Operation
}

export interface GroundWishes {
  readonly stamp: Stamp
  /** `make`: a database that never had a root key is given one. `refuse`: it must be there already. */
  readonly rootKey: 'make' | 'refuse'
  /** What must be in the database's place; anything will do when absent. */
  readonly expects?: Expected
  /** Told how many writes shared one COMMIT. */
  readonly onCommit?: ((writes: number) => void) | undefined
}

/** Opens database and keys. Throws `StartMistake` for what an operator can put right, with nothing left open. */
export async function openGround(config: Config, wishes: GroundWishes, clock: Clock = systemClock): Promise<Ground> {
  await sayingMistakes(async () => checkRootKeyFirst(config, wishes))
  const store = await sayingMistakes(async () =>
    openStore({ ...placeOf(config), migrations, recorder: createRecorder(), clock, expects: wishes.expects, onCommit: wishes.onCommit }),
  )
  try {
    if (config.database !== undefined) makeDirectory(config.dataDirectory)
    const tenant = store.defaultTenant
    const operation = (task: string): Operation => systemOperation(task, tenant, unrecordable, clock)
    const op = operation('start')
    await settlePurpose(op, store, { stamp: wishes.stamp, issuer: config.issuer })
    const keys = await sayingMistakes(async () => {
      const vault = await openRootKeyFile(op, store, config.rootKeyFile, wishes.rootKey)
      return openKeys(op, { store, vault, clock })
    })
    return { ...keys, store, clock, tenant, operation }
  } catch (error) {
    await store.close()
    throw sayingOutage(error)
  }
}

/** A start that cannot go on makes nothing. Where there is a database already, what is wrong about its key is said by the database. */
function checkRootKeyFirst({ database, dataDirectory, rootKeyFile }: Config, { rootKey }: GroundWishes): void {
  if (rootKey === 'make' || (database === undefined && holdsDatabase(dataDirectory))) return
  readRootKey(rootKeyFile).reveal().fill(0)
}

/** With a database elsewhere the data directory holds the sockets alone; nobody else makes it. */
function makeDirectory(path: string): void {
  try {
    mkdirSync(path, { recursive: true, mode: 0o700 })
  } catch (error) {
    if (error instanceof Error && 'code' in error)
      throw new StartMistake(`The data directory ${path} cannot be made (${String(error.code)}).`, { cause: error })
    throw error
  }
}

export function placeOf({
  database,
  dataDirectory,
}: Config): { kind: 'sqlite'; directory: string } | ({ kind: 'postgres' } & NonNullable<Config['database']>) {
  return database === undefined ? { kind: 'sqlite', directory: dataDirectory } : { kind: 'postgres', ...database }
}

/** Our own operations change things in writes, which record for themselves. */
function unrecordable(): never {
  throw new Error('A system operation records inside writes only')
}
