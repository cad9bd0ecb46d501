/** One floor of the index of scopes: the principals, the resources or the actions. @module */

import { getOrMake } from '../values/get-or-make.ts'
import type { EntityUid } from '../values/uid.ts'
import type { ActionScope, Scope } from './scope.ts'
import type { ScopeNames, Sought } from './sought.ts'

/** A part of an index: it shows a question what fits, until that is settled; then true. */
export interface Part<Question> {
  visit(question: Question): boolean
}

/** What stands behind each way in which a scope can fit. */
export class Floor<Question, Behind extends Part<Question>> implements Part<Question> {
  readonly #soughtBy: (question: Question) => Sought | undefined
  readonly #names: ScopeNames
  readonly #make: () => Behind
  #any: Behind | undefined
  readonly #types = new Map<string, Behind>()
  readonly #equal = new Map<EntityUid, Behind>()
  readonly #in = new Map<EntityUid, Behind>()
  readonly #typesIn = new Map<EntityUid, Map<string, Behind>>()

  /** A question seeks one entity here; undefined when every entity will do. */
  constructor(soughtBy: (question: Question) => Sought | undefined, names: ScopeNames, make: () => Behind) {
    this.#soughtBy = soughtBy
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

  visit(question: Question): boolean {
    const sought = this.#soughtBy(question)
    if (sought === undefined) return this.#visitAll(question)
    if (this.#any?.visit(question) === true) return true
    if (this.#types.size > 0 && this.#types.get(sought.type)?.visit(question) === true) return true
    if (this.#equal.size > 0 && this.#visitEqual(sought, question)) return true
    if (this.#in.size > 0 && this.#visitAround(sought, question)) return true
    return this.#typesIn.size > 0 && this.#visitTypesAround(sought, question)
  }

  #visitEqual({ name }: Sought, question: Question): boolean {
    return name !== undefined && this.#equal.get(name)?.visit(question) === true
  }

  /** INVARIANT (bounded cost): the shorter side is gone through, so that all floors together cost no more than there are policies. */
  #visitAround(sought: Sought, question: Question): boolean {
    if (sought.isLongerThan(this.#in.size)) {
      for (const [name, behind] of this.#in) if (sought.isAround(name) && behind.visit(question)) return true
    } else for (const name of sought.namesAround()) if (this.#in.get(name)?.visit(question) === true) return true
    return false
  }

  #visitTypesAround(sought: Sought, question: Question): boolean {
    const { type } = sought
    if (sought.isLongerThan(this.#typesIn.size)) {
      for (const [name, types] of this.#typesIn) {
        const behind = types.get(type)
        if (behind !== undefined && sought.isAround(name) && behind.visit(question)) return true
      }
    } else for (const name of sought.namesAround()) if (this.#typesIn.get(name)?.get(type)?.visit(question) === true) return true
    return false
  }

  #visitAll(question: Question): boolean {
    if (this.#any?.visit(question) === true) return true
    for (const named of [this.#types, this.#equal, this.#in, ...this.#typesIn.values()]) {
      for (const behind of named.values()) if (behind.visit(question)) return true
    }
    return false
  }
}
