/**
 * Which policy set decides, for each store, and since when.
 *
 * The files on disk are the source; the database keeps every version that ever
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
  importSet,
  exportSource,
  readSource,
  sayMistake,
  type Ask,
  type CompiledSet,
  type Decision,
  type Mistake,
  type PolicyEngine,
  type SourceFile,
  type StoreSource,
} from '#policy'
import type { Transaction } from '#store'
import { findCompiled, keepCompiled, type CompiledParts } from './compiled.ts'
import { readFolder, type StoreFolder } from './folder.ts'
import { activate, findActiveDigest, findContent, forgetOldVersions, listVersions, type PolicyVersion } from './store.ts'

export interface RulebookParts extends CompiledParts {
  readonly engine: PolicyEngine
  readonly folders: readonly StoreFolder[]
  readonly others: OtherServers
}

/** How the other servers on the database learn that another set decides. `app` passes what fits. */
export interface OtherServers {
  /** In the transaction that makes a set the active one. */
  readonly mark: (tx: Transaction, op: Operation, store: PolicyStoreName) => Promise<void>
  /** After its COMMIT: resolves when they decide by it, or after the bound. Never rejects. */
  readonly tell: (op: Operation) => Promise<void>
}

/** What reading the folders again came to. */
export interface Reloaded {
  readonly stores: readonly ReloadedStore[]
  readonly mistakes: readonly Mistake[]
}

export interface ReloadedStore {
  readonly store: PolicyStoreName
  /** The set that decides now. */
  readonly digest: string
  readonly outcome: 'activated' | 'unchanged' | 'refused'
}

/** The policy sets that decide. */
export interface Rulebook {
  /** All of them, in the order of their folders. */
  readonly sets: readonly CompiledSet[]
  /** The set of a store; undefined when there is no such store. */
  find(store: string): CompiledSet | undefined
  /** Decides by the store's current set. A store that does not exist is a defect of the caller: routes are checked at start. */
  decide(store: string, ask: Ask): Decision
  /** Reads the folders again. Calls wait for each other; a store with mistakes keeps its set. */
  reload(op: Operation): Promise<Reloaded>
  /**
   * Makes what the database says is active decide here. Resolves when it does, and when everybody whom {@link Rulebook.onChange}
   * tells has settled. Until it has succeeded after a failure, nothing is decided here.
   */
  follow(op: Operation): Promise<void>
  /** Whether what decides here may be another set than the active one, and `decide` throws `Unavailable`. */
  isLost(): boolean
  /** Tells of every set that takes over, after it has, and waits for what the listener answers. Returns the way to stop. */
  onChange(listener: (set: CompiledSet) => void | Promise<void>): () => void
  /** The versions of a store that are kept, newest first. */
  versions(op: Operation, store: PolicyStoreName): Promise<readonly PolicyVersion[]>
  /** The text of one version, of which its digest is the SHA-256. */
  content(op: Operation, store: PolicyStoreName, digest: string): Promise<string | undefined>
}

/** The policies that the server was started with have mistakes: it cannot decide, so it does not start. */
export class PolicyMistakes extends Error {
  override readonly name = 'PolicyMistakes'
  readonly mistakes: readonly Mistake[]

  constructor(mistakes: readonly Mistake[]) {
    super(
      `The policies have ${mistakes.length === 1 ? 'a mistake' : `${mistakes.length} mistakes`}:\n${mistakes.map(sayMistake).join('\n')}`,
    )
    this.mistakes = mistakes
  }
}

/** A version a day for three months; each is at most 1 MiB. */
const keptVersions = 100

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
  for (const { result } of read) if (result.is === 'compiled' && !result.wasKept) await keepCompiled(op, parts, result.set)
  let changed = false
  for (const set of sets.values()) changed = (await keep(op, parts, set)) || changed
  if (changed) await parts.others.tell(op)
  return new FolderRulebook(parts, sets)
}

/** Checks files without a server. Undefined names and wrong files are mistakes like any other. */
export function checkPolicyFiles(engine: PolicyEngine, store: string, files: readonly SourceFile[]): readonly Mistake[] {
  const name = readPolicyStoreName(store)
  if (name === undefined) return [{ file: store, says: 'is not the name of a policy store: lower case letters, digits and dashes' }]
  const result = compiled(engine, readSource(name, files))
  return result.is === 'mistaken' ? result.mistakes : []
}

class FolderRulebook implements Rulebook {
  readonly #parts: RulebookParts
  readonly #sets: Map<PolicyStoreName, CompiledSet>
  readonly #listeners = new Set<(set: CompiledSet) => void | Promise<void>>()
  /** Reloads and follows, one after the other. */
  #turns: Promise<unknown> = Promise.resolve()
  #lost = false

  constructor(parts: RulebookParts, sets: Map<PolicyStoreName, CompiledSet>) {
    this.#parts = parts
    this.#sets = sets
  }

  get sets(): readonly CompiledSet[] {
    return [...this.#sets.values()]
  }

  find(store: string): CompiledSet | undefined {
    const name = readPolicyStoreName(store)
    return name === undefined ? undefined : this.#sets.get(name)
  }

  decide(store: string, ask: Ask): Decision {
    if (this.#lost) throw new Unavailable('policies')
    const set = this.find(store)
    if (set === undefined) throw new Error(`there is no policy store ${store}`)
    return decide(this.#parts.engine, set, ask)
  }

  async reload(op: Operation): Promise<Reloaded> {
    const { changed, ...reloaded } = await this.#turn(() => this.#reload(op))
    // After the turn: this server too acknowledges the news by a turn.
    if (changed) await this.#parts.others.tell(op)
    return reloaded
  }

  follow(op: Operation): Promise<void> {
    return this.#turn(() => this.#follow(op))
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

  #turn<Result>(work: () => Promise<Result>): Promise<Result> {
    const done = this.#turns.then(work)
    this.#turns = done.catch(() => {})
    return done
  }

  async #reload(op: Operation): Promise<Reloaded & { readonly changed: boolean }> {
    const stores: ReloadedStore[] = []
    const mistakes: Mistake[] = []
    let changed = false
    for (const folder of this.#parts.folders) {
      const { store } = folder
      const before = this.#sets.get(store)
      const result = await readSet(this.#parts.engine, folder)
      if (result.is === 'mistaken') {
        mistakes.push(...result.mistakes)
        op.record({ what: 'policies.refused', about: store, outcome: 'refused', facts: { mistakes: result.mistakes.length } })
        if (before !== undefined) stores.push({ store, digest: before.digest, outcome: 'refused' })
        continue
      }
      const kept = await keep(op, this.#parts, result.set)
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
    try {
      for (const [store, set] of this.#sets) {
        const digest = await this.#parts.store.read(op, (db) => findActiveDigest(db, op, store))
        if (digest === undefined || digest === set.digest) continue
        const next = compiled?.store === store && compiled.digest === digest ? compiled : await this.#load(op, store, digest)
        this.#sets.set(store, next)
        await Promise.all([...this.#listeners].map(async (listener) => listener(next)))
      }
      this.#lost = false
    } catch (error) {
      this.#lost = true
      throw error
    }
  }

  /** Throws `Unavailable` for a set that another server activated and that this program cannot read. */
  async #load(op: Operation, store: PolicyStoreName, digest: string): Promise<CompiledSet> {
    const { engine, store: database } = this.#parts
    const content = await database.read(op, (db) => findContent(db, op, store, digest))
    const set = content === undefined ? undefined : importSet(engine, { store, digest, content })
    if (set === undefined) throw new Unavailable('policies', new Error(`the active set ${digest} of ${store} cannot be read here`))
    return set
  }
}

type ReadAtStart = ReadSet & { readonly wasKept: boolean }

type ReadSet = { readonly is: 'compiled'; readonly set: CompiledSet } | { readonly is: 'mistaken'; readonly mistakes: readonly Mistake[] }

/** What was compiled by this program before is not compiled again. */
async function readAtStart(op: Operation, parts: RulebookParts, folder: StoreFolder): Promise<ReadAtStart> {
  const source = await readFolder(folder)
  const kept = 'store' in source ? await findCompiled(op, parts, exportSource(source)) : undefined
  if (kept !== undefined) return { is: 'compiled', set: kept, wasKept: true }
  return { ...compiled(parts.engine, source), wasKept: false }
}

async function readSet(engine: PolicyEngine, folder: StoreFolder): Promise<ReadSet> {
  return compiled(engine, await readFolder(folder))
}

function compiled(engine: PolicyEngine, source: StoreSource | readonly Mistake[]): ReadSet {
  return 'store' in source ? engine.compile(source) : { is: 'mistaken', mistakes: source }
}

/** Writes the version that is about to decide, with its event. False when it is the one that did. */
async function keep(op: Operation, { store, others }: Pick<RulebookParts, 'store' | 'others'>, set: CompiledSet): Promise<boolean> {
  if ((await store.read(op, (db) => findActiveDigest(db, op, set.store))) === set.digest) return false
  return store.write(op, async (tx) => {
    const before = await findActiveDigest(tx, op, set.store)
    if (before === set.digest) return false
    await activate(tx, op, set)
    await others.mark(tx, op, set.store)
    await forgetOldVersions(tx, op, set.store, keptVersions)
    const facts = { digest: set.digest, policies: set.policies.size, ...(before === undefined ? {} : { before }) }
    tx.record({ what: 'policies.activated', about: set.store, outcome: 'done', facts })
    return true
  })
}
