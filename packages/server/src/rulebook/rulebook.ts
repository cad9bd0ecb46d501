/**
 * Which policy set decides, for each store, and since when.
 *
 * A store's keeper says what it holds: its folder, until somebody activates a set over
 * the API, and from then on they alone, until they give it back. The database keeps every version that ever
 * decided, so that a digest in the record can be read years later. A set decides
 * only after the write that says so has committed, and a store with a mistake
 * keeps the set that it had.
 *
 * INVARIANT (the database decides): what decides here is what the database says is
 * active, whichever server made it so. Every change of that is announced as
 * revocations are, and every server follows before it acknowledges.
 *
 * @module
 */

import { readPolicyStoreName, Unavailable, type Operation, type PolicyStoreName } from '#kernel'
import {
  decide,
  exportSource,
  importSetBy,
  readContent,
  readSource,
  type Ask,
  type CompiledSet,
  type Decision,
  type Mistake,
  type RulesEngine,
  type SourceFile,
  type StoreSource,
} from '#policy'
import { findCompiled, keepCompiled, type Done } from './compiled.ts'
import {
  PolicyMistakes,
  type Activated,
  type Reloaded,
  type ReloadedStore,
  type Rulebook,
  type RulebookParts,
  type StoreState,
  type WantedSet,
} from './contract.ts'
import { readFolder, type StoreFolder } from './folder.ts'
import { keepFromFolder, takeOver } from './keep.ts'
import type { StoreKeeper } from './keeper.ts'
import { refuse } from './refusals.ts'
import { findActive, findActiveDigest, findContent, findKeeper, keptVersions, listVersions, type PolicyVersion } from './store.ts'

/** Reads every folder, activates what is new, and gives the rulebook. Throws {@link PolicyMistakes}; nothing is written then. */
export async function openRulebook(op: Operation, parts: RulebookParts): Promise<Rulebook> {
  const read = await Promise.all(parts.folders.map(async (folder) => ({ folder, result: await readAtStart(op, parts, folder) })))
  const mistakes = read.flatMap(({ result }) => (result.is === 'mistaken' ? result.mistakes : []))
  if (mistakes.length > 0) throw new PolicyMistakes(mistakes)
  const sets = new Map<PolicyStoreName, CompiledSet>()
  for (const { folder, result } of read) {
    if (result.is === 'mistaken') continue
    if (sets.has(folder.store)) throw new PolicyMistakes([{ file: folder.folder, says: `is a second folder of the store ${folder.store}` }])
    sets.set(folder.store, result.set)
  }
  const unexamined: CompiledSet[] = []
  for (const { folder, result } of read) {
    if (result.is === 'mistaken') continue
    const { set, done } = result
    if (done === undefined) await keepCompiled(op, parts, { set, done: 'compiled' })
    if (done !== 'examined' && folder.isShipped !== true) unexamined.push(set)
  }
  let changed = false
  for (const set of sets.values()) changed = (await keepFromFolder(op, parts, set)) || changed
  if (changed) await parts.others.tell(op)
  return new FolderRulebook(parts, sets, unexamined)
}

/** Checks files without a server. Undefined names and wrong files are mistakes like any other. */
export async function checkPolicyFiles(engine: RulesEngine, store: string, files: readonly SourceFile[]): Promise<readonly Mistake[]> {
  const name = readPolicyStoreName(store)
  if (name === undefined) return [{ file: store, says: 'is not the name of a policy store: lower case letters, digits and dashes' }]
  const result = await compiled(engine, readSource(name, files))
  return result.is === 'mistaken' ? result.mistakes : []
}

class FolderRulebook implements Rulebook {
  readonly #parts: RulebookParts
  readonly #sets: Map<PolicyStoreName, CompiledSet>
  readonly #listeners = new Set<(set: CompiledSet) => void | Promise<void>>()
  /** What changes which set decides, one after the other. A set is read and examined before its turn: that takes seconds. */
  #turns: Promise<unknown> = Promise.resolve()
  /** Reloads, so that what was read first is not activated last. */
  #reloads: Promise<unknown> = Promise.resolve()
  #lost = false

  /** Digests by which two engines decide differently: nothing is decided by them. */
  readonly #withdrawn = new Set<string>()
  #unexamined: readonly CompiledSet[]

  constructor(parts: RulebookParts, sets: Map<PolicyStoreName, CompiledSet>, unexamined: readonly CompiledSet[]) {
    this.#parts = parts
    this.#sets = sets
    this.#unexamined = unexamined
  }

  get sets(): readonly CompiledSet[] {
    return [...this.#sets.values()]
  }

  get deciding(): readonly CompiledSet[] {
    return this.sets.filter(({ digest }) => !this.#withdrawn.has(digest))
  }

  find(store: string): CompiledSet | undefined {
    const name = readPolicyStoreName(store)
    return name === undefined ? undefined : this.#sets.get(name)
  }

  decide(store: string, ask: Ask): Decision {
    if (this.#lost) throw new Unavailable('policies')
    const set = this.find(store)
    if (set === undefined) throw new Error(`there is no policy store ${store}`)
    if (this.#withdrawn.has(set.digest)) throw new Unavailable('policies')
    return decide(this.#parts.engine, set, ask)
  }

  async examineFound(op: Operation): Promise<void> {
    const [found, { examine }] = [this.#unexamined, this.#parts]
    this.#unexamined = []
    for (const set of examine === undefined ? [] : found) {
      if (this.#sets.get(set.store)?.digest !== set.digest) continue
      // Another server on the database may have been sooner.
      if ((await findCompiled(op, this.#parts, set))?.done === 'examined') continue
      const examined = await examine?.(set)
      if (examined?.is === 'disagreed') await this.#withdraw(op, set)
      else await keepCompiled(op, this.#parts, { set, done: 'examined' })
    }
  }

  async #withdraw(op: Operation, set: CompiledSet): Promise<void> {
    this.#withdrawn.add(set.digest)
    recordDisagreement(op, set)
    if (this.#sets.get(set.store)?.digest === set.digest) await this.#tell(set)
  }

  async reload(op: Operation): Promise<Reloaded> {
    const reloading = this.#reloads.then(async () => {
      const read = await this.#readFolders(op)
      return this.#turn(() => this.#reload(op, read))
    })
    this.#reloads = reloading.catch(() => {})
    const { changed, ...reloaded } = await reloading
    // After the turn: this server too acknowledges the news by a turn.
    if (changed) await this.#parts.others.tell(op)
    return reloaded
  }

  async describe(op: Operation): Promise<readonly StoreState[]> {
    const { folders, folderOnly = [], store: database } = this.#parts
    return database.read(op, async (db) => {
      const states: StoreState[] = []
      for (const { store } of folders) {
        const active = await findActive(db, op, store)
        if (active === undefined) continue
        states.push({ store, keeper: await findKeeper(db, op, store), folderOnly: folderOnly.includes(store), active })
      }
      return states
    })
  }

  activate(op: Operation, store: string, wanted: WantedSet, seen: string): Promise<Activated> {
    const { store: name } = this.#requireChangeable(store)
    return this.#takeOver(op, { store: name, keeper: 'api', seen }, async () => this.#compileWanted(op, name, wanted))
  }

  release(op: Operation, store: string, seen: string): Promise<Activated> {
    const folder = this.#requireChangeable(store)
    return this.#takeOver(op, { store: folder.store, keeper: 'folder', seen }, async () => readSet(this.#parts.engine, folder))
  }

  follow(op: Operation): Promise<void> {
    return this.#turn(async () => {
      try {
        await this.#follow(op)
        this.#lost = false
      } catch (error) {
        this.#lost = true
        throw error
      }
    })
  }

  isLost(): boolean {
    return this.#lost
  }

  onChange(listener: (set: CompiledSet) => void | Promise<void>): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  versions(op: Operation, store: PolicyStoreName): Promise<readonly PolicyVersion[]> {
    return this.#parts.store.read(op, (db) => listVersions(db, op, store, keptVersions + 1))
  }

  content(op: Operation, store: PolicyStoreName, digest: string): Promise<string | undefined> {
    return this.#parts.store.read(op, (db) => findContent(db, op, store, digest))
  }

  #requireChangeable(store: string): StoreFolder {
    const { folders, folderOnly = [] } = this.#parts
    const folder = folders.find((one) => one.store === store)
    if (folder === undefined) throw refuse('policies.unknown_store')
    if (folderOnly.includes(folder.store)) throw refuse('policies.folder_only')
    return folder
  }

  async #takeOver(op: Operation, { store, keeper, seen }: Taking, compile: () => Promise<ReadSet>): Promise<Activated> {
    await this.#requireSeen(op, store, seen)
    const wanted = await this.#examined(op, await compile())
    if (wanted.is === 'mistaken') return wanted
    const done = await this.#turn(async () => {
      const { changed } = await takeOver(op, this.#parts, { set: wanted.set, keeper, seen })
      await this.#follow(op, wanted.set)
      return changed
    })
    if (done) await this.#parts.others.tell(op)
    return { is: 'activated', digest: wanted.set.digest }
  }

  /** Whoever is too late is told before the work; the write looks again. */
  async #requireSeen(op: Operation, store: PolicyStoreName, seen: string): Promise<void> {
    const active = await this.#parts.store.read(op, async (db) => findActiveDigest(db, op, store))
    if (active !== seen) throw refuse('policies.changed')
  }

  /** A set by which two engines answer differently is mistaken. The one that decides already is not asked about again. */
  async #examined(op: Operation, read: ReadSet): Promise<ReadSet> {
    if (read.is === 'mistaken' || this.#sets.get(read.set.store)?.digest === read.set.digest) return read
    const examined = await this.#parts.examine?.(read.set)
    if (examined?.is !== 'disagreed') return read
    recordDisagreement(op, read.set)
    return { is: 'mistaken', mistakes: [{ file: read.set.store, says: examined.says }] }
  }

  /** A version is compiled again: what decided under an earlier release may be a mistake in this one. */
  async #compileWanted(op: Operation, store: PolicyStoreName, wanted: WantedSet): Promise<ReadSet> {
    if ('files' in wanted) return compiled(this.#parts.engine, readSource(store, wanted.files))
    const content = await this.content(op, store, wanted.digest)
    if (content === undefined) throw refuse('policies.unknown_version')
    const set = await importSetBy(this.#parts.engine, { store, digest: wanted.digest, content })
    if (set === undefined) throw refuse('policies.unreadable')
    return { is: 'compiled', set }
  }

  #keeper(op: Operation, store: PolicyStoreName): Promise<StoreKeeper> {
    return this.#parts.store.read(op, async (db) => findKeeper(db, op, store))
  }

  #turn<Result>(work: () => Promise<Result>): Promise<Result> {
    const done = this.#turns.then(work)
    this.#turns = done.catch(() => {})
    return done
  }

  async #readFolders(op: Operation): Promise<ReadonlyMap<StoreFolder, ReadSet>> {
    const read = new Map<StoreFolder, ReadSet>()
    for (const folder of this.#parts.folders) {
      if (await this.#isKeptByApi(op, folder)) continue
      read.set(folder, await this.#examined(op, await readSet(this.#parts.engine, folder)))
    }
    return read
  }

  async #isKeptByApi(op: Operation, { store }: StoreFolder): Promise<boolean> {
    return this.#sets.has(store) && (await this.#keeper(op, store)) === 'api'
  }

  async #reload(op: Operation, read: ReadonlyMap<StoreFolder, ReadSet>): Promise<Reloaded & { readonly changed: boolean }> {
    const stores: ReloadedStore[] = []
    const mistakes: Mistake[] = []
    let changed = false
    for (const folder of this.#parts.folders) {
      const { store } = folder
      const before = this.#sets.get(store)
      const result = read.get(folder)
      if (before !== undefined && (result === undefined || (await this.#isKeptByApi(op, folder)))) {
        stores.push({ store, digest: before.digest, outcome: 'kept' })
        continue
      }
      if (result === undefined) continue
      if (result.is === 'mistaken') {
        mistakes.push(...result.mistakes)
        op.record({ what: 'policies.refused', about: store, outcome: 'refused', facts: { mistakes: result.mistakes.length } })
        if (before !== undefined) stores.push({ store, digest: before.digest, outcome: 'refused' })
        continue
      }
      const kept = await keepFromFolder(op, this.#parts, result.set)
      changed ||= kept
      // Another server may have made a later set the active one meanwhile: then that one decides here too.
      await this.#follow(op, result.set)
      const { digest } = result.set
      stores.push({ store, digest, outcome: kept || before?.digest !== digest ? 'activated' : 'unchanged' })
    }
    return { stores, mistakes, changed }
  }

  /** `compiled` spares the work of compiling a set that we have. */
  async #follow(op: Operation, compiled?: CompiledSet): Promise<void> {
    for (const [store, set] of this.#sets) {
      const digest = await this.#parts.store.read(op, (db) => findActiveDigest(db, op, store))
      if (digest === undefined || digest === set.digest) continue
      const next = compiled?.store === store && compiled.digest === digest ? compiled : await this.#load(op, store, digest)
      this.#sets.set(store, next)
      await this.#tell(next)
    }
  }

  async #tell(set: CompiledSet): Promise<void> {
    await Promise.all([...this.#listeners].map(async (listener) => listener(set)))
  }

  /** Throws `Unavailable` for a set that another server activated and that this program cannot read. */
  async #load(op: Operation, store: PolicyStoreName, digest: string): Promise<CompiledSet> {
    const { engine, store: database } = this.#parts
    const content = await database.read(op, (db) => findContent(db, op, store, digest))
    const set = content === undefined ? undefined : await importSetBy(engine, { store, digest, content })
    if (set === undefined) throw new Unavailable('policies', new Error(`the active set ${digest} of ${store} cannot be read here`))
    return set
  }
}

function recordDisagreement(op: Operation, { store, digest }: CompiledSet): void {
  op.record({ what: 'policies.disagreed', about: store, outcome: 'refused', facts: { digest } })
}

interface Taking {
  readonly store: PolicyStoreName
  readonly keeper: StoreKeeper
  /** The digest that the caller saw active. */
  readonly seen: string
}

/** `done` is what an earlier start did. */
type ReadAtStart = ReadSet & { readonly done: Done | undefined }

type ReadSet = { readonly is: 'compiled'; readonly set: CompiledSet } | { readonly is: 'mistaken'; readonly mistakes: readonly Mistake[] }

/** What was compiled by this program before is not compiled again. */
async function readAtStart(op: Operation, parts: RulebookParts, folder: StoreFolder): Promise<ReadAtStart> {
  const source = (await readKeptByApi(op, parts, folder)) ?? (await readFolder(folder))
  const kept = 'store' in source ? await findCompiled(op, parts, exportSource(source)) : undefined
  if (kept !== undefined) return { is: 'compiled', ...kept }
  return { ...(await compiled(parts.engine, source)), done: undefined }
}

/** The active set of a store whose folder has nothing to say. */
async function readKeptByApi(
  op: Operation,
  { store: database, folderOnly = [] }: RulebookParts,
  { store }: StoreFolder,
): Promise<StoreSource | readonly Mistake[] | undefined> {
  if (folderOnly.includes(store)) return undefined
  const content = await database.read(op, async (db) => {
    if ((await findKeeper(db, op, store)) !== 'api') return undefined
    const digest = await findActiveDigest(db, op, store)
    return digest === undefined ? undefined : ((await findContent(db, op, store, digest)) ?? '')
  })
  if (content === undefined) return undefined
  return readContent(content) ?? [{ file: store, says: 'was activated over the API, and its text in the database cannot be read' }]
}

async function readSet(engine: RulesEngine, folder: StoreFolder): Promise<ReadSet> {
  return compiled(engine, await readFolder(folder))
}

async function compiled(engine: RulesEngine, source: StoreSource | readonly Mistake[]): Promise<ReadSet> {
  return 'store' in source ? engine.compile(source) : { is: 'mistaken', mistakes: source }
}
