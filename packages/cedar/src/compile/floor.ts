/** One floor of the index of scopes: the principals, the resources or the actions. @module */

import { getOrMake } from '../values/get-or-make.ts'
import type { EntityUid } from '../values/uid.ts'
import type { CompiledPolicy } from './policy.ts'
import type { ActionScope, Scope } from './scope.ts'
import type { ScopeNames, Sought } from './sought.ts'

/** What an index is asked, and what it has found so far. A side is undefined when every entity will do. */
export interface Question {
  readonly principal: Sought | undefined
  readonly action: Sought | undefined
  readonly resource: Sought | undefined
  readonly found: CompiledPolicy[]
  /** Each question has a number of its own. */
  readonly number: number
}

/** A part of the index: it adds to a question what it finds. */
export interface Part {
  visit(question: Question): void
}

/** What stands behind each way in which a scope can fit. */
export class Floor<Behind extends Part> implements Part {
  readonly #of: 'principal' | 'action' | 'resource'
  readonly #names: ScopeNames
  readonly #make: () => Behind
  #any: Behind | undefined
  readonly #types = new Map<string, Behind>()
  readonly #equal = new Map<EntityUid, Behind>()
  readonly #in = new Map<EntityUid, Behind>()
  readonly #typesIn = new Map<EntityUid, Map<string, Behind>>()

  constructor(of: 'principal' | 'action' | 'resource', names: ScopeNames, make: () => Behind) {
    this.#of = of
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

  visit(question: Question): void {
    const sought = question[this.#of]
    if (sought === undefined) return this.#visitAll(question)
    const { name, type } = sought
    this.#any?.visit(question)
    if (this.#types.size > 0) this.#types.get(type)?.visit(question)
    if (name !== undefined && this.#equal.size > 0) this.#equal.get(name)?.visit(question)
    if (this.#in.size > 0) for (const around of sought.namesAround()) this.#in.get(around)?.visit(question)
    if (this.#typesIn.size > 0) for (const around of sought.namesAround()) this.#typesIn.get(around)?.get(type)?.visit(question)
  }

  #visitAll(question: Question): void {
    this.#any?.visit(question)
    for (const named of [this.#types, this.#equal, this.#in]) for (const behind of named.values()) behind.visit(question)
    for (const types of this.#typesIn.values()) for (const behind of types.values()) behind.visit(question)
  }
}
