/** What a request names, as the scopes of a policy set know it. @module */

import type { EntitySource } from '../entities/source.ts'
import { getOrMake } from '../values/get-or-make.ts'
import type { EntityUid } from '../values/uid.ts'

/** The names in the scopes of a policy set, each as one object, so that what was found once is told by identity. */
export class ScopeNames {
  readonly #types = new Map<string, Map<string, EntityUid>>()

  /** Undefined for a name that no scope has. */
  find(uid: EntityUid): EntityUid | undefined {
    return this.#types.get(uid.type)?.get(uid.id)
  }

  findOrKeep(uid: EntityUid): EntityUid {
    const ids = getOrMake(this.#types, uid.type, () => new Map<string, EntityUid>())
    return getOrMake(ids, uid.id, () => uid)
  }
}

/** Names of one question that are told one by one. */
const fewNames = 16

/** An entity of a request. What it is called and in is asked once, and only where some scope could fit by it. */
export class Sought {
  readonly #names: ScopeNames
  #uid: EntityUid
  #entities: EntitySource
  #name: EntityUid | undefined
  #isLookedUp = false
  #told = 0
  #namesAround: readonly EntityUid[] | undefined
  #around: ReadonlySet<EntityUid> | undefined

  constructor(uid: EntityUid, names: ScopeNames, entities: EntitySource) {
    this.#names = names
    this.#uid = uid
    this.#entities = entities
  }

  /** Stands for another entity from now on. */
  become(uid: EntityUid, entities: EntitySource): void {
    this.#uid = uid
    this.#entities = entities
    this.#name = undefined
    this.#isLookedUp = false
    this.#told = 0
    this.#namesAround = undefined
    this.#around = undefined
  }

  get type(): string {
    return this.#uid.type
  }

  /** Undefined when no scope names it. */
  get name(): EntityUid | undefined {
    if (!this.#isLookedUp) this.#name = this.#names.find(this.#uid)
    this.#isLookedUp = true
    return this.#name
  }

  /** Whether there is more around it than so many names. A few are told one by one sooner than all that is around is found. */
  isLongerThan(count: number): boolean {
    if (this.#namesAround === undefined) {
      this.#told += count
      if (this.#told <= fewNames) return true
    }
    return count < this.namesAround().length
  }

  /** Whether it has a name of a scope, or is in it. */
  isAround(name: EntityUid): boolean {
    if (this.#namesAround === undefined) return this.#entities.isIn(this.#uid, name)
    return (this.#around ??= new Set(this.#namesAround)).has(name)
  }

  /** Those names of scopes that it has or is in. */
  namesAround(): readonly EntityUid[] {
    return (this.#namesAround ??= this.#lookAround())
  }

  #lookAround(): readonly EntityUid[] {
    const names = this.name === undefined ? [] : [this.name]
    for (const above of this.#entities.ancestors(this.#uid)) {
      const name = this.#names.find(above)
      if (name !== undefined) names.push(name)
    }
    return names
  }
}
