/**
 * `countersign backup`: a copy of the data, whole or not at all, and the file of
 * keys that belongs to it. The server may run meanwhile; nothing of it is
 * stopped, locked or asked.
 *
 * The data is copied first and the keys are read afterwards, so that a file of
 * keys is never older than the data that it opens, and whoever was erased in
 * between is erased from this very backup.
 *
 * @module
 */

import { existsSync, mkdirSync, renameSync, rmSync, statSync } from 'node:fs'
import { basename, dirname, join, resolve } from 'node:path'
import { type InstanceId, type Operation, programVersion, readId, systemClock, systemOperation, Unavailable } from '#kernel'
import { openFileVault, readRootKey, type KeyVault } from '#keys'
import { latestCheckpointOf } from '#audit'
import { copySqlite, databaseName, openReading, tableFates, type ReadingStore } from '#store'
import type { Config } from '../config.ts'
import { migrations } from '../ground.ts'
import { sayingMistakes, StartMistake } from '../mistake.ts'
import { readProductionConfig } from '../production-config.ts'
import type { Words } from '../words.ts'
import { hashFile } from './hash-file.ts'
import { writeKeyFile } from './key-file.ts'
import { manifestKind, manifestName, type Manifest, type Origin, type Part } from './manifest.ts'
import { syncDirectory, unfinished } from './place.ts'
import { recordBackup } from './record-backup.ts'
import { writeSealed } from './sealed-file.ts'

export interface BackupAsked {
  readonly config: string | undefined
  /** Where backups are kept; each gets a folder of its own in it. */
  readonly out: string
  /** The file of keys; `keys` in that folder when absent. */
  readonly keys: string | undefined
  /** Only the file of keys. */
  readonly keysOnly: boolean
  readonly print: Words
}

/** Makes a backup. Resolves with the exit code; throws a `StartMistake` and leaves nothing behind when it cannot. */
export async function backUp(asked: BackupAsked): Promise<number> {
  const config = readProductionConfig(asked.config)
  const vault = await sayingMistakes(async () => openVault(config))
  const out = resolve(asked.out)
  const keys = resolve(asked.keys ?? join(out, 'keys'))
  const live = await openLive(config)
  try {
    const op = operation(live)
    const origin = await originOf(live, op)
    makeFolder(out)
    const folder = asked.keysOnly
      ? undefined
      : await copyData({ op, vault, config, live, origin, out, note: (line) => asked.print.note(line) })
    try {
      await writeKeyFile(op, vault, live, keys, { ...origin, madeAtMs: systemClock.wallMs() })
      folder?.publish()
    } catch (error) {
      throw explain(error, keys)
    } finally {
      folder?.clear()
    }
    const why = await recordBackup(config, live, origin.instance, {
      holds: folder === undefined ? 'keys' : 'data',
      ...(folder === undefined ? {} : { name: basename(folder.path) }),
      keys: dirname(keys) === out ? 'beside' : 'apart',
    })
    if (why !== undefined) asked.print.note(why)
    say(asked, folder, keys, why === undefined)
    return 0
  } finally {
    await live.close()
  }
}

/** A folder that is not there, a full disk: what the system says is one sentence of ours. */
function explain(error: unknown, keys: string): unknown {
  if (!(error instanceof Error) || !('syscall' in error) || !('code' in error)) return error
  return new StartMistake(`The file of keys ${keys} could not be written (${String(error.code)}); nothing was backed up.`, { cause: error })
}

function openVault({ rootKeyFile }: Config): KeyVault {
  const rootKey = readRootKey(rootKeyFile)
  const vault = openFileVault(rootKey)
  rootKey.reveal().fill(0)
  return vault
}

/** The database as a reader sees it. */
async function openLive({ database, dataDirectory }: Config): Promise<ReadingStore> {
  if (database === undefined && !existsSync(join(dataDirectory, databaseName))) {
    throw new StartMistake(`There is no database in ${dataDirectory}.`)
  }
  return sayingMistakes(async () =>
    openReading(
      database === undefined
        ? { kind: 'sqlite', directory: dataDirectory, migrations }
        : { kind: 'postgres', url: database.url, caFile: database.caFile, migrations },
    ),
  )
}

function operation({ defaultTenant }: ReadingStore): Operation {
  return systemOperation('backup', defaultTenant, () => {
    throw new Error('a backup records nothing')
  })
}

/** Whose data this is. Throws when the database was never started. */
async function originOf(store: ReadingStore, op: Operation): Promise<Origin> {
  const id = readId('ins', (await store.fact('id')) ?? '')
  const epoch = Number(await store.fact('epoch'))
  const issuer = await store.fact('issuer')
  if (id === undefined || !Number.isSafeInteger(epoch) || issuer === undefined || (await store.fact('root_key')) === undefined) {
    throw new StartMistake('This database was never started, so there is nothing to back up.')
  }
  return { instance: id satisfies InstanceId, epoch, issuer, tenant: op.tenant, madeAtMs: op.nowMs }
}

function makeFolder(path: string): void {
  try {
    mkdirSync(path, { recursive: true, mode: 0o700 })
  } catch (error) {
    throw new StartMistake(`The folder ${path} cannot be made.`, { cause: error })
  }
}

interface Copied {
  readonly path: string
  readonly manifest: Manifest
  /** Gives the folder its name. */
  publish(): void
  /** Removes what has no name yet. */
  clear(): void
}

interface Copying {
  readonly op: Operation
  readonly vault: KeyVault
  readonly config: Config
  readonly live: ReadingStore
  readonly origin: Origin
  readonly out: string
  readonly note: (line: string) => void
}

async function copyData({ op, vault, config, live, origin, out, note }: Copying): Promise<Copied> {
  const path = join(out, `backup-${stamp(origin.madeAtMs)}`)
  if (existsSync(path)) throw new StartMistake(`There is already something at ${path}, and a backup never replaces anything.`)
  const temporary = unfinished(path)
  rmSync(temporary, { recursive: true, force: true })
  const clear = (): void => rmSync(temporary, { recursive: true, force: true })
  try {
    mkdirSync(temporary, { mode: 0o700 })
    const parts = config.database === undefined ? [await copyDatabase(config, temporary, note)] : []
    const manifest = parts.length === 0 ? await describe(op, live, origin, parts) : await describeCopy(op, temporary, origin, parts)
    await writeSealed(op, vault, manifestKind, join(temporary, manifestName), { ...manifest })
    syncDirectory(temporary)
    return {
      path,
      manifest,
      clear,
      publish: () => {
        renameSync(temporary, path)
        syncDirectory(out)
      },
    }
  } catch (error) {
    clear()
    throw error
  }
}

async function copyDatabase({ dataDirectory }: Config, folder: string, note: (line: string) => void): Promise<Part> {
  const { leftOut, apart } = tableFates(migrations)
  const from = join(dataDirectory, databaseName)
  const to = join(folder, databaseName)
  if (statSync(from).size >= worthANote) note(`Copying ${Math.ceil(statSync(from).size / 1e6)} MB…`)
  try {
    copySqlite(from, to, new Set([...leftOut, ...apart]), () => {})
  } catch (error) {
    if (error instanceof Unavailable) throw new StartMistake('The database could not be copied; is there room for it?', { cause: error })
    throw error
  }
  return { name: 'countersign.db', ...(await hashFile(to)) }
}

/** What takes longer than a second. */
const worthANote = 100_000_000

async function describeCopy(op: Operation, folder: string, origin: Origin, parts: readonly Part[]): Promise<Manifest> {
  const copy = await openReading({ kind: 'sqlite', directory: folder, migrations })
  try {
    return await describe(op, copy, origin, parts)
  } finally {
    await copy.close()
  }
}

/** Reads from the copy what the manifest says about it. */
async function describe(op: Operation, copy: ReadingStore, origin: Origin, parts: readonly Part[]): Promise<Manifest> {
  const checkpoint = await copy.read(op, async (db) => latestCheckpointOf(db, op.tenant))
  return {
    ...origin,
    program: programVersion(),
    engine: copy.engine,
    schema: copy.schema,
    ...(checkpoint === undefined ? {} : { checkpoint }),
    parts,
    tables: tableFates(migrations),
  }
}

/** `20261126T145632Z`: sorts by time and is a name everywhere. */
function stamp(ms: number): string {
  return new Date(ms).toISOString().replace(/[-:]|\.\d+/g, '')
}

function say({ print }: BackupAsked, folder: Copied | undefined, keys: string, recorded: boolean): void {
  const manifest = folder?.manifest
  print.result({ ...(folder === undefined ? {} : { folder: folder.path, manifest }), keys, recorded }, () => [
    ...(folder === undefined ? [] : [`Backup  ${folder.path}`]),
    `Keys    ${keys} (replaced by each backup; keep no older copy of it, or erased people stay readable)`,
    ...(manifest?.engine === 'postgres' ? dumpWords(folder?.path ?? '', manifest) : []),
  ])
}

/** The data itself is brought by PostgreSQL's own tools. */
function dumpWords(folder: string, { tables }: Manifest): readonly string[] {
  const without = [...tables.leftOut, ...tables.apart].map((table) => `--exclude-table-data=${table}`)
  return [
    'Now dump the rows, as a role that row-level security does not bind, and then write the keys again, so that they are not older:',
    `  pg_dump --format=custom ${without.join(' ')} --file=${join(folder, 'database.dump')} BACKUP_URL`,
    '  countersign backup keys …',
  ]
}
