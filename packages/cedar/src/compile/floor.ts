/** One floor of the index of scopes: the principals, the resources or the actions. @module */

import { getOrMake } from '../values/get-or-make.ts'
import type { EntityUid } from '../values/uid.ts'
import type { ActionScope, Scope } from './scope.ts'
import type { ScopeNames, Sought } from './sought.ts'

/** What stands behind each way in which a scope can fit. */
export class Floor<Behind> {
  readonly #names: ScopeNames
  readonly #make: () => Behind
  #any: Behind | undefined
  readonly #types = new Map<string, Behind>()
  readonly #equal = new Map<EntityUid, Behind>()
  readonly #in = new Map<EntityUid, Behind>()
  readonly #typesIn = new Map<EntityUid, Map<string, Behind>>()

  constructor(names: ScopeNames, make: () => Behind) {
    this.#names = names
    this.#make = make
  }

  /** The places of a scope: several for an action that may be in one of several. */
  places(scope: Scope | ActionScope): readonly Behind[] {
    switch (scope.is) {
      case 'any':
        return [(this.#any ??= this.#make())]
      case 'equal':
        return [getOrMake(this.#equal, this.#names.findOrKeep(scope.uid), this.#make)]
      case 'in':
        return ('uid' in scope ? [scope.uid] : scope.uids).map((uid) => getOrMake(this.#in, this.#names.findOrKeep(uid), this.#make))
      case 'type':
        return [getOrMake(this.#types, scope.type, this.#make)]
      case 'type in':
      default: {
        const types = getOrMake(this.#typesIn, this.#names.findOrKeep(scope.uid), () => new Map<string, Behind>())
        return [getOrMake(types, scope.type, this.#make)]
      }
    }
  }

  /** What stands behind every scope that fits an entity; behind every scope at all, when it is not known which entity. */
  fitting(sought: Sought | undefined): readonly Behind[] {
    if (sought === undefined) return this.#all()
    const found: Behind[] = []
    const { name, type } = sought
    keep(found, this.#any)
    if (this.#types.size > 0) keep(found, this.#types.get(type))
    if (name !== undefined && this.#equal.size > 0) keep(found, this.#equal.get(name))
    if (this.#in.size > 0) for (const around of sought.namesAround()) keep(found, this.#in.get(around))
    if (this.#typesIn.size > 0) for (const around of sought.namesAround()) keep(found, this.#typesIn.get(around)?.get(type))
    return found
  }

  #all(): readonly Behind[] {
    const named = [...this.#types.values(), ...this.#equal.values(), ...this.#in.values()]
    for (const types of this.#typesIn.values()) named.push(...types.values())
    return this.#any === undefined ? named : [this.#any, ...named]
  }
}

function keep<Behind>(found: Behind[], behind: Behind | undefined): void {
  if (behind !== undefined) found.push(behind)
}
