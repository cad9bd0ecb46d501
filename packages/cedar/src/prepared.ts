/**
 * A principal, prepared: the policies that are for it are at hand, for each
 * action that it asks about those that are for both.
 * For who asks often, as a session does.
 *
 * @module
 */

import { forAction, type ForAction } from './compile/for-action.ts'
import { ScopeIndex } from './compile/index-by-scope.ts'
import type { CompiledPolicy } from './compile/policy.ts'
import { fitsAction } from './compile/scope.ts'
import { Standing } from './entities/standing.ts'
import type { EntitySource } from './entities/source.ts'
import type { PolicySet } from './policy-set.ts'
import type { EntityUid } from './values/uid.ts'
import type { CedarRecord } from './values/value.ts'

/** Actions whose policies are kept apart. For more of them, and for a second type of one id, all that are for the principal are looked through. */
export const mostActions = 64

export interface PreparedPrincipal {
  /** As `isAllowed(policies, entities, request)`, whatever has changed in the entities since the last question. */
  isAllowed(action: EntityUid, resource: EntityUid, context: CedarRecord): boolean
}

/** Prepares the decisions about one principal. It takes as much memory as there are policies for it, again for each of {@link mostActions} that it asks about. */
export function forPrincipal(policies: PolicySet, entities: EntitySource, principal: EntityUid): PreparedPrincipal {
  return new Prepared(policies, entities, principal)
}

/** What is left once principal and action are known. */
interface Left {
  readonly action: Standing
  readonly policies: ForAction
}

class Prepared implements PreparedPrincipal {
  readonly #set: PolicySet
  readonly #entities: EntitySource
  readonly #principal: Standing
  /** What is for the principal, and nothing that depends on what else changes in the entities. */
  #policies: readonly CompiledPolicy[]
  readonly #byAction = new Map<string, Left>()
  #index: ScopeIndex | undefined

  constructor(set: PolicySet, entities: EntitySource, principal: EntityUid) {
    this.#set = set
    this.#entities = entities
    this.#principal = new Standing(principal, entities)
    this.#policies = this.#candidates()
  }

  isAllowed(action: EntityUid, resource: EntityUid, context: CedarRecord): boolean {
    const principal = this.#principal
    if (principal.hasChanged()) this.#prepare()
    return this.#leftFor(action).isAllowed({ principal: principal.uid, action, resource, context, entities: this.#entities })
  }

  #prepare(): void {
    this.#policies = this.#candidates()
    this.#index = undefined
    this.#byAction.clear()
  }

  #candidates(): readonly CompiledPolicy[] {
    return this.#set.candidates({ principal: this.#principal.uid, action: undefined, resource: undefined }, this.#entities)
  }

  #leftFor(action: EntityUid): ForAction {
    const left = this.#byAction.get(action.id)
    if (left === undefined) return this.#byAction.size < mostActions ? this.#narrow(action) : this.#all()
    if (!left.action.uid.equals(action)) return this.#all()
    return left.action.hasChanged() ? this.#narrow(action) : left.policies
  }

  #narrow(uid: EntityUid): ForAction {
    const entities = this.#entities
    const policies = forAction(this.#policies.filter((policy) => fitsAction(policy.action, uid, entities)))
    this.#byAction.set(uid.id, { action: new Standing(uid, entities), policies })
    return policies
  }

  /** INVARIANT (bounded memory): actions are named by whoever asks, so there may be any number of them. */
  #all(): ForAction {
    if (this.#index === undefined) {
      this.#index = new ScopeIndex()
      for (const policy of this.#policies) this.#index.add(policy, { is: 'any' })
    }
    return this.#index
  }
}
