/** What the rulebook offers, and what it needs. @module */

import type { Operation, PolicyStoreName } from '#kernel'
import { sayMistake, type Ask, type CompiledSet, type Decision, type Mistake, type RulesEngine, type SourceFile } from '#policy'
import type { Transaction } from '#store'
import type { CompiledParts } from './compiled.ts'
import type { StoreFolder } from './folder.ts'
import type { StoreKeeper } from './keeper.ts'
import type { PolicyVersion } from './store.ts'

export interface RulebookParts extends CompiledParts {
  readonly engine: RulesEngine
  readonly folders: readonly StoreFolder[]
  /** Stores that nobody changes but in their folder: those that decide who may change the others. */
  readonly folderOnly?: readonly PolicyStoreName[]
  readonly others: OtherServers
  /** Asks a second engine about a set before it may decide; nobody does when absent. Rejects with `Unavailable` when that cannot be done. */
  readonly examine?: (set: CompiledSet) => Promise<Examined>
}

/** What a second engine says of a set. `says` ends a sentence that begins with the store. */
export type Examined = { readonly is: 'agreed' } | { readonly is: 'disagreed'; readonly says: string }

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
  /** `kept`: whoever activated a set over the API keeps the store, and its folder was not read. */
  readonly outcome: 'activated' | 'unchanged' | 'refused' | 'kept'
}

/** The policy sets that decide. */
export interface Rulebook {
  /** All of them, in the order of their folders. */
  readonly sets: readonly CompiledSet[]
  /** Those of them that decide: not one by which two engines were found to decide differently. */
  readonly deciding: readonly CompiledSet[]
  /** The set of a store; undefined when there is no such store. */
  find(store: string): CompiledSet | undefined
  /** Decides by the store's current set. A store that does not exist is a defect of the caller: routes are checked at start. */
  decide(store: string, ask: Ask): Decision
  /**
   * Has those sets examined that the start found and that no start examined before. One by which two engines decide differently
   * decides nothing any more: {@link Rulebook.decide} throws `Unavailable`, until another is activated. Rejects with `Unavailable`
   * when a set could not be examined: it goes on deciding, and the next start has it examined.
   */
  examineFound(op: Operation): Promise<void>
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
  /** Which stores there are, and what decides in each. */
  describe(op: Operation): Promise<readonly StoreState[]>
  /**
   * Makes a set the active one and keeps the store from then on: its folder is not read until {@link Rulebook.release}. `seen` is
   * the digest that the caller saw active. Resolves when every server and gateway decides by it.
   *
   * Throws `policies.unknown_store`, `policies.folder_only`, `policies.changed`, `policies.unknown_version`, `policies.unreadable`.
   */
  activate(op: Operation, store: string, wanted: WantedSet, seen: string): Promise<Activated>
  /** Gives a store back to its folder, and activates what is in there. Throws what {@link Rulebook.activate} does. */
  release(op: Operation, store: string, seen: string): Promise<Activated>
  /** The versions of a store that are kept, newest first. */
  versions(op: Operation, store: PolicyStoreName): Promise<readonly PolicyVersion[]>
  /** The text of one version, of which its digest is the SHA-256. */
  content(op: Operation, store: PolicyStoreName, digest: string): Promise<string | undefined>
}

/** What decides in a store now. */
export interface StoreState {
  readonly store: PolicyStoreName
  readonly keeper: StoreKeeper
  /** Whether the API may become its keeper. */
  readonly folderOnly: boolean
  readonly active: PolicyVersion
}

/** Files that are new, or a version that decided before. */
export type WantedSet = { readonly files: readonly SourceFile[] } | { readonly digest: string }

export type Activated =
  { readonly is: 'activated'; readonly digest: string } | { readonly is: 'mistaken'; readonly mistakes: readonly Mistake[] }

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
