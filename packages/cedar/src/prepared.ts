/**
 * A principal, prepared: the policies that are for it are an index of their own.
 * For who asks often, as a session does.
 *
 * @module
 */

import { ScopeIndex } from './compile/index-by-scope.ts'
import type { EntitySource } from './entities/source.ts'
import type { PolicySet } from './policy-set.ts'
import type { EntityUid } from './values/uid.ts'
import type { CedarRecord } from './values/value.ts'

export interface PreparedPrincipal {
  /** As `isAllowed(policies, entities, request)`, whatever has changed in the entities since the last question. */
  isAllowed(action: EntityUid, resource: EntityUid, context: CedarRecord): boolean
}

/** Prepares the decisions about one principal. It takes as much memory as there are policies for it. */
export function forPrincipal(policies: PolicySet, entities: EntitySource, principal: EntityUid): PreparedPrincipal {
  return new Prepared(policies, entities, principal)
}

class Prepared implements PreparedPrincipal {
  readonly #policies: PolicySet
  readonly #entities: EntitySource
  readonly #principal: EntityUid
  #revision: number | undefined
  #above: readonly EntityUid[]
  #index: ScopeIndex

  constructor(policies: PolicySet, entities: EntitySource, principal: EntityUid) {
    this.#policies = policies
    this.#entities = entities
    this.#principal = principal
    this.#revision = entities.revision
    this.#above = [...entities.ancestors(principal)]
    this.#index = this.#indexed()
  }

  isAllowed(action: EntityUid, resource: EntityUid, context: CedarRecord): boolean {
    const entities = this.#entities
    if (this.#revision === undefined || this.#revision !== entities.revision) this.#refresh()
    return this.#index.isAllowed({ principal: this.#principal, action, resource, context, entities })
  }

  /** Only what the principal is in decides which policies are for it. */
  #refresh(): void {
    const above = [...this.#entities.ancestors(this.#principal)]
    this.#revision = this.#entities.revision
    const isSame = above.length === this.#above.length && above.every((uid, at) => this.#above[at]?.equals(uid) === true)
    if (isSame) return
    this.#above = above
    this.#index = this.#indexed()
  }

  #indexed(): ScopeIndex {
    const index = new ScopeIndex()
    const known = { principal: this.#principal, action: undefined, resource: undefined }
    for (const policy of this.#policies.candidates(known, this.#entities)) index.add(policy, { is: 'any' })
    return index
  }
}
