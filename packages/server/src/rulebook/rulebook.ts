/**
 * Which policy set decides, for each store, and since when.
 *
 * The files on disk are the source; the database keeps every version that ever
 * decided, so that a digest in the record can be read years later. A set decides
 * only after the write that says so has committed, and a store with a mistake
 * keeps the set that it had.
 *
 * @module
 */

import { readPolicyStoreName, type Operation, type PolicyStoreName } from '#kernel'
import {
  decide,
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
import type { Store } from '#store'
import { readFolder, type StoreFolder } from './folder.ts'
import { activate, findActiveDigest, findContent, forgetOldVersions, listVersions, type PolicyVersion } from './store.ts'

export interface RulebookParts {
  readonly store: Store
  readonly engine: PolicyEngine
  readonly folders: readonly StoreFolder[]
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
  /** Tells of every set that takes over, after it has; a reload is done when all who were told have acted on it. Returns the way to stop. */
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
  const read = await Promise.all(parts.folders.map(async (folder) => ({ folder, result: await readSet(parts.engine, folder) })))
  const mistakes = read.flatMap(({ result }) => (result.is === 'mistaken' ? result.mistakes : []))
  if (mistakes.length > 0) throw new PolicyMistakes(mistakes)
  const sets = new Map<PolicyStoreName, CompiledSet>()
  for (const { folder, result } of read) {
    if (result.is === 'mistaken') continue
    if (sets.has(folder.store)) throw new PolicyMistakes([{ file: folder.folder, says: `is a second folder of the store ${folder.store}` }])
    sets.set(folder.store, result.set)
  }
  for (const set of sets.values()) await keep(op, parts.store, set)
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
  #reloading: Promise<unknown> = Promise.resolve()

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
    const set = this.find(store)
    if (set === undefined) throw new Error(`there is no policy store ${store}`)
    return decide(this.#parts.engine, set, ask)
  }

  reload(op: Operation): Promise<Reloaded> {
    const reloaded = this.#reloading.then(() => this.#reload(op))
    this.#reloading = reloaded.catch(() => {})
    return reloaded
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

  async #reload(op: Operation): Promise<Reloaded> {
    const stores: ReloadedStore[] = []
    const mistakes: Mistake[] = []
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
      await keep(op, this.#parts.store, result.set)
      const { digest } = result.set
      if (before?.digest === digest) {
        stores.push({ store, digest, outcome: 'unchanged' })
        continue
      }
      this.#sets.set(store, result.set)
      await Promise.all([...this.#listeners].map(async (listener) => listener(result.set)))
      stores.push({ store, digest, outcome: 'activated' })
    }
    return { stores, mistakes }
  }
}

type ReadSet = { readonly is: 'compiled'; readonly set: CompiledSet } | { readonly is: 'mistaken'; readonly mistakes: readonly Mistake[] }

async function readSet(engine: PolicyEngine, folder: StoreFolder): Promise<ReadSet> {
  return compiled(engine, await readFolder(folder))
}

function compiled(engine: PolicyEngine, source: StoreSource | readonly Mistake[]): ReadSet {
  return 'store' in source ? engine.compile(source) : { is: 'mistaken', mistakes: source }
}

/** Writes the version that is about to decide, with its event, unless it is the one that did. */
async function keep(op: Operation, store: Store, set: CompiledSet): Promise<void> {
  if ((await store.read(op, (db) => findActiveDigest(db, op, set.store))) === set.digest) return
  await store.write(op, async (tx) => {
    const before = await findActiveDigest(tx, op, set.store)
    if (before === set.digest) return
    await activate(tx, op, set)
    await forgetOldVersions(tx, op, set.store, keptVersions)
    const facts = { digest: set.digest, policies: set.policies.size, ...(before === undefined ? {} : { before }) }
    tx.record({ what: 'policies.activated', about: set.store, outcome: 'done', facts })
  })
}
