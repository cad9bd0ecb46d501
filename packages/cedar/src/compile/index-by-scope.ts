/**
 * An index of policies by their scopes, so that a decision looks at those alone
 * that can apply. A policy that it leaves out could neither hold nor err: scopes
 * never err.
 *
 * It has three floors, for the principal, the resource and the action, and on
 * each a place for every entity or type that some policy names there.
 *
 * @module
 */

import type { EntitySource } from '../entities/source.ts'
import type { EntityUid } from '../values/uid.ts'
import { Floor } from './floor.ts'
import type { Environment } from './evaluate.ts'
import { settles, type CompiledPolicy, type Effect } from './policy.ts'
import type { Scope } from './scope.ts'
import { ScopeNames, Sought } from './sought.ts'

/** What the index is asked. A side is undefined when every entity will do. */
interface Question {
  readonly principal: Sought | undefined
  readonly action: Sought | undefined
  readonly resource: Sought | undefined
  /** Each question has a number of its own. */
  readonly number: number
  /** Takes a policy whose scope fits. Whether the question is settled by it. */
  meet(policy: CompiledPolicy): boolean
}

/** A policy at its places, and the number of the question that found it last: an action may lead to several of them. */
interface Placed {
  readonly policy: CompiledPolicy
  foundBy: number
}

/** The policies of one place: all of them fit. */
class Place {
  readonly #policies: Placed[] = []

  add(placed: Placed): void {
    this.#policies.push(placed)
  }

  visit(question: Question): boolean {
    const { number } = question
    for (const placed of this.#policies) {
      if (placed.foundBy === number) continue
      placed.foundBy = number
      if (question.meet(placed.policy)) return true
    }
    return false
  }
}

type ActionFloor = Floor<Question, Place>
type ResourceFloor = Floor<Question, ActionFloor>
type PrincipalFloor = Floor<Question, ResourceFloor>

/** What a request is about; undefined for what is not known yet. */
export type Known = Readonly<Record<'principal' | 'action' | 'resource', EntityUid | undefined>>

/** A question that is settled by the first policy that holds, or errs. */
class Deciding implements Question {
  readonly principal: Sought
  readonly action: Sought
  readonly resource: Sought
  number = 0
  #environment: Environment

  constructor(environment: Environment, names: ScopeNames) {
    const { principal, action, resource, entities } = environment
    this.principal = new Sought(principal, names, entities)
    this.action = new Sought(action, names, entities)
    this.resource = new Sought(resource, names, entities)
    this.#environment = environment
  }

  /** Asks anew, with nothing left of the question before. */
  begin(environment: Environment, number: number): void {
    const { principal, action, resource, entities } = environment
    this.principal.become(principal, entities)
    this.action.become(action, entities)
    this.resource.become(resource, entities)
    this.number = number
    this.#environment = environment
  }

  meet(policy: CompiledPolicy): boolean {
    return settles(policy, this.#environment)
  }
}

/** The index. It only grows: a changed policy set is another index. */
export class ScopeIndex {
  readonly #names = new ScopeNames()
  readonly #principals: Readonly<Record<Effect, PrincipalFloor>> = { forbid: this.#floors(), permit: this.#floors() }
  #questions = 0
  #idle: Deciding | undefined

  /** By the scope of its principal, unless that is known to fit. */
  add(policy: CompiledPolicy, principal: Scope = policy.principal): void {
    const placed: Placed = { policy, foundBy: 0 }
    for (const resources of this.#principals[policy.effect].places(principal)) {
      for (const actions of resources.places(policy.resource)) {
        for (const place of actions.places(policy.action)) place.add(placed)
      }
    }
  }

  /** The policies whose scope fits, or may fit where something is not known yet: each once. */
  candidates({ principal, action, resource }: Known, entities: EntitySource): readonly CompiledPolicy[] {
    const found: CompiledPolicy[] = []
    this.#questions += 1
    const question: Question = {
      principal: this.#seek(principal, entities),
      action: this.#seek(action, entities),
      resource: this.#seek(resource, entities),
      number: this.#questions,
      meet: (policy) => found.push(policy) === 0,
    }
    this.#principals.forbid.visit(question)
    this.#principals.permit.visit(question)
    return found
  }

  /** Whether no forbid holds or errs, and some permit holds. Nothing further is asked once that is sure. */
  isAllowed(environment: Environment): boolean {
    this.#questions += 1
    // One that is under way is not touched: who looks up entities may ask again, and who throws leaves it behind.
    const question = this.#idle ?? new Deciding(environment, this.#names)
    this.#idle = undefined
    question.begin(environment, this.#questions)
    const answer = !this.#principals.forbid.visit(question) && this.#principals.permit.visit(question)
    this.#idle = question
    return answer
  }

  #floors(): PrincipalFloor {
    const names = this.#names
    const actions = (): ActionFloor =>
      new Floor(
        ({ action }) => action,
        names,
        () => new Place(),
      )
    const resources = (): ResourceFloor => new Floor(({ resource }) => resource, names, actions)
    return new Floor(({ principal }) => principal, names, resources)
  }

  #seek(uid: EntityUid | undefined, entities: EntitySource): Sought | undefined {
    return uid === undefined ? undefined : new Sought(uid, this.#names, entities)
  }
}
