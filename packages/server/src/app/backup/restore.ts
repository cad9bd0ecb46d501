/**
 * `countersign restore`: checks everything, and only then brings a backup back,
 * as a new life of its instance.
 *
 * The order: where it is to go must be empty, the manifest and the file of keys
 * must be whole and of this root key, fit the configuration, the program and each
 * other, the data must be what the manifest says. Whatever fails, fails before
 * anything has its name.
 *
 * @module
 */

import { closeSync, readFileSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { createRecorder } from '#audit'
import { newId, systemOperation, type Operation, type TenantId } from '#kernel'
import { openFileVault, purposeKeyLines, readRootKey, type KeyVault } from '#keys'
import { openReading, openStore, schemaOf, type ReadingStore, type Store } from '#store'
import { publicNameOf } from '../compose.ts'
import type { Config } from '../config.ts'
import { migrations } from '../ground.ts'
import { sayingMistakes, StartMistake } from '../mistake.ts'
import { readProductionConfig } from '../production-config.ts'
import type { Words } from '../words.ts'
import { hashFile } from './hash-file.ts'
import { openKeyFile, type KeyFile } from './key-file.ts'
import { judgeManifest, manifestKind, manifestName, readManifest, type Manifest, type Part } from './manifest.ts'
import { beginNewLife, type Restored } from './new-life.ts'
import { openPlain } from './place.ts'
import { openSealed } from './sealed-file.ts'
import { checkNothingThere, openStaging } from './staging.ts'

export interface RestoreAsked {
  readonly config: string | undefined
  /** The folder of the backup. */
  readonly folder: string
  /** The file of keys; `keys` beside the folder when absent. */
  readonly keys: string | undefined
  /** A file with a checkpoint that was kept elsewhere. */
  readonly checkpoint: string | undefined
  readonly print: Words
}

interface Checked {
  readonly op: Operation
  readonly config: Config
  readonly vault: KeyVault
  readonly folder: string
  readonly manifest: Manifest
  readonly keyFile: KeyFile
  readonly checkpoint: string | undefined
}

/** Restores. Resolves with the exit code; throws a `StartMistake` with nothing touched when it cannot. */
export async function restore(asked: RestoreAsked): Promise<number> {
  const config = readProductionConfig(asked.config)
  const checked = await sayingMistakes(async () => check(asked, config))
  const restored = await sayingMistakes(async () =>
    config.database === undefined ? intoDirectory(checked) : intoPostgres(checked, config.database),
  )
  say(asked, checked, restored)
  return 0
}

/** Everything that can be known before anything is made. */
async function check(asked: RestoreAsked, config: Config): Promise<Checked> {
  if (config.database === undefined) checkNothingThere(config.dataDirectory)
  const rootKey = readRootKey(config.rootKeyFile)
  const vault = openFileVault(rootKey)
  rootKey.reveal().fill(0)
  const folder = resolve(asked.folder)
  const anyone = operation(newId('ten'))
  const { head } = await openSealed(anyone, vault, manifestKind, join(folder, manifestName))
  const manifest = readManifest(head)
  if (manifest === undefined) throw new StartMistake(`The backup at ${folder} is not one of this version.`)
  judgeManifest(manifest, config, schemaOf(migrations))
  const keyFile = await openKeyFile(anyone, vault, resolve(asked.keys ?? join(dirname(folder), 'keys')))
  judgeKeyFile(manifest, keyFile)
  for (const part of manifest.parts) await checkPart(join(folder, part.name), part)
  const checkpoint = asked.checkpoint === undefined ? undefined : readCheckpoint(asked.checkpoint)
  return { op: operation(manifest.tenant), config, vault, folder, manifest, keyFile, checkpoint }
}

/** Pure. A file of keys opens every backup of its instance that is not younger. */
export function judgeKeyFile(manifest: Manifest, { origin }: Pick<KeyFile, 'origin'>): void {
  if (origin.instance !== manifest.instance || origin.tenant !== manifest.tenant || origin.issuer !== manifest.issuer) {
    throw new StartMistake('The file of keys is of another instance than the backup.')
  }
  if (origin.epoch < manifest.epoch || origin.madeAtMs < manifest.madeAtMs) {
    throw new StartMistake('The file of keys is older than the backup: give the one that was written with it or later.')
  }
}

async function checkPart(path: string, part: Part): Promise<void> {
  const { file, bytes } = openPlain(path, 'database of the backup')
  closeSync(file)
  // The size first: whoever swapped the file does not make us read for ever.
  if (bytes === part.bytes && (await hashFile(path)).sha256 === part.sha256) return
  throw new StartMistake(`The database at ${path} is not whole, or was changed since it was backed up.`)
}

function readCheckpoint(path: string): string {
  const { file, bytes } = openPlain(path, 'checkpoint')
  try {
    if (bytes > mostCheckpointBytes) throw new StartMistake(`What is at ${path} is no checkpoint.`)
    return readFileSync(file, 'utf8')
  } finally {
    closeSync(file)
  }
}

/** A signed note is never larger. */
const mostCheckpointBytes = 16_384

async function intoDirectory(checked: Checked): Promise<Restored> {
  const { config, folder, manifest } = checked
  const staging = openStaging(config.dataDirectory)
  try {
    const [part] = manifest.parts
    if (part === undefined) throw new StartMistake('The backup does not have the parts that it needs.')
    staging.take(join(folder, part.name))
    // What was checked is what is used: the copy is checked again, since the other disk may not be ours.
    await checkPart(join(staging.folder, part.name), part)
    await checkFacts(await openReading({ kind: 'sqlite', directory: staging.folder, migrations }), checked)
    const store = await openStore({ kind: 'sqlite', directory: staging.folder, former: 'forget', migrations, recorder: createRecorder() })
    const restored = await living(store, checked)
    staging.publish()
    return restored
  } finally {
    staging.clear()
  }
}

/** As the role that owns the tables: a running server's may not empty them. */
async function intoPostgres(checked: Checked, { url, migrateUrl, caFile }: NonNullable<Config['database']>): Promise<Restored> {
  const place = { kind: 'postgres', url: migrateUrl ?? url, caFile, migrations } as const
  await checkFacts(await openReading(place), checked)
  return living(await openStore({ ...place, recorder: createRecorder() }), checked)
}

async function living(store: Store, { op, config, vault, manifest, keyFile, checkpoint }: Checked): Promise<Restored> {
  try {
    return await beginNewLife({ op, store, vault, manifest, keyFile, checkpoint, publicName: publicNameOf(config) })
  } finally {
    await store.close()
  }
}

/** The rows must be those of the manifest's instance, and have no keys: a database with keys is a living system. */
async function checkFacts(store: ReadingStore, { op, manifest, vault }: Checked): Promise<void> {
  try {
    if ((await store.fact('id')) !== manifest.instance || store.defaultTenant !== manifest.tenant) {
      throw new StartMistake('The database is of another instance than the backup.')
    }
    if ((await store.fact('root_key')) !== vault.keyId) throw new StartMistake('The database was made under another root key.')
    if (await hasKeys(store, op)) {
      throw new StartMistake('The database has keys already: it is a living system, or was restored before. Nothing was changed.')
    }
    if ((await store.fact('epoch')) !== String(manifest.epoch)) throw new StartMistake('The database is of another life than the backup.')
  } finally {
    await store.close()
  }
}

async function hasKeys(store: ReadingStore, op: Operation): Promise<boolean> {
  return (await store.read(op, async (db) => purposeKeyLines(db, op.tenant, op.nowMs))).length > 0
}

function operation(tenant: TenantId): Operation {
  return systemOperation('restore', tenant, () => {
    throw new Error('a restore records inside writes only')
  })
}

function say({ print }: RestoreAsked, { manifest, keyFile }: Checked, restored: Restored): void {
  const { epoch, events, checkpointSize, erasedAgain, takenAgain } = restored
  const lost = Math.max(0, (checkpointSize ?? 0) - events)
  print.result({ instance: manifest.instance, madeAtMs: manifest.madeAtMs, keysAtMs: keyFile.origin.madeAtMs, lost, ...restored }, () => [
    `Restored  ${manifest.instance} as of ${moment(manifest.madeAtMs)}; its life ${epoch} begins`,
    `Record    ${events} events${lost === 0 ? '' : `; ${lost} that came after them are lost`}`,
    `People    ${erasedAgain} who were deleted after the backup are deleted again`,
    `Rights    ${takenAgain} that were taken away after the backup (roles, memberships, passwords, clients) are taken away again`,
    'Ended     every session, token, code and one-time link; signing keys are new',
    ...(checkpointSize === undefined ? ['No checkpoint was given, so nobody can say whether later events are lost.'] : []),
  ])
}

function moment(ms: number): string {
  return new Date(ms).toISOString()
}
