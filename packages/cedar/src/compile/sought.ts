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

/** An entity of a request. What it is called and in is asked once, and only where some scope could fit by it. */
export class Sought {
  readonly type: string
  readonly #uid: EntityUid
  readonly #names: ScopeNames
  readonly #entities: EntitySource
  #name: EntityUid | undefined
  #isLookedUp = false
  #namesAround: ReadonlySet<EntityUid> | undefined

  constructor(uid: EntityUid, names: ScopeNames, entities: EntitySource) {
    this.type = uid.type
    this.#uid = uid
    this.#names = names
    this.#entities = entities
  }

  /** Undefined when no scope names it. */
  get name(): EntityUid | undefined {
    if (!this.#isLookedUp) this.#name = this.#names.find(this.#uid)
    this.#isLookedUp = true
    return this.#name
  }

  /** Those names of scopes that it has or is in. */
  namesAround(): ReadonlySet<EntityUid> {
    return (this.#namesAround ??= this.#lookAround())
  }

  #lookAround(): ReadonlySet<EntityUid> {
    const names = new Set<EntityUid>()
    if (this.name !== undefined) names.add(this.name)
    for (const above of this.#entities.ancestors(this.#uid)) {
      const name = this.#names.find(above)
      if (name !== undefined) names.add(name)
    }
    return names
  }
}
