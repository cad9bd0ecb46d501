/** The policies that are left of a set once principal and action are known: only the resource is to be asked about. @module */

import type { Environment } from './evaluate.ts'
import { Floor, type Part } from './floor.ts'
import { settles, type CompiledPolicy, type Effect } from './policy.ts'
import { fits } from './scope.ts'
import { ScopeNames, Sought } from './sought.ts'

/** So many policies are asked one by one sooner than they are looked up. */
const few = 16

/** Whether no forbid holds or errs, and some permit holds. */
export interface ForAction {
  isAllowed(environment: Environment): boolean
}

export function forAction(policies: readonly CompiledPolicy[]): ForAction {
  return policies.length > few ? new Many(policies) : new Few(policies)
}

/** What is sought among many. */
interface Question {
  readonly resource: Sought
  readonly environment: Environment
}

/** Policies that fit, all of one effect. */
class Fitting implements Part<Question> {
  readonly policies: CompiledPolicy[] = []

  visit({ environment }: Question): boolean {
    for (const policy of this.policies) if (settles(policy, environment)) return true
    return false
  }
}

class Many implements ForAction {
  readonly #names = new ScopeNames()
  readonly #resources: Readonly<Record<Effect, Floor<Question, Fitting>>> = { forbid: this.#floor(), permit: this.#floor() }

  constructor(policies: readonly CompiledPolicy[]) {
    for (const policy of policies) for (const place of this.#resources[policy.effect].places(policy.resource)) place.policies.push(policy)
  }

  isAllowed(environment: Environment): boolean {
    const question = { resource: new Sought(environment.resource, this.#names, environment.entities), environment }
    return !this.#resources.forbid.visit(question) && this.#resources.permit.visit(question)
  }

  #floor(): Floor<Question, Fitting> {
    return new Floor(
      ({ resource }) => resource,
      this.#names,
      () => new Fitting(),
    )
  }
}

class Few implements ForAction {
  readonly #forbids: readonly CompiledPolicy[]
  readonly #permits: readonly CompiledPolicy[]

  constructor(policies: readonly CompiledPolicy[]) {
    this.#forbids = policies.filter(({ effect }) => effect === 'forbid')
    this.#permits = policies.filter(({ effect }) => effect === 'permit')
  }

  isAllowed(environment: Environment): boolean {
    return !this.#isMet(this.#forbids, environment) && this.#isMet(this.#permits, environment)
  }

  #isMet(policies: readonly CompiledPolicy[], environment: Environment): boolean {
    const { resource, entities } = environment
    for (const policy of policies) if (fits(policy.resource, resource, entities) && settles(policy, environment)) return true
    return false
  }
}
